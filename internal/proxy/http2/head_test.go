package http2

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/http1"
)

var (
	nginxConfig = http1.ConfigNginx()
	elbConfig   = http1.ConfigELB(http1.Defensive)
)

// list is a header block as "name: value" lines. A pseudo-header field begins with a colon.
func list(lines ...string) [][2]string {
	var out [][2]string
	for _, l := range lines {
		i := strings.Index(l[1:], ": ") + 1
		out = append(out, [2]string{l[:i], l[i+2:]})
	}
	return out
}

func usual(more ...string) []string {
	return append([]string{":method: GET", ":scheme: https", ":authority: Shop.Example.:443", ":path: /a//b?x=1"}, more...)
}

func parse(cfg *http1.Config, ended bool, lines ...string) (*exchange.Request, *Error) {
	var h Head
	var m Memory
	r := &exchange.Request{}
	h.Begin(&m, r, cfg)
	for _, f := range list(lines...) {
		h.Field(f[0], f[1])
	}
	return r, h.End(ended, 123)
}

func TestARequestIsFilledInAsHTTP1Does(t *testing.T) {
	r, err := parse(&nginxConfig, true, usual("accept: */*", "cookie: a=1", "user-agent: x", "cookie: b=2")...)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{
		"method": string(r.Method), "target": string(r.Target), "path": string(r.Path), "query": string(r.Query),
		"normal": string(r.NormalPath), "authority": string(r.Authority), "host": string(r.Host), "proto": r.Proto.String(),
	}
	want := map[string]string{
		"method": "GET", "target": "/a//b?x=1", "path": "/a//b", "query": "x=1", "normal": "/a/b",
		"authority": "Shop.Example.:443", "host": "shop.example", "proto": "HTTP/2.0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if r.ContentLength != 0 || r.HeadBytes != 123 || !r.HasQuery || r.Header.Len() != 3 {
		t.Errorf("length %d, head %d, fields %d", r.ContentLength, r.HeadBytes, r.Header.Len())
	}
	if v, _ := r.Header.Get("Cookie"); string(v) != "a=1; b=2" {
		t.Errorf("cookies became %q", v)
	}
}

func TestLengths(t *testing.T) {
	for _, c := range []struct {
		ended bool
		field string
		want  int64
	}{{true, "x: y", 0}, {false, "x: y", -1}, {false, "content-length: 5", 5}, {false, "content-length: 0", 0}, {true, "content-length: 0", 0}} {
		if r, err := parse(&elbConfig, c.ended, usual(c.field)...); err != nil || r.ContentLength != c.want {
			t.Errorf("%+v: %v, %d", c, err, r.ContentLength)
		}
	}
}

func TestHostStandsInForAuthority(t *testing.T) {
	for _, lines := range [][]string{
		{":method: GET", ":scheme: https", ":path: /", "host: a.example"},
		{":method: GET", ":scheme: https", ":path: /", ":authority: a.example", "host: A.example"},
	} {
		if r, err := parse(&elbConfig, true, lines...); err != nil || string(r.Host) != "a.example" {
			t.Errorf("%v: %v, host %q", lines, err, r.Host)
		}
	}
}

func TestMalformedRequestsAreTold(t *testing.T) {
	without := func(name string) []string {
		var out []string
		for _, l := range usual() {
			if !strings.HasPrefix(l, name) {
				out = append(out, l)
			}
		}
		return out
	}
	for name, c := range map[string]struct {
		lines  []string
		status int
	}{
		"upper case in a name":             {usual("X-Upper: 1"), 0},
		"blank in a name":                  {usual("a b: 1"), 0},
		"colon in a name":                  {usual("a:b: 1"), 0},
		"line break in a name":             {usual("a\r\nx: 1"), 0},
		"line break in a value":            {usual("a: 1\r\nx: 2"), 0},
		"bare line feed in a value":        {usual("a: 1\nGET / HTTP/1.1"), 0},
		"NUL in a value":                   {usual("a: \x00"), 0},
		"blank before a value":             {usual("a:  1"), 0},
		"blank after a value":              {usual("a: 1 "), 0},
		"line break in the path":           {append(without(":path"), ":path: /x HTTP/1.1\r\nHost: evil"), 0},
		"line break in the method":         {append(without(":method"), ":method: GET / HTTP/1.1\r\nx: y"), 0},
		"blank in the path":                {append(without(":path"), ":path: /x y"), 400},
		"fragment in the path":             {append(without(":path"), ":path: /x#y"), 400},
		"path above the root":              {append(without(":path"), ":path: /../../x"), 400},
		"absolute form as path":            {append(without(":path"), ":path: http://evil/"), 0},
		"star for GET":                     {append(without(":path"), ":path: *"), 0},
		"empty path":                       {append(without(":path"), ":path: "), 0},
		"no path":                          {without(":path"), 0},
		"no method":                        {without(":method"), 0},
		"no scheme":                        {without(":scheme"), 0},
		"odd scheme":                       {append(without(":scheme"), ":scheme: https://evil/?"), 0},
		"no authority":                     {without(":authority"), 400},
		"slash in the authority":           {append(without(":authority"), ":authority: a/b"), 400},
		"user in the authority":            {append(without(":authority"), ":authority: u@a"), 400},
		"host differs":                     {usual("host: other.example"), 400},
		"two hosts":                        {usual("host: shop.example.:443", "host: shop.example.:443"), 0},
		"repeated path":                    {usual(":path: /y"), 0},
		"pseudo-header late":               {append([]string{"a: b"}, usual()...), 0},
		"response pseudo-header":           {usual(":status: 200"), 0},
		"extended CONNECT":                 {usual(":protocol: websocket"), 0},
		"connection":                       {usual("connection: x"), 0},
		"transfer-encoding":                {usual("transfer-encoding: chunked"), 0},
		"upgrade":                          {usual("upgrade: h2c"), 0},
		"keep-alive":                       {usual("keep-alive: 1"), 0},
		"te gzip":                          {usual("te: gzip"), 0},
		"two lengths":                      {usual("content-length: 5", "content-length: 5"), 0},
		"length with sign":                 {usual("content-length: +5"), 0},
		"length without body":              {usual("content-length: 5"), 0},
		"CONNECT":                          {[]string{":method: CONNECT", ":authority: a:443"}, 405},
		"TRACE":                            {append(without(":method"), ":method: TRACE"), 405},
		"line longer than 8 KB":            {append(without(":path"), ":path: /"+strings.Repeat("a", 9000)), 414},
		"field longer than 8 KB":           {usual("a: " + strings.Repeat("a", 9000)), 400},
		"head longer than 32 KB":           {usual(manyFields(5, 7000)...), 400},
		"more than 256 fields":             {usual(manyFields(300, 1)...), 400},
		"escaped NUL, bad for nginx paths": {append(without(":path"), ":path: /a%00"), 400},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parse(&nginxConfig, true, c.lines...)
			if err == nil || err.Status != c.status || err.Reason == "" {
				t.Errorf("%v, want status %d", err, c.status)
			}
		})
	}
}

func manyFields(n, length int) []string {
	var out []string
	for range n {
		out = append(out, "x: "+strings.Repeat("a", length))
	}
	return out
}

func TestFieldsThatOnlyTheProxySetsAreDropped(t *testing.T) {
	r, err := parse(&elbConfig, true, usual("x_forwarded_for: 1", "content_length: 5", "x-amzn_trace: 1", "te: trailers",
		"expect: 100-continue", "proxy: http://evil", "http2-settings: x", "trailer: x", "x-fine: 1", "x_fine: 1")...)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for i := range r.Header.Len() {
		names = append(names, string(r.Header.At(i).Name))
	}
	if diff := cmp.Diff([]string{"x-fine", "x_fine"}, names); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	r, _ = parse(&nginxConfig, true, usual("x-fine: 1", "x_fine: 1")...)
	if r.Header.Len() != 1 {
		t.Error("class nginx drops names with underscores")
	}
}

func TestTrailersAreChecked(t *testing.T) {
	for line, fine := range map[string]bool{"x: y": true, ":path: /": false, "X: y": false, "connection: close": false} {
		var h Head
		h.BeginTrailers(&elbConfig, nil)
		f := list(line)[0]
		h.Field(f[0], f[1])
		if err := h.End(true, 0); (err == nil) != fine {
			t.Errorf("%q: %v", line, err)
		}
	}
}

func TestMemoryIsUsedAgainWithoutAllocating(t *testing.T) {
	var h Head
	var m Memory
	r := &exchange.Request{}
	fields := list(usual("accept: */*", "user-agent: curl")...)
	read := func() {
		h.Begin(&m, r, &nginxConfig)
		for _, f := range fields {
			h.Field(f[0], f[1])
		}
		if err := h.End(true, 0); err != nil {
			t.Fatal(err)
		}
	}
	read()
	if n := testing.AllocsPerRun(100, read); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
