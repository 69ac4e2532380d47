package http1

import (
	"io"
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// readChunks reads a chunked body and returns its trailers, name by name.
func readChunks(t *testing.T, wire string) (string, []string, error) {
	t.Helper()
	var buf Buffer
	buf.Reset(strings.NewReader(wire), make([]byte, 64))
	var b Body
	b.Reset(&buf, Framing{Kind: Chunked})
	data, err := io.ReadAll(&b)
	var h exchange.Header
	b.Trailers(&h)
	var list []string
	for i := range h.Len() {
		list = append(list, string(h.At(i).Name)+"="+string(h.At(i).Value))
	}
	return string(data), list, err
}

func TestTrailersOfChunkedBodies(t *testing.T) {
	for wire, want := range map[string]string{
		"3\r\nabc\r\n0\r\n\r\n":                                                              "",
		"3\r\nabc\r\n0\r\nX-Sum: 7\r\n\r\n":                                                  "X-Sum=7",
		"3\r\nabc\r\n0\r\nX-Sum:7 \r\nGrpc-Status: 0\r\n\r\n":                                "X-Sum=7 Grpc-Status=0",
		"3\r\nabc\r\n0\r\nContent-Length: 9\r\nX-Sum: 7\r\nHost: b\r\n\r\n":                  "X-Sum=7",
		"3\r\nabc\r\n0\r\nx-amz-checksum-crc32: AAAA\r\nContent-Digest: sha=:x:\r\n\r\n":     "x-amz-checksum-crc32=AAAA Content-Digest=sha=:x:",
		"3\r\nabc\r\n0\r\nX-Forwarded-For: 1\r\nX_Real_IP: 1\r\nX-Amzn-Oidc-Data: 1\r\n\r\n": "",
		"3\r\nabc\r\n0\r\nEmpty:\r\n\r\n":                                                    "Empty=",
	} {
		data, list, err := readChunks(t, wire)
		if data != "abc" || err != nil || strings.Join(list, " ") != want {
			t.Errorf("%q gives %q, %v, %q", wire, data, err, list)
		}
	}
	if _, list, err := readChunks(t, "1\r\na\r\n0\r\nX: "+strings.Repeat("x", maxTrailer)+"\r\n\r\n"); err == nil || list != nil {
		t.Errorf("a long section gives %v, %v", list, err)
	}
	if _, list, _ := readChunks(t, "1\r\na\r\n0\r\nX: 1\r\n"); list != nil {
		t.Errorf("an incomplete section gives %v", list)
	}
}

func TestFieldsThatMayNotStandBehindABody(t *testing.T) {
	for _, name := range []string{
		"Transfer-Encoding", "content-length", "Host", "Authorization", "Cookie", "Set-Cookie", "Cache-Control", "Content-Type",
		"Content-Encoding", "If-Match", "Range", "TE", "Trailer", "Connection", "Keep-Alive", "Upgrade", "Expect", "Forwarded",
		"X-Forwarded-Host", "X-Real-IP", "X_Forwarded_For", "Proxy", "Proxy-Authorization", "Sec-WebSocket-Key", "X-Amzn-Trace-Id",
		"WWW-Authenticate", "Location", "Age", "Date", "Vary", "X-Original-URL", "Ssl-Client-Cert", "Strict-Transport-Security",
		"Access-Control-Allow-Origin", "",
	} {
		if TrailerAllowed([]byte(name)) {
			t.Errorf("%s passes", name)
		}
	}
	for _, name := range []string{"Grpc-Status", "grpc-message", "grpc-status-details-bin", "X-Checksum", "ETag", "Server-Timing", "Digest"} {
		if !TrailerAllowed([]byte(name)) {
			t.Errorf("%s does not pass", name)
		}
	}
}

func TestTrailersAreAnnouncedAsFarAsTheyMayCome(t *testing.T) {
	var h exchange.Header
	Announce(&h, []byte("X-Sum, Host ,x y"), []byte("Grpc-Status"), []byte(""))
	if v, _ := h.Get("Trailer"); string(v) != "X-Sum, Grpc-Status" || h.Len() != 1 {
		t.Errorf("%d fields, %q", h.Len(), v)
	}
	h.Clear()
	if Announce(&h, []byte("Host")); h.Len() != 0 {
		t.Error("nothing is announced with a field")
	}
}

func TestTheLastChunkHasTheTrailers(t *testing.T) {
	var h exchange.Header
	h.AddString("X-Sum", []byte("7"))
	h.AddString("X-Evil", []byte("a\r\nb"))
	if got := string(AppendLastChunk(nil, &h)); got != "0\r\nX-Sum: 7\r\nX-Evil: a  b\r\n\r\n" {
		t.Errorf("%q", got)
	}
}

// FuzzTrailers has sections read and written again: what passed comes back the same.
func FuzzTrailers(f *testing.F) {
	f.Add("X-Sum: 7\r\n")
	f.Add("X-Sum: 7\r\nContent-Length: 5\r\nGrpc-Status: 0\r\n")
	f.Add("A:b\r\n c\r\n")
	f.Add("A: b\nC: d\r\n")
	f.Fuzz(func(t *testing.T, section string) {
		_, list, err := readChunks(t, "0\r\n"+section+"\r\n")
		if err != nil {
			return
		}
		var h exchange.Header
		for _, item := range list {
			name, value, _ := strings.Cut(item, "=")
			h.Add([]byte(name), []byte(value))
		}
		_, again, err := readChunks(t, string(AppendLastChunk(nil, &h)))
		if err != nil || strings.Join(again, "|") != strings.Join(list, "|") {
			t.Fatalf("%q became %q, %v", list, again, err)
		}
	})
}
