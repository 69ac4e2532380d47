package proxy

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream"
)

const arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/"

// logged is an ALB with a plain and a TLS listener that delivers all of its logs.
func logged(attributes []model.Attribute, targets ...model.Target) compile.Unit {
	forward := []model.Action{{Type: model.ActionForward, Forward: &model.Forward{
		TargetGroups: []model.WeightedTargetGroup{{TargetGroup: "tg", Weight: 1}},
	}}}
	return compile.Unit{Key: "alb", Model: &model.Model{
		LoadBalancers: []model.LoadBalancer{{
			ID: arn + "app/web/0123456789abcdef", Name: "web", Type: model.Application, Attributes: attributes,
			Listeners: []model.Listener{
				{Port: 80, Protocol: model.HTTP, DefaultActions: forward}, {Port: 443, Protocol: model.HTTPS, DefaultActions: forward},
			},
		}},
		TargetGroups: []model.TargetGroup{{
			ID: "tg", Type: model.TargetIP, Protocol: model.TargetHTTP, Port: 80, Targets: targets,
			HealthCheck: &model.HealthCheck{Protocol: model.TargetHTTP, Port: "traffic-port", Path: "/", IntervalSeconds: 5, TimeoutSeconds: 2},
		}},
	}}
}

func deliverAll() []model.Attribute {
	var out []model.Attribute
	for _, log := range []string{"access_logs", "connection_logs", "health_check_logs"} {
		out = append(out, model.Attribute{Key: log + ".s3.enabled", Value: "true"}, model.Attribute{Key: log + ".s3.bucket", Value: "my-logs"})
	}
	return out
}

// delivered are the lines of all files in the buckets, by the beginning of the file's name up to the end of the period.
func delivered(t *testing.T, folder string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	err := filepath.WalkDir(folder, func(p string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(p, ".log.gz") {
			return err
		}
		f, err := os.Open(p)
		if err != nil {
			return err
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			return err
		}
		name, _, _ := strings.Cut(filepath.Base(p), "_20")
		lines := bufio.NewScanner(z)
		for lines.Scan() {
			out[name] = append(out[name], lines.Text())
		}
		return lines.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// begin starts a Server whose end the test brings about, and serves a unit on loopback.
func begin(t *testing.T, o Options, u compile.Unit) *Server {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range s.Apply([]compile.Unit{u}, nil) {
		if d.Level.String() == "error" {
			t.Fatal(d)
		}
	}
	var places []Placement
	lb := &u.Model.LoadBalancers[0]
	for _, l := range lb.Listeners {
		places = append(places, Placement{LoadBalancer: lb.ID, Port: l.Port, Address: netip.MustParseAddrPort("127.0.0.1:0")})
	}
	if err := s.Place(places); err != nil {
		t.Fatal(err)
	}
	return s
}

func end(t *testing.T, s *Server) {
	t.Helper()
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Error(err)
	}
}

func at(t *testing.T, s *Server, port int32) string {
	t.Helper()
	for _, p := range s.Addresses() {
		if p.Port == port {
			return p.Address.String()
		}
	}
	t.Fatalf("no listener on port %d", port)
	return ""
}

func TestLogsAreDeliveredToTheFolderOfTheirBucket(t *testing.T) {
	folder, own := t.TempDir(), selfMade(t)
	u := logged(deliverAll(), backend(t, "one"))
	s := begin(t, Options{LogFolder: LogFolder{Path: folder}, DefaultCertificate: &own}, u)
	for range 500 { // the check of the target is logged, too
		if g, ok := s.Health("tg"); ok && len(g.Targets) == 1 && g.Targets[0].State == upstream.Healthy {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if got := through(t, s, "http"); got != "one" {
		t.Errorf("got %q", got)
	}
	if got := through(t, s, "https"); got != "one" {
		t.Errorf("got %q", got)
	}
	plain, err := net.Dial("tcp", at(t, s, 443))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(plain, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n") // no TLS
	_, _ = io.Copy(io.Discard, plain)                              // until it is closed
	_ = plain.Close()
	end(t, s)
	got := delivered(t, folder)
	const name = "123456789012_elasticloadbalancing_eu-west-1_app.web.0123456789abcdef"
	access := slices.Sorted(slices.Values(got[name])) // the order of two connections is nobody's promise
	if len(access) != 3 || !strings.HasPrefix(access[0], "http ") || !strings.Contains(access[1], " 400 - ") || strings.Contains(access[1], " 0001-") || !strings.Contains(access[0], " app/web/0123456789abcdef 127.0.0.1:") {
		t.Errorf("access log: %q", access)
	}
	handshakes := got["conn_log."+name]
	failed := slices.IndexFunc(handshakes, func(line string) bool { return strings.Contains(line, " Failed:UnmappedConnectionError ") })
	if len(handshakes) != 2 || failed < 0 {
		t.Fatalf("connection log: %q", handshakes)
	}
	if f := strings.Split(handshakes[1-failed], " "); len(f) != 15 || f[3] != "443" || f[10] != "Success" || f[13] != "app/web/0123456789abcdef" ||
		f[14] != "127.0.0.1" || !strings.HasPrefix(f[11], "TID_") || !strings.Contains(access[2], f[11]) {
		t.Errorf("connection log: %q\naccess log: %q", f, access)
	}
	checks := got["health_check_log_"+name]
	if len(checks) == 0 {
		t.Fatal("no check is logged")
	}
	if f := strings.Split(checks[0], " "); len(f) != 8 || f[0] != "http" || f[4] != "tg" || f[5] != "PASS" || f[6] != "200" || f[7] != "-" {
		t.Errorf("health check log: %q", f)
	}
	for _, test := range []string{"ELBAccessLogTestFile", "ELBConnectionLogTestFile", "ELBHealthCheckLogTestFile"} {
		if _, err := os.Stat(filepath.Join(folder, "my-logs/AWSLogs/123456789012", test)); err != nil {
			t.Error(err)
		}
	}
}

func TestDeliveryFollowsTheAttributes(t *testing.T) {
	folder := t.TempDir()
	var log buffer
	target := backend(t, "one")
	s := begin(t, Options{AccessLog: &log, LogFolder: LogFolder{Path: folder}}, logged(nil, target))
	to := func(bucket string) []model.Attribute {
		return []model.Attribute{{Key: "access_logs.s3.enabled", Value: "true"}, {Key: "access_logs.s3.bucket", Value: bucket}}
	}
	for i, attributes := range [][]model.Attribute{nil, to("first"), to("second"), to("second"), nil} {
		s.Apply([]compile.Unit{logged(attributes, target)}, nil)
		through(t, s, "http")
		for range 1000 { // its line in the common log comes after the one for the bucket
			if strings.Count(log.String(), "\n") == i+1 {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	s.Apply(nil, []string{"alb"})
	end(t, s)
	for bucket, want := range map[string]int{"first": 1, "second": 2} {
		lines := 0
		for _, list := range delivered(t, filepath.Join(folder, bucket)) {
			lines += len(list)
		}
		if lines != want {
			t.Errorf("%d lines in bucket %s, want %d", lines, bucket, want)
		}
	}
}

func TestTLSFlowsOfNetworkLoadBalancersAreDelivered(t *testing.T) {
	folder, own := t.TempDir(), selfMade(t)
	u := nlb("tg", backend(t, "one"))
	u.Model.LoadBalancers[0].Attributes = []model.Attribute{
		{Key: "access_logs.s3.enabled", Value: "true"}, {Key: "access_logs.s3.bucket", Value: "my-logs"}, {Key: "access_logs.s3.prefix", Value: "nlb"},
	}
	s := begin(t, Options{LogFolder: LogFolder{Path: folder, Account: "000000000001", Region: "here"}, DefaultCertificate: &own}, u)
	through(t, s, "http") // plain flows have no line
	through(t, s, "https")
	end(t, s)
	got := delivered(t, filepath.Join(folder, "my-logs/nlb"))
	if len(got) != 1 {
		t.Fatalf("delivered: %q", got)
	}
	for name, lines := range got {
		if !strings.HasPrefix(name, "000000000001_elasticloadbalancing_here_net.web.") || len(lines) != 1 {
			t.Fatalf("file %s: %q", name, lines)
		}
		if f := strings.Split(lines[0], " "); len(f) != 22 || f[0] != "tls" || f[1] != "2.0" || !strings.HasPrefix(f[15], "tlsv1") || f[16] == "-" {
			t.Errorf("%d fields: %q", len(f), f)
		}
	}
}

func TestUsersAreToldWhatIsNotThere(t *testing.T) {
	u := logged(deliverAll())
	u.Model.LoadBalancers[0].WebACL = "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/x/y"
	codes := func(o Options) (out []string) {
		s := start(t, o)
		for _, d := range s.Apply([]compile.Unit{u}, nil) {
			out = append(out, string(d.Code))
		}
		return out
	}
	if got := codes(Options{}); !slices.Contains(got, "GW8060") || !slices.Contains(got, "GW8061") {
		t.Errorf("told: %v", got)
	}
	with := Options{LogFolder: LogFolder{Path: t.TempDir()}, Inspector: blocker{}}
	if got := codes(with); slices.Contains(got, "GW8060") || slices.Contains(got, "GW8061") {
		t.Errorf("told although it is there: %v", got)
	}
}

// blocker is an inspector that blocks /secret and cannot judge /broken.
type blocker struct{}

func (blocker) Inspect(_ context.Context, acl string, x *exchange.Exchange) (exchange.Inspection, error) {
	switch string(x.Request.Path) {
	case "/secret":
		return exchange.Inspection{Block: true}, nil
	case "/broken":
		return exchange.Inspection{}, fmt.Errorf("web ACL %s cannot be asked", acl)
	}
	return exchange.Inspection{}, nil
}

func TestAWebACLBlocksBeforeAnythingIsDone(t *testing.T) {
	var log buffer
	u := logged(nil, backend(t, "one"))
	u.Model.LoadBalancers[0].WebACL = "acl"
	s := begin(t, Options{AccessLog: &log, Inspector: blocker{}}, u)
	for path, want := range map[string]int{"/": 200, "/secret": 403, "/broken": 500} {
		resp, err := http.Get("http://" + at(t, s, 80) + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, resp.StatusCode, want)
		}
	}
	end(t, s)
	for _, want := range []string{`"waf,forward" "-" "-"`, `"waf" "-" "-"`, `"waf-failed" "-" "WAFServiceError"`} {
		if strings.Count(log.String(), want) != 1 {
			t.Errorf("no line with %s in\n%s", want, log.String())
		}
	}
}

// TestEveryKindOfEndingHasOneLine goes through endings that cases cannot bring about.
func TestEveryKindOfEndingHasOneLine(t *testing.T) {
	var log buffer
	release := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			<-release
			return
		}
		c, b, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		fmt.Fprint(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
		_, _ = io.Copy(c, b) // until the client is gone
	}))
	defer slow.Close()
	defer close(release)
	a := netip.MustParseAddrPort(strings.TrimPrefix(slow.URL, "http://"))
	own := selfMade(t)
	u := logged(nil, model.Target{ID: a.Addr().String(), Port: int32(a.Port())})
	u.Model.TargetGroups[0].HealthCheck = nil
	s := begin(t, Options{AccessLog: &log, DefaultCertificate: &own}, u)
	lines := 0
	send := func(text string, secure bool, talk func(net.Conn, *bufio.Reader)) string {
		t.Helper()
		var c net.Conn
		var err error
		if secure {
			c, err = tls.Dial("tcp", at(t, s, 443), &tls.Config{InsecureSkipVerify: true})
		} else {
			c, err = net.Dial("tcp", at(t, s, 80))
		}
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(c, text)
		talk(c, bufio.NewReader(c))
		_ = c.Close()
		lines++
		for range 1000 {
			if strings.Count(log.String(), "\n") >= lines {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		all := strings.Split(strings.TrimSuffix(log.String(), "\n"), "\n")
		if len(all) != lines {
			t.Fatalf("%d lines, want %d: %q", len(all), lines, all)
		}
		return all[lines-1]
	}
	leave := func(net.Conn, *bufio.Reader) { time.Sleep(50 * time.Millisecond) }
	has := func(line string, parts ...string) {
		t.Helper()
		for _, p := range parts {
			if !strings.Contains(line, p) {
				t.Errorf("no %q in %s", p, line)
			}
		}
	}
	has(send("GET /gone HTTP/1.1\r\nHost: a.example\r\n\r\n", false, leave), "http ", " 460 - ", `"GET http://a.example:80/gone HTTP/1.1"`, `"forward"`)
	has(send("GET /half HTTP/1.1\r\nHo", false, leave), " 460 - ", `"-" "-"`)
	has(send("\x16\x03 nonsense\r\n\r\n", false, func(_ net.Conn, r *bufio.Reader) {
		_, _ = io.Copy(io.Discard, r) // until it is closed
	}), " 400 - ", `"- http://-:80- -"`)
	upgrade := "GET /ws HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
	chat := func(c net.Conn, r *bufio.Reader) {
		if resp, err := http.ReadResponse(r, nil); err != nil || resp.StatusCode != 101 {
			t.Errorf("no tunnel: %v %v", resp, err)
		}
		fmt.Fprint(c, "hello")
		b := make([]byte, 5)
		if _, err := io.ReadFull(r, b); err != nil || string(b) != "hello" {
			t.Errorf("%q %v", b, err)
		}
	}
	has(send(upgrade, false, chat), "ws ", " 101 101 ", `"forward"`)
	has(send(upgrade, true, chat), "wss ", " 101 101 ", `"forward"`)
	end(t, s)
}

// label is the value of a label in the only series of a family.
func label(t *testing.T, g prometheus.Gatherer, family, name string) string {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != family || len(f.GetMetric()) != 1 {
			continue
		}
		for _, l := range f.GetMetric()[0].GetLabel() {
			if l.GetName() == name {
				return l.GetValue()
			}
		}
	}
	return "no such series"
}

func TestSeriesEndWithTheirLoadBalancerAndTargetGroup(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	target := backend(t, "one")
	s := begin(t, Options{Metrics: registry}, logged(nil, target))
	through(t, s, "http")
	counted := func(name string) bool {
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			if f.GetName() == name {
				return true
			}
		}
		return false
	}
	for range 500 {
		if counted("aws_applicationelb_request_count_total") {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	for _, row := range []struct{ labels, want string }{{"load_balancer", "app/web/0123456789abcdef"}, {"target_group", "tg"}} {
		if got := label(t, registry, "aws_applicationelb_healthy_host_count", row.labels); got != row.want {
			t.Errorf("healthy targets have %s %q, want %q", row.labels, got, row.want)
		}
	}
	u := logged(nil)
	for i := range u.Model.LoadBalancers[0].Listeners {
		u.Model.LoadBalancers[0].Listeners[i].DefaultActions = []model.Action{{
			Type: model.ActionFixedResponse, FixedResponse: &model.FixedResponse{StatusCode: 200},
		}}
	}
	u.Model.TargetGroups = nil
	if s.Apply([]compile.Unit{u}, nil); counted("aws_applicationelb_request_count_total") {
		t.Error("the series of the target group stay")
	}
	if !counted("aws_applicationelb_processed_bytes_total") {
		t.Error("the series of the load balancer are gone too early")
	}
	if s.Apply(nil, []string{"alb"}); counted("aws_applicationelb_processed_bytes_total") {
		t.Error("the series of the load balancer stay")
	}
	end(t, s)
}
