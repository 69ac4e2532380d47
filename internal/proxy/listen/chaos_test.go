package listen

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
)

// dribble writes text in pieces of random size, with a pause now and then.
func dribble(w io.Writer, r *rand.Rand, text []byte) error {
	for len(text) > 0 {
		n := len(text)
		switch r.IntN(4) {
		case 0:
			n = 1 + r.IntN(min(len(text), 8))
		case 1:
			n = 1 + r.IntN(len(text))
		}
		if _, err := w.Write(text[:n]); err != nil {
			return err
		}
		text = text[n:]
		if r.IntN(6) == 0 {
			time.Sleep(time.Duration(r.IntN(2000)) * time.Microsecond)
		}
	}
	return nil
}

// chunk frames a body in chunks of random size.
func chunk(r *rand.Rand, body []byte) []byte {
	var b bytes.Buffer
	for len(body) > 0 {
		n := 1 + r.IntN(len(body))
		fmt.Fprintf(&b, "%x\r\n%s\r\n", n, body[:n])
		body = body[n:]
	}
	b.WriteString("0\r\n\r\n")
	return b.Bytes()
}

// erratic is a target that echoes bodies in any framing and any pieces, and closes its connection now and then.
func erratic(t *testing.T, seed uint64) string {
	return rawBackend(t, func(n int, c net.Conn) {
		r := rand.New(rand.NewPCG(seed, uint64(n)))
		in := bufio.NewReader(c)
		for {
			req, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			body, err := io.ReadAll(req.Body)
			if err != nil {
				return
			}
			body = append([]byte(req.RequestURI+"|"), body...)
			var b bytes.Buffer
			if r.IntN(8) == 0 {
				b.WriteString("HTTP/1.1 100 Continue\r\n\r\n")
			}
			last := false
			switch kind := r.IntN(10); {
			case kind < 5:
				fmt.Fprintf(&b, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
			case kind < 9:
				fmt.Fprintf(&b, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%s", chunk(r, body))
			default:
				fmt.Fprintf(&b, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n%s", body)
				last = true
			}
			if dribble(c, r, b.Bytes()) != nil || last {
				return
			}
		}
	})
}

// TestWhateverThePiecesEveryAnswerIsRight sends random requests, pipelined, in random pieces, to targets that answer in
// random pieces, and compares every byte.
func TestWhateverThePiecesEveryAnswerIsRight(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for _, buffering := range []bool{false, true} {
		h := newHouse(t, plan{
			dialect: model.DialectNginx, targets: []string{erratic(t, seed), erratic(t, seed+1)},
			policy: &model.Policy{RequestBuffering: buffering},
		})
		var tasks sync.WaitGroup
		for n := range 4 {
			c := h.dial()
			r := rand.New(rand.NewPCG(seed, uint64(1000+n)))
			tasks.Go(func() { chaos(t, c, r) })
		}
		tasks.Wait()
	}
}

func chaos(t *testing.T, c *client, r *rand.Rand) {
	var out bytes.Buffer
	var want []string
	for i := range 60 {
		body := []byte(strings.Repeat("0123456789abcdef", 1+r.IntN(200)))
		switch r.IntN(20) {
		case 0:
			body = bytes.Repeat(body, 50)
		case 1, 2, 3:
			body = body[:r.IntN(16)]
		}
		path := fmt.Sprintf("/%d", i)
		switch r.IntN(3) {
		case 0:
			fmt.Fprintf(&out, "GET %s HTTP/1.1\r\nHost: a.example\r\n\r\n", path)
			body = nil
		case 1:
			fmt.Fprintf(&out, "PUT %s HTTP/1.1\r\nHost: a.example\r\nContent-Length: %d\r\n\r\n%s", path, len(body), body)
		default:
			fmt.Fprintf(&out, "PUT %s HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n%s", path, chunk(r, body))
		}
		want = append(want, path+"|"+string(body))
	}
	go dribble(c.conn, r, out.Bytes()) // an error shows as a missing answer
	for i, w := range want {
		resp, err := http.ReadResponse(c.r, nil)
		if err != nil {
			t.Errorf("answer %d: %v", i, err)
			return
		}
		got, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != 200 || string(got) != w {
			t.Errorf("answer %d: %d, %d bytes, want %d, %v", i, resp.StatusCode, len(got), len(w), err)
			return
		}
	}
}
