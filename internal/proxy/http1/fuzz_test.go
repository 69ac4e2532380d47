package http1

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// FuzzRequestHead: nothing panics, the answer does not depend on how the head arrives, and what is accepted is written
// as one message that we and net/http read with the same meaning.
func FuzzRequestHead(f *testing.F) {
	for _, c := range readCorpus(f, "testdata/requests/*.txt") {
		if len(c.input) < 4<<10 {
			f.Add(c.input, byte(len(c.input)))
		}
	}
	configs := [...]Config{ConfigNginx(), ConfigELB(Defensive), ConfigELB(Monitor), ConfigELB(Strictest)}
	f.Fuzz(func(t *testing.T, input []byte, which byte) {
		cfg := &configs[which%4]
		var x exchange.Exchange
		n, err := ParseRequest(input, &x.Request, cfg)
		checkArrival(t, input, cfg, int(which), n, err)
		if err != nil || n == 0 {
			return
		}
		checkRoundTrip(t, &x)
		checkNetHTTP(t, &x)
	})
}

// checkArrival feeds input in two pieces.
func checkArrival(t *testing.T, input []byte, cfg *Config, cut, n int, want *Error) {
	if len(input) == 0 {
		return
	}
	var r exchange.Request
	got, err := ParseRequest(input[:cut%len(input)], &r, cfg)
	if got == 0 && err == nil {
		got, err = ParseRequest(input, &r, cfg)
	}
	if got == 0 && err == nil && want != nil {
		return // a mistake may wait for the rest of the head
	}
	if (err == nil) != (want == nil) || got != n {
		t.Fatalf("in two pieces %d, %v; at once %d, %v", got, err, n, want)
	}
}

// checkNetHTTP lets Go's parser read what we write.
func checkNetHTTP(t *testing.T, x *exchange.Exchange) {
	r := &x.Request
	if len(r.Authority) == 0 {
		x.UpstreamHost = []byte("placeholder")
	}
	out, f := AppendRequest(nil, x, Silent)
	theirs, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(out)))
	if err != nil {
		if strings.Contains(err.Error(), "invalid URI") || strings.Contains(err.Error(), "parse ") {
			return // net/url refuses targets that are well-formed for RFC 9112, such as a bad escape
		}
		t.Fatalf("net/http refuses what we write: %v\n%q", err, out)
	}
	if theirs.Method != string(r.Method) || theirs.RequestURI != string(r.Target) || !strings.EqualFold(theirs.Host, hostOf(x)) {
		t.Fatalf("net/http reads %s %s %s: %q", theirs.Method, theirs.RequestURI, theirs.Host, out)
	}
	if chunked := len(theirs.TransferEncoding) > 0; chunked != (f.Kind == Chunked) || !chunked && theirs.ContentLength != f.Length {
		t.Fatalf("net/http reads another framing: %q", out)
	}
}

func hostOf(x *exchange.Exchange) string {
	if x.UpstreamHost != nil {
		return string(x.UpstreamHost)
	}
	return string(x.Request.Authority)
}

// FuzzResponseHead: nothing panics, and what is accepted is written as one message with one framing.
func FuzzResponseHead(f *testing.F) {
	for _, c := range readCorpus(f, "testdata/responses/*.txt") {
		if len(c.input) < 4<<10 {
			f.Add(c.input, len(c.input)%2 == 0)
		}
	}
	f.Fuzz(func(t *testing.T, input []byte, head bool) {
		method := "GET"
		if head {
			method = "HEAD"
		}
		var x exchange.Exchange
		n, _, err := ParseResponse(input, &x.Response, []byte(method), ResponseHeadNginx)
		if err != nil || n == 0 {
			return
		}
		checkResponseRoundTrip(t, &x, method)
	})
}

// FuzzChunkedBody: nothing panics, the result does not depend on how the body arrives, and what is accepted is read the
// same by net/http and survives being written in our chunks.
func FuzzChunkedBody(f *testing.F) {
	f.Add([]byte("5\r\nhello\r\n0\r\n\r\n"), byte(3))
	for _, c := range readCorpus(f, "testdata/requests/chunks.txt") {
		if _, body, ok := bytes.Cut(c.input, []byte("\r\n\r\n")); ok && len(body) < 4<<10 {
			f.Add(body, byte(len(body)))
		}
	}
	f.Fuzz(func(t *testing.T, input []byte, size byte) {
		data, rest, err := decode(bytes.NewReader(input), 4096)
		slow, slowRest, slowErr := decode(&slowReader{input, int(size)%7 + 1}, int(size)%5+1)
		if (err == nil) != (slowErr == nil) || err == nil && (data != slow || rest != slowRest) {
			t.Fatalf("at once %q, %q, %v; slowly %q, %q, %v", data, rest, err, slow, slowRest, slowErr)
		}
		if err != nil {
			return
		}
		head := "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
		theirs, err := http.ReadRequest(bufio.NewReader(io.MultiReader(strings.NewReader(head), bytes.NewReader(input))))
		if err != nil {
			t.Fatal(err)
		}
		if all, err := io.ReadAll(theirs.Body); err != nil && !strings.Contains(err.Error(), "trailer") || string(all) != data {
			t.Fatalf("we read %q, net/http %q, %v", data, all, err)
		}
		var ours []byte
		if len(data) > 0 {
			ours = append(append(AppendChunkHead(nil, len(data)), data...), ChunkEnd...)
		}
		again, _, err := decode(bytes.NewReader(append(ours, LastChunk...)), 100)
		if err != nil || again != data {
			t.Fatalf("written again: %q, %v", again, err)
		}
	})
}

func decode(src io.Reader, size int) (data, rest string, err error) {
	var buf Buffer
	buf.Reset(src, nil)
	var body Body
	body.Reset(&buf, Framing{Kind: Chunked})
	var all []byte
	p := make([]byte, size)
	for err == nil {
		var n int
		n, err = body.Read(p)
		all = append(all, p[:n]...)
	}
	if err == io.EOF {
		err = nil
	}
	left, _ := io.ReadAll(&buf)
	return string(all), string(left), err
}

// slowReader gives a few bytes at a time.
type slowReader struct {
	left []byte
	step int
}

func (s *slowReader) Read(p []byte) (int, error) {
	if len(s.left) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), s.step)], s.left)
	s.left = s.left[n:]
	return n, nil
}
