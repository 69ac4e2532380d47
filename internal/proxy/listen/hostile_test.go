package listen

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/testkit/escapes"
	"github.com/gwanmun/gwanmun/internal/testkit/recorder"
)

// hostileCase is one message of the codec's corpus with what must become of it, by listener.
type hostileCase struct {
	title string
	input []byte
	wants map[string]string
}

// readHostile reads the corpus of the codec; its form is explained there.
func readHostile(t *testing.T) []hostileCase {
	t.Helper()
	files, err := filepath.Glob("../http1/testdata/requests/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	var all []hostileCase
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split("\n"+string(text), "\n== ")[1:] {
			title, rest, _ := strings.Cut(part, "\n")
			c := hostileCase{title: filepath.Base(file) + " " + title, wants: map[string]string{}}
			for _, line := range strings.Split(rest, "\n") {
				if want, ok := strings.CutPrefix(line, "-> "); ok {
					who, what, _ := strings.Cut(want, ": ")
					c.wants[who] = what
				} else if len(c.wants) == 0 {
					line, open := strings.CutSuffix(line, `\`)
					sent, err := escapes.Undo(line)
					if err != nil {
						t.Fatal(err)
					}
					c.input = append(c.input, sent...)
					if !open {
						c.input = append(c.input, "\r\n"...)
					}
				}
			}
			all = append(all, c)
		}
	}
	return all
}

// fire sends input over a fresh connection and returns the first answer, 0 for none, and whether the proxy closed the
// connection after it.
func fire(t *testing.T, address string, input []byte, patience time.Duration) (status int, closed bool) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(5 * time.Second))
	go c.Write(input) // may fail: the proxy need not take everything
	r := bufio.NewReader(c)
	c.SetReadDeadline(time.Now().Add(patience))
	if _, err := r.Peek(1); err != nil {
		return 0, !isTimeout(err)
	}
	method, _, _ := bytes.Cut(input, []byte(" "))
	for {
		resp, err := http.ReadResponse(r, &http.Request{Method: strings.ToUpper(string(method))})
		if err != nil {
			return status, !isTimeout(err)
		}
		if status == 0 {
			status = resp.StatusCode
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			return status, true
		}
		if resp.Close {
			return status, true
		}
		c.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	}
}

func isTimeout(err error) bool {
	n, ok := err.(net.Error)
	return ok && n.Timeout()
}

func TestNothingForbiddenReachesATarget(t *testing.T) {
	for _, dialect := range []model.Dialect{model.DialectNginx, model.DialectELB} {
		who := "elb"
		if dialect == model.DialectNginx {
			who = "nginx"
		}
		t.Run(who, func(t *testing.T) { t.Parallel(); fireAll(t, dialect, who) })
	}
}

func fireAll(t *testing.T, dialect model.Dialect, who string) {
	target, err := recorder.Start(recorder.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(target.Close)
	served, refused := 0, 0
	h := newHouse(t, plan{dialect: dialect, targets: []string{target.Address()}})
	for _, c := range readHostile(t) {
		want, ok := c.wants[who]
		if !ok {
			if want, ok = c.wants["all"]; !ok {
				continue
			}
		}
		patience := 3 * time.Second
		broken400 := strings.Contains(want, "bodyerror=") && !strings.Contains(want, "bodyerror=unexpected")
		if strings.HasPrefix(want, "more") || strings.Contains(want, "bodyerror=unexpected") || strings.HasPrefix(want, "accept") && !broken400 && unfinished(c.input) {
			patience = 100 * time.Millisecond // nothing is to come
		}
		status, closed := fire(t, h.address, c.input, patience)
		switch {
		case status == 200:
			served++
		case status >= 400:
			refused++
		}
		requests, broken, wrong := arrived(target)
		for _, w := range wrong {
			t.Errorf("%s, %s: target got %s", who, c.title, w)
		}
		if broken > 0 && !strings.Contains(want, "bodyerror") {
			// It may be the end of the case before, which came late: once more, alone.
			time.Sleep(100 * time.Millisecond)
			arrived(target)
			status, closed = fire(t, h.address, c.input, patience)
			requests, broken, _ = arrived(target)
		}
		code, numeric := strconv.Atoi(strings.Fields(want)[0])
		switch {
		case numeric == nil:
			if status != code || !closed || len(requests)+broken > 0 {
				t.Errorf("%s, %s: %d (closed %v) with %q at the target, want %d and nothing", who, c.title, status, closed, requests, code)
			}
		case strings.Contains(want, "bodyerror=unexpected"):
			if status != 0 || len(requests) > 0 {
				t.Errorf("%s, %s: %d with %q at the target although the body never ended", who, c.title, status, requests)
			}
		case strings.Contains(want, "bodyerror="):
			if status != 400 || !closed || len(requests) > 0 {
				t.Errorf("%s, %s: %d (closed %v) with %q at the target, want 400", who, c.title, status, closed, requests)
			}
		case strings.HasPrefix(want, "more"):
			if status != 0 || closed || len(requests)+broken > 0 {
				t.Errorf("%s, %s: %d (closed %v) for half a head", who, c.title, status, closed)
			}
		case strings.Contains(want, "upgrade"), strings.Contains(want, "expect"):
			// A body that waits for its 100, or a tunnel that is never opened: the target's view is all that counts.
		default:
			if status != 200 && status != 0 || status == 0 && len(requests) > 0 {
				t.Errorf("%s, %s: %d with %q at the target, want it served", who, c.title, status, requests)
			}
			if strings.Contains(" "+want+" ", " close ") && status != 0 && !closed {
				t.Errorf("%s, %s: the connection was kept", who, c.title)
			}
		}
	}
	if served < 80 || refused < 150 {
		t.Errorf("only %d cases were served and %d refused", served, refused)
	}
}

// arrived is what a target saw since the last call: whole requests, how many broke off, and complaints.
func arrived(target *recorder.Recorder) (requests []string, broken int, wrong []string) {
	for _, q := range target.Take(time.Second) {
		wrong = append(wrong, q.Wrong...)
		if !q.Complete {
			broken++
			continue
		}
		requests = append(requests, q.Method+" "+q.Target)
	}
	return requests, broken, wrong
}

// unfinished says whether a good head announces more body than there is.
func unfinished(input []byte) bool {
	h, body, _ := bytes.Cut(input, []byte("\r\n\r\n"))
	if bytes.Contains(h, []byte("Encoding: chunked")) && !bytes.Contains(body, []byte("\r\n\r\n")) {
		return true
	}
	for _, line := range bytes.Split(h, []byte("\r\n")) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		if n, err := strconv.Atoi(string(bytes.TrimSpace(value))); err == nil && bytes.EqualFold(name, []byte("content-length")) {
			return n > len(body)
		}
	}
	return false
}
