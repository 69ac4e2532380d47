package http1

import (
	"bytes"
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

func TestEveryResponseOfTheCorpusGetsItsAnswer(t *testing.T) {
	for _, c := range readCorpus(t, "testdata/responses/*.txt") {
		t.Run(c.title, func(t *testing.T) {
			method, input := "GET", c.input
			if after, ok := bytes.CutPrefix(input, []byte("!HEAD\r\n")); ok {
				method, input = "HEAD", after
			}
			checkResponse(t, input, method, c.wants[0].what)
		})
	}
}

func checkResponse(t *testing.T, input []byte, method string, wants []string) {
	var x exchange.Exchange
	n, f, err := ParseResponse(input, &x.Response, []byte(method), ResponseHeadNginx)
	checkResponsePieces(t, input, method, n, err)
	switch {
	case wants[0] == "502":
		if err == nil || err.Status != 502 {
			t.Fatalf("answer is %v", err)
		}
		return
	case err != nil:
		t.Fatalf("refused: %s", err.Reason)
	case wants[0] == "more":
		if n != 0 {
			t.Fatalf("%d bytes taken for a head", n)
		}
		return
	case n == 0:
		t.Fatal("taken for incomplete")
	}
	r := &x.Response
	facts := map[string]string{
		"status": fact("%d", r.Status), "phrase": string(r.Reason), "length": fact("%d", r.ContentLength),
		"kind": [...]string{"none", "length", "chunked", "close"}[f.Kind],
	}
	if f.KeepAlive {
		facts["keep"] = ""
	} else {
		facts["close"] = ""
	}
	if r.Switch {
		facts["switch"] = ""
	}
	var fields []string
	for i := range r.Header.Len() {
		fields = append(fields, string(r.Header.At(i).Name)+": "+string(r.Header.At(i).Value))
	}
	bodyFacts(facts, input[n:], f)
	checkWants(t, wants[1:], facts, fields)
	if d := facts["disagreement"]; d != "" {
		t.Error(d)
	}
	checkResponseRoundTrip(t, &x, method)
}

func checkResponsePieces(t *testing.T, input []byte, method string, n int, want *Error) {
	t.Helper()
	for _, size := range []int{1, 7, 1000} {
		var r exchange.Response
		got, err := 0, (*Error)(nil)
		for end := 0; end < len(input) && got == 0 && err == nil; {
			end = min(end+size, len(input))
			got, _, err = ParseResponse(input[:end], &r, []byte(method), ResponseHeadNginx)
		}
		if got != n || (err == nil) != (want == nil) {
			t.Errorf("in pieces of %d: %d, %v; at once: %d, %v", size, got, err, n, want)
		}
	}
}

// checkResponseRoundTrip parses again what AppendResponse writes.
func checkResponseRoundTrip(t testing.TB, x *exchange.Exchange, method string) {
	t.Helper()
	x.Request.Method, x.Request.Proto = []byte(method), exchange.HTTP11
	out, f := AppendResponse(nil, x, Outgoing{KeepAlive: true})
	var again exchange.Response
	n, g, err := ParseResponse(out, &again, x.Request.Method, 1<<20)
	if err != nil || n != len(out) {
		t.Fatalf("our own head is not taken: %v\n%q", err, out)
	}
	if again.Status != x.Response.Status || again.Header.Len() != x.Response.Header.Len() || again.Switch != x.Response.Switch {
		t.Fatalf("another meaning: %q", out)
	}
	if f.Kind != g.Kind || f.Length != g.Length {
		t.Fatalf("written for a body framed %+v, read as %+v: %q", f, g, out)
	}
	if strings.Count(string(out), "\nContent-Length:")+strings.Count(string(out), "\nTransfer-Encoding:") > 1 {
		t.Fatalf("more than one framing: %q", out)
	}
}
