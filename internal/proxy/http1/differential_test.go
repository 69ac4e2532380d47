package http1

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"path"
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// FuzzAgainstNetHTTP: what we accept net/http reads with the same meaning, or refuses; where it ends is the same for both.
func FuzzAgainstNetHTTP(f *testing.F) {
	for _, c := range readCorpus(f, "testdata/requests/*.txt") {
		if len(c.input) < 2<<10 {
			f.Add(c.input, byte(len(c.input)))
		}
	}
	f.Add([]byte("POST /a?b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;x\r\na\r\n0\r\nT: u\r\n\r\nGET / HTTP/1.1\r\n"), byte(0))
	configs := [...]Config{ConfigNginx(), ConfigELB(Defensive), ConfigELB(Monitor), ConfigELB(Strictest)}
	f.Fuzz(func(t *testing.T, input []byte, which byte) {
		var x exchange.Exchange
		r := &x.Request
		n, refused := ParseRequest(input, r, &configs[which%4])
		if refused != nil || n == 0 {
			return
		}
		theirs, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(input)))
		if err != nil {
			return // stricter in places of its own: escapes in the target, names of hosts
		}
		if theirs.Method != string(r.Method) || theirs.URL.RequestURI() == "" {
			t.Fatalf("method %q, net/http %q", r.Method, theirs.Method)
		}
		if host := string(r.Authority); !strings.EqualFold(theirs.Host, host) {
			t.Fatalf("host %q, net/http %q of %q", host, theirs.Host, input)
		}
		ours, rest, ourErr := bodyOf(input[n:], RequestFraming(r))
		data, theirErr := io.ReadAll(theirs.Body)
		if ourErr != nil || theirErr != nil {
			return // a broken body is refused
		}
		if ours != string(data) {
			t.Fatalf("body %q, net/http %q of %q", ours, data, input)
		}
		if r.Close {
			return // nothing behind it counts
		}
		if !bytes.HasSuffix(input, []byte(rest)) {
			t.Fatalf("what is left, %q, is not the end of %q", rest, input)
		}
	})
}

func bodyOf(input []byte, f Framing) (data, rest string, err error) {
	var buf Buffer
	buf.Reset(bytes.NewReader(input), nil)
	var body Body
	body.Reset(&buf, f)
	all, err := io.ReadAll(&body)
	left, _ := io.ReadAll(&buf) // of memory
	return string(all), string(left), err
}

// FuzzResponseAgainstNetHTTP: what we accept of a target net/http reads with the same status, framing and body, or refuses.
func FuzzResponseAgainstNetHTTP(f *testing.F) {
	for _, c := range readCorpus(f, "testdata/responses/*.txt") {
		if len(c.input) < 2<<10 {
			f.Add(c.input, false)
		}
	}
	f.Fuzz(func(t *testing.T, input []byte, head bool) {
		method := "GET"
		if head {
			method = "HEAD"
		}
		var x exchange.Exchange
		n, framing, refused := ParseResponse(input, &x.Response, []byte(method), ResponseHeadELB)
		if refused != nil || n == 0 {
			return
		}
		theirs, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(input)), &http.Request{Method: method})
		if err != nil {
			return
		}
		if theirs.StatusCode != x.Response.Status {
			t.Fatalf("status %d, net/http %d", x.Response.Status, theirs.StatusCode)
		}
		if x.Response.Status < 200 || x.Response.Switch {
			return // another head follows
		}
		ours, _, ourErr := bodyOf(input[n:], framing)
		data, theirErr := io.ReadAll(theirs.Body)
		if ourErr == nil && theirErr == nil && ours != string(data) {
			t.Fatalf("body %q, net/http %q of %q", ours, data, input)
		}
	})
}

// FuzzNormalPath: a path that is accepted has no dot segments, no empty segments and no NUL once it is normal, says the same
// as package path, and does not lead above the root for a target that decodes it.
func FuzzNormalPath(f *testing.F) {
	for _, seed := range []string{
		"/", "/a/../b", "//a", "/%61", "/a%2f..%2fb", "/..", "/a/./", "/%2e%2e/x", "/a%00", "/%", "/%2", "/%zz", "/a;/..", "/\xff/../",
		"/a/%2E%2E%2F%2E%2E/b", "/...", "/.../..", "/a//..", "/%252e%252e/", "/a\\..\\b", "/.%2e/", "/%c0%ae%c0%ae/",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) == 0 || raw[0] != '/' || bytes.IndexByte(raw, '?') >= 0 || anyControl(raw, '!') {
			return
		}
		normal, ok := AppendNormalPath(nil, raw)
		short, _, okToo := normalise(raw, nil)
		if ok != okToo || ok && !bytes.Equal(short, normal) {
			t.Fatalf("%q is %q, %v in one way and %q, %v in another", raw, normal, ok, short, okToo)
		}
		if !ok {
			return
		}
		if normal[0] != '/' || bytes.Contains(normal, []byte("//")) || bytes.IndexByte(normal, 0) >= 0 {
			t.Fatalf("%q becomes %q", raw, normal)
		}
		for _, segment := range bytes.Split(normal, []byte("/")) {
			if s := string(segment); s == "." || s == ".." {
				t.Fatalf("%q becomes %q", raw, normal)
			}
		}
		decoded := decodedOnce(raw)
		if clean := path.Clean(decoded); clean != path.Clean(string(normal)) {
			t.Fatalf("%q becomes %q, a target sees %q", raw, normal, clean)
		}
	})
}

// decodedOnce is what a target makes of escapes.
func decodedOnce(raw []byte) string {
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		if raw[i] == '%' {
			b.WriteByte(unhex(raw[i+1])<<4 | unhex(raw[i+2]))
			i += 2
			continue
		}
		b.WriteByte(raw[i])
	}
	return b.String()
}
