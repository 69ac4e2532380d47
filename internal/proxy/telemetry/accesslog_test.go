package telemetry

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/testkit/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

type handle string

func (h handle) ID() string { return string(h) }
func (handle) Ready() bool  { return true }

var (
	nginxListener = &compile.Listener{LoadBalancer: "nginx", Dialect: model.DialectNginx, Port: 80}
	elbListener   = &compile.Listener{LoadBalancer: "alb/shop/web", Name: "demo", Port: 443}
)

// served is an exchange as a driver leaves it: two tries, the second one answered.
func served() *exchange.Exchange {
	start := time.Date(2026, 3, 4, 5, 6, 7, 80_910_000, time.UTC)
	x := &exchange.Exchange{
		Conn: &exchange.Conn{
			Remote: netip.MustParseAddrPort("198.51.100.7:40112"), Local: netip.MustParseAddrPort("10.1.0.5:443"), Port: 443,
			ID: [2]uint64{0x0011223344556677, 0x8899aabbccddeeff},
		},
		ClientIP: netip.MustParseAddr("198.51.100.7"), Start: start, Group: handle("nginx/shop/web/80"),
		RequestID: []byte("0123456789abcdef01234567"),
	}
	x.Request.Proto, x.Request.Method, x.Request.Target = exchange.HTTP11, []byte("GET"), []byte("/cart?id=7")
	x.Request.Host, x.Response.Status = []byte("shop.test"), 200
	x.Request.Header.Add([]byte("User-Agent"), []byte("curl/8.5.0"))
	x.Log = exchange.Log{
		BytesIn: 118, BytesOut: 412, BodyBytesOut: 250,
		Sent: start.Add(time.Millisecond), FirstByte: start.Add(15 * time.Millisecond), End: start.Add(16 * time.Millisecond),
		Attempts: []exchange.Attempt{
			{Address: "10.1.2.2:8080", Failure: 502},
			{Address: "10.1.2.3:8080", Status: 200, Bytes: 250, Took: 14 * time.Millisecond, Pod: "web-1"},
		},
		Actions: exchange.ActionForward,
	}
	x.Rule = &compile.Rule{
		Priority: 10, Policy: &model.Policy{BackendName: "shop-web-80"},
		Source: model.Source{
			Kind: "Ingress", Namespace: "shop", Name: "web", Field: "spec.rules[0].http.paths[0]",
			Path: "/cart", Service: "web", Port: "80",
		},
		Model: &model.Rule{Priority: 10, Actions: []model.Action{{Type: model.ActionForward, Forward: &model.Forward{
			TargetGroups: []model.WeightedTargetGroup{{TargetGroup: "nginx/shop/web/80"}, {TargetGroup: "nginx/shop/web-canary/80"}},
			Canary:       true,
		}}}},
	}
	return x
}

// one logs x alone and returns the line.
func one(t testing.TB, f Format, l *compile.Listener, x *exchange.Exchange) string {
	t.Helper()
	var out bytes.Buffer
	log := NewAccessLog(LogOptions{Out: &out, Format: f})
	log.Write(l, x)
	log.Close()
	line, ok := strings.CutSuffix(out.String(), "\n")
	if !ok || strings.Contains(line, "\n") {
		t.Fatalf("not exactly one line: %q", out.String())
	}
	return line
}

func TestNginxLineIsUpstreaminfo(t *testing.T) {
	x := served()
	want := `198.51.100.7 - - [04/Mar/2026:05:06:07 +0000] "GET /cart?id=7 HTTP/1.1" 200 250 "-" "curl/8.5.0" 118 0.016 ` +
		`[shop-web-80] [] 10.1.2.2:8080, 10.1.2.3:8080 0, 250 0.000, 0.014 502, 200 0123456789abcdef01234567`
	if diff := cmp.Diff(want, one(t, FormatDialect, nginxListener, x)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	x.Group, x.User = handle("nginx/shop/web-canary/80"), []byte("jo e")
	x.Request.Header.Add([]byte("Referer"), []byte(`http://a/"x"`))
	want = `198.51.100.7 - jo\x20e [04/Mar/2026:05:06:07 +0000] "GET /cart?id=7 HTTP/1.1" 200 250 "http://a/\x22x\x22" "curl/8.5.0" 118 0.016 ` +
		`[shop-web-80] [shop-web-canary-80] 10.1.2.2:8080, 10.1.2.3:8080 0, 250 0.000, 0.014 502, 200 0123456789abcdef01234567`
	if diff := cmp.Diff(want, one(t, FormatDialect, nginxListener, x)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestRequestsThatCouldNotBeReadAreLogged(t *testing.T) {
	x := &exchange.Exchange{Conn: served().Conn, ClientIP: served().ClientIP, Start: served().Start}
	x.Log.End, x.Response.Status, x.Log.Line = x.Start, 400, []byte("GET\x00 / \"HTTP")
	x.Request.Class, x.Request.ClassReason = exchange.Severe, "BadContentLength"
	want := `198.51.100.7 - - [04/Mar/2026:05:06:07 +0000] "GET\x00 / \x22HTTP" 400 0 "-" "-" 0 0.000 [] [] - - - - -`
	if diff := cmp.Diff(want, one(t, FormatDialect, nginxListener, x)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	want = `http 2026-03-04T05:06:07.080910Z app/demo/ID 198.51.100.7:40112 - -1 -1 -1 400 - 0 0 "- http://-:443- -" "-" - - - "-" ` +
		`"-" "-" - 2026-03-04T05:06:07.080910Z "-" "-" "-" "-" "-" "Severe" "BadContentLength" TID_00112233445566778899aabbccddeeff "-" "-" "-" 10.1.0.5`
	if diff := cmp.Diff(want, anonymous(one(t, FormatDialect, elbListener, x))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// anonymous takes out the hash in a load balancer's name.
func anonymous(line string) string {
	return regexp.MustCompile(`app/demo/[0-9a-f]{16}`).ReplaceAllString(line, "app/demo/ID")
}

func TestELBLineHas34Fields(t *testing.T) {
	x := served()
	x.Conn.TLS = &tls.ConnectionState{Version: tls.VersionTLS12, CipherSuite: tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, ServerName: "shop.test"}
	x.Conn.Certificate = "arn:aws:acm:local:0:certificate/x"
	want := `https 2026-03-04T05:06:07.096910Z app/demo/ID 198.51.100.7:40112 10.1.2.3:8080 0.001 0.014 0.000 200 200 118 412 ` +
		`"GET https://shop.test:443/cart?id=7 HTTP/1.1" "curl/8.5.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 nginx/shop/web/80 ` +
		`"Root=0123456789abcdef01234567" "shop.test" "arn:aws:acm:local:0:certificate/x" 10 2026-03-04T05:06:07.080910Z "forward" "-" "-" ` +
		`"10.1.2.2:8080 10.1.2.3:8080" "- 200" "-" "-" TID_00112233445566778899aabbccddeeff "-" "-" "-" 10.1.0.5`
	if diff := cmp.Diff(want, anonymous(one(t, FormatDialect, elbListener, x))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestELBRedirectsShowWhereTo(t *testing.T) {
	x := served()
	x.Respond(301, nil)
	x.Response.Header.Add([]byte("Location"), []byte("https://shop.test:443/cart"))
	x.Log.Attempts, x.Log.Actions = nil, exchange.ActionRedirect
	x.Rule = &compile.Rule{Model: &model.Rule{Actions: []model.Action{{Type: model.ActionRedirect}}}}
	f := fields(one(t, FormatDialect, elbListener, x))
	if f[4] != "-" || f[20] != "0" || f[22] != "redirect" || f[23] != "https://shop.test:443/cart" {
		t.Errorf("fields %q", f)
	}
}

func TestELBShowsWhatTransformsMade(t *testing.T) {
	x := served()
	x.Log.TransformedHost, x.Log.TransformedURI, x.Log.Transform = []byte("cart.test"), []byte("/a b"), exchange.TransformSuccess
	x.Log.Reason = "AuthInvalidCookie"
	if f := fields(one(t, FormatDialect, elbListener, x)); f[30] != "cart.test" || f[31] != "/a b" || f[32] != "TransformSuccess" || f[24] != "AuthInvalidCookie" {
		t.Errorf("fields %q", f)
	}
}

func TestWhatWasRefusedBeforeAnyRuleHasNoPriority(t *testing.T) {
	x := served()
	for actions, want := range map[exchange.Actions]string{
		0: "-", exchange.ActionWAF: "-", exchange.ActionWAF | exchange.ActionForward: "10", exchange.ActionAuthenticate: "10",
	} {
		x.Log.Actions = actions
		if f := fields(one(t, FormatDialect, elbListener, x)); f[20] != want || f[22] != actions.String() {
			t.Errorf("actions %s: priority %s, actions_executed %s", actions, f[20], f[22])
		}
	}
}

func TestJSONNamesRuleIngressAndPod(t *testing.T) {
	var got map[string]any
	line := one(t, FormatJSON, nginxListener, served())
	if err := json.Unmarshal([]byte(line), &got); err != nil {
		t.Fatalf("%v in %s", err, line)
	}
	for key, want := range map[string]any{
		"loadBalancer": "nginx", "port": 80.0, "rule": 10.0, "ingress": "shop/web", "service": "web", "status": 200.0,
		"rulePath": "/cart", "targetGroup": "nginx/shop/web/80", "seconds": 0.016, "target": "/cart?id=7",
	} {
		if diff := cmp.Diff(want, got[key]); diff != "" {
			t.Errorf("%s: %s", key, diff)
		}
	}
	if pod := got["targets"].([]any)[1].(map[string]any)["pod"]; pod != "web-1" {
		t.Errorf("pod is %v", pod)
	}
}

// fields splits an ELB line as its readers do: at blanks, but not between quotes.
func fields(line string) []string {
	var list []string
	for line != "" {
		var f string
		if strings.HasPrefix(line, `"`) {
			f, line, _ = strings.Cut(line[1:], `"`)
			line = strings.TrimPrefix(line, " ")
		} else {
			f, line, _ = strings.Cut(line, " ")
		}
		list = append(list, f)
	}
	return list
}

var nginxForm = regexp.MustCompile(`^(\S+) - (\S+) \[([^\]"]+)\] "([^"]*)" (\d{3}) (\d+) "([^"]+)" "([^"]+)" (\d+) (\d+\.\d{3}) ` +
	`\[([^\] ]*)\] \[([^\] ]*)\] ([^ ,]+(?:, [^ ,]+)*) ([^ ,]+(?:, [^ ,]+)*) ([^ ,]+(?:, [^ ,]+)*) ([^ ,]+(?:, [^ ,]+)*) (\S+)$`)

// FuzzLines proves that no input moves, adds or removes a field, in any format.
func FuzzLines(f *testing.F) {
	f.Add("GET", "/a b", "h", "agent", "user", "id", "", true)
	f.Add("G\"T", "/\" 200 0 \"", "h\r\n", "a\\\"", "us er] \"", "i d", "raw\n\n", false)
	f.Add("", "\x00\xff", "é", "\x7f", "[", ",", "\"", false)
	f.Add(" ", " ", " ", " ", " ", " ", " ", true)
	f.Fuzz(func(t *testing.T, method, target, host, agent, user, id, raw string, redirect bool) {
		x := served()
		x.Request.Method, x.Request.Target, x.Request.Host = []byte(method), []byte(target), []byte(host)
		x.Request.Header.Set("User-Agent", []byte(agent))
		x.Request.Header.Set("Referer", []byte(target))
		x.User, x.RequestID, x.UpstreamPath, x.UpstreamHost = []byte(user), []byte(id), []byte(target), []byte(host)
		x.Log.Attempts[0].Address, x.Log.Attempts[1].Pod = host, host
		x.Conn.TLS = &tls.ConnectionState{ServerName: host}
		if raw != "" {
			x.Log.Line = []byte(raw)
		}
		rule := *x.Rule.(*compile.Rule)
		rule.Policy = &model.Policy{BackendName: user}
		if redirect {
			rule.Model = &model.Rule{Actions: []model.Action{{Type: model.ActionRedirect}}}
			x.Respond(302, nil)
			x.Response.Header.Set("Location", []byte(target))
		} else {
			x.Group = handle(host)
		}
		x.Rule = &rule
		m := nginxForm.FindStringSubmatch(one(t, FormatDialect, nginxListener, x))
		if m == nil || strings.Count(m[13], ",") != 1 {
			t.Fatalf("not an upstreaminfo line: %q", one(t, FormatDialect, nginxListener, x))
		}
		if got := m[8]; unescape(got) != cmpOr(agent, "-") {
			t.Fatalf("the agent %q was logged as %q", agent, got)
		}
		line := one(t, FormatDialect, elbListener, x)
		if got := fields(line); len(got) != 34 || unescape(got[13]) != cmpOr(agent, "-") {
			t.Fatalf("%d fields in %q", len(got), line)
		}
		line = one(t, FormatJSON, elbListener, x)
		var o map[string]any
		if err := json.Unmarshal([]byte(line), &o); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		if got, _ := o["userAgent"].(string); unescape(got) != agent {
			t.Fatalf("the agent %q was logged as %q", agent, got)
		}
		for _, c := range []byte(line) {
			if c < 0x20 || c >= 0x7f {
				t.Fatalf("byte %#x in %q", c, line)
			}
		}
	})
}

func cmpOr(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

func unescape(s string) string {
	return regexp.MustCompile(`\\x[0-9A-F]{2}`).ReplaceAllStringFunc(s, func(e string) string {
		return string([]byte{byte(strings.IndexByte(upperHex, e[2])<<4 | strings.IndexByte(upperHex, e[3]))})
	})
}

// gate is a writer that can be made to wait or fail.
type gate struct {
	mu   sync.Mutex
	out  bytes.Buffer
	err  error
	hold chan struct{}
}

func (g *gate) Write(b []byte) (int, error) {
	if g.hold != nil {
		<-g.hold
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err != nil {
		return 0, g.err
	}
	return g.out.Write(b)
}

func TestASlowOutputDropsLinesAndCountsThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{hold: make(chan struct{})}
		log := NewAccessLog(LogOptions{Out: g, Buffer: 2000})
		x := served()
		for range 50 {
			log.Write(nginxListener, x)
			time.Sleep(time.Second) // the writer hangs in its first write; nobody waits for it
		}
		close(g.hold)
		log.Close()
		written := uint64(strings.Count(g.out.String(), "\n"))
		if log.Dropped() == 0 || written+log.Dropped() != 50 {
			t.Errorf("%d written, %d dropped of 50", written, log.Dropped())
		}
		for line := range strings.Lines(g.out.String()) {
			if !nginxForm.MatchString(strings.TrimSuffix(line, "\n")) {
				t.Fatalf("a torn line: %q", line)
			}
		}
	})
}

func TestLinesAppearWithoutClosing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{}
		log := NewAccessLog(LogOptions{Out: g})
		log.Write(nginxListener, served())
		time.Sleep(21 * time.Millisecond)
		synctest.Wait()
		if g.out.Len() == 0 {
			t.Error("the line still waits")
		}
		log.Close()
		log.Close()
		log.Write(nginxListener, served())
		if log.Dropped() != 1 {
			t.Error("a line after the end was not counted")
		}
	})
}

func TestFailedWritesAreCounted(t *testing.T) {
	g := &gate{err: errors.New("disk full")}
	log := NewAccessLog(LogOptions{Out: g})
	log.Write(nginxListener, served())
	log.Write(nginxListener, served())
	log.Close()
	if log.Failed() == 0 || log.Dropped() != 2 {
		t.Errorf("%d failed, %d dropped", log.Failed(), log.Dropped())
	}
}

func TestConcurrentLinesAreWhole(t *testing.T) {
	g := &gate{}
	log := NewAccessLog(LogOptions{Out: g, Delay: time.Microsecond})
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			x := served()
			for range 500 {
				log.Write(nginxListener, x)
			}
		})
	}
	work.Wait()
	log.Close()
	n := uint64(0)
	for line := range strings.Lines(g.out.String()) {
		n++
		if !nginxForm.MatchString(strings.TrimSuffix(line, "\n")) {
			t.Fatalf("a torn line: %q", line)
		}
	}
	if n+log.Dropped() != 2000 || n == 0 {
		t.Errorf("%d lines and %d dropped of 2000", n, log.Dropped())
	}
}

func TestLinesAllocateNothing(t *testing.T) {
	for _, l := range []*compile.Listener{nginxListener, elbListener} {
		for _, f := range []Format{FormatDialect, FormatJSON} {
			log := NewAccessLog(LogOptions{Out: io.Discard, Format: f})
			x := served()
			for range 5000 {
				log.Write(l, x)
			}
			if n := testing.AllocsPerRun(1000, func() { log.Write(l, x) }); n >= 1 {
				t.Errorf("%s, format %d: %v allocations", l.LoadBalancer, f, n)
			}
			log.Close()
		}
	}
}

func BenchmarkLine(b *testing.B) {
	for name, l := range map[string]*compile.Listener{"nginx": nginxListener, "elb": elbListener} {
		b.Run(name, func(b *testing.B) {
			log := NewAccessLog(LogOptions{Out: io.Discard})
			defer log.Close()
			x := served()
			b.ReportAllocs()
			for b.Loop() {
				log.Write(l, x)
			}
		})
	}
}
