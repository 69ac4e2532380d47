package testkit

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestRequestLinesAreRead(t *testing.T) {
	line := `POST https://a.example:8443/x//y?q=1 -H "X-A: b c" user=ann:secret body=2KiB chunked sni=b.example times=3 -> ` +
		`200 from web/web-1 path=/x?q=1 header[X-Y]~="a b" !response[Server] mix[web]=1..3`
	got, err := readRequest(line)
	if err != nil {
		t.Fatal(err)
	}
	want := &request{
		line: line, method: "POST", target: "/x//y?q=1",
		headers: []string{"X-A: b c", "Authorization: Basic YW5uOnNlY3JldA=="}, body: strings.Repeat("x", 2048), chunked: true,
		proto: "http1.1", sni: "b.example", times: 3, status: 200, from: "web/web-1",
		wants: []want{
			{"path", "=", "/x?q=1"}, {"header[X-Y]", "~=", "a b"}, {"response[Server]", "!", ""}, {"mix[web]", "=", "1..3"},
		},
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(request{}, want.wants[0], tlsWish{}, flowWish{}), cmpopts.IgnoreFields(request{}, "url"), cmpopts.EquateComparable(netip.Addr{})); d != "" {
		t.Error(d)
	}
	if got.url.Host != "a.example:8443" || got.url.Scheme != "https" {
		t.Errorf("got %v", got.url)
	}
}

func TestBadRequestLinesAreRefused(t *testing.T) {
	for _, line := range []string{
		"GET http://a/", "GET http://a/ ->", "-> 200", "GET ftp://a/ -> 200", "GET http://a/ speed=9 -> 200", "GET http://a/ -> ok",
		"GET http://a/ -> 200 perhaps", `GET http://a/ -H "X -> 200`, "GET http://a/ times=0 -> 200",
	} {
		if _, err := readRequest(line); err == nil {
			t.Errorf("%q was taken", line)
		}
	}
}

func TestRepliesAreJudged(t *testing.T) {
	fromEcho := &reply{
		status: 200, header: http.Header{"X-A": {"b"}},
		body: []byte(`{"service":"web","pod":"web-1","path":"/x","headers":{"X-Real-Ip":["1.2.3.4"]}}`),
	}
	made := &reply{status: 404, header: http.Header{}, body: []byte("not found")}
	for _, c := range []struct {
		expect string
		got    *reply
		want   string
	}{
		{"200 from web path=/x header[X-Real-IP]=1.2.3.4 response[X-A]=b !header[Via]", fromEcho, ""},
		{"404 body=\"not found\" !location", made, ""},
		{"404", fromEcho, "status 200; a target answered: web/web-1"},
		{"200 from api", fromEcho, "from web/web-1"},
		{"200 from web/web-2", fromEcho, "from web/web-1"},
		{"404 from web", made, `no target answered: status 404, body "not found"`},
		{"200 from web path=/y", fromEcho, `path is "/x"`},
		{"200 from web !header[X-Real-IP]", fromEcho, `header[X-Real-IP] is there: "1.2.3.4"`},
		{"200 from web response[Via]=x", fromEcho, "response[Via] is not there"},
		{"200 from web colour=red", fromEcho, `unknown expectation "colour"`},
	} {
		r, err := readRequest("GET http://a/ -> " + c.expect)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(r.judge(c.got), "; "); got != c.want {
			t.Errorf("%s: got %q, want %q", c.expect, got, c.want)
		}
	}
}
