package telemetry

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// nginxExchange is an exchange of a rule with a host.
func nginxExchange() *exchange.Exchange {
	x := served()
	rule := x.Rule.(*compile.Rule)
	rule.Model.Conditions = []model.Condition{{Field: model.HostHeader, Values: []string{"shop.test"}}}
	return x
}

func compare(t *testing.T, m *Metrics, want string, names ...string) {
	t.Helper()
	if err := testutil.CollectAndCompare(m, strings.NewReader(want), names...); err != nil {
		t.Error(err)
	}
}

func TestRequestsAreCountedUnderIngressNginxNames(t *testing.T) {
	m := NewMetrics(MetricsOptions{ControllerClass: "k8s.io/ingress-nginx"})
	x := nginxExchange()
	m.Observe(nginxListener, x)
	m.Observe(nginxListener, x)
	x.Group = handle("nginx/shop/web-canary/80")
	x.Request.Method, x.Log.Status = []byte("BREW"), 499
	m.Observe(nginxListener, x)
	compare(t, m, `
# HELP nginx_ingress_controller_requests Requests that a rule of an Ingress answered.
# TYPE nginx_ingress_controller_requests counter
nginx_ingress_controller_requests{canary="",controller_class="k8s.io/ingress-nginx",host="shop.test",ingress="web",method="GET",namespace="shop",path="/cart",service="web",status="200"} 2
nginx_ingress_controller_requests{canary="shop-web-canary-80",controller_class="k8s.io/ingress-nginx",host="shop.test",ingress="web",method="other",namespace="shop",path="/cart",service="web",status="499"} 1
`, "nginx_ingress_controller_requests")
}

func TestDurationsFallIntoBuckets(t *testing.T) {
	m := NewMetrics(MetricsOptions{})
	m.Observe(nginxListener, nginxExchange())
	labels := `canary="",host="shop.test",ingress="web",method="GET",namespace="shop",path="/cart",service="web",status="200"`
	want := "# HELP nginx_ingress_controller_request_duration_seconds Time from the first byte of a request to the last one of its response.\n" +
		"# TYPE nginx_ingress_controller_request_duration_seconds histogram\n"
	for _, bound := range []string{"0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"} {
		n := 1
		if bound == "0.005" || bound == "0.01" {
			n = 0
		}
		want += fmt.Sprintf("nginx_ingress_controller_request_duration_seconds_bucket{%s,le=%q} %d\n", labels, bound, n)
	}
	want += "nginx_ingress_controller_request_duration_seconds_sum{" + labels + "} 0.016\n" +
		"nginx_ingress_controller_request_duration_seconds_count{" + labels + "} 1\n"
	compare(t, m, want, "nginx_ingress_controller_request_duration_seconds")
}

func TestCountsGoOnWhenARuleIsCompiledAnew(t *testing.T) {
	m := NewMetrics(MetricsOptions{})
	for range 3 {
		m.Observe(nginxListener, nginxExchange()) // another *compile.Rule with the same labels
		m.Applied(time.Unix(1_800_000_000, 0), true)
	}
	if n := testutil.CollectAndCount(m, "nginx_ingress_controller_requests"); n != 1 {
		t.Errorf("%d series", n)
	}
	compare(t, m, `
# HELP nginx_ingress_controller_config_last_reload_successful_timestamp_seconds When a snapshot was last put into service.
# TYPE nginx_ingress_controller_config_last_reload_successful_timestamp_seconds gauge
nginx_ingress_controller_config_last_reload_successful_timestamp_seconds 1.8e+09
`, "nginx_ingress_controller_config_last_reload_successful_timestamp_seconds")
	m.Forget("shop", "web")
	if n := testutil.CollectAndCount(m, "nginx_ingress_controller_requests"); n != 0 {
		t.Errorf("%d series of an Ingress that is gone", n)
	}
}

func TestClientsCannotMakeSeries(t *testing.T) {
	m := NewMetrics(MetricsOptions{})
	for i := range 1000 {
		x := nginxExchange()
		x.Request.Host = fmt.Appendf(nil, "h%d.test", i)
		x.Request.Method = fmt.Appendf(nil, "M%d", i)
		x.Request.Target = fmt.Appendf(nil, "/%d", i)
		x.Response.Status = 600 + i%300
		m.Observe(nginxListener, x)
		x.Rule = nil
		m.Observe(nginxListener, x)
		m.Observe(elbListener, x)
	}
	if n := testutil.CollectAndCount(m); n > 60 {
		t.Errorf("%d series after 3000 strange requests", n)
	}
}

func TestELBAnswersAreTheLoadBalancersOrTheTargets(t *testing.T) {
	m := NewMetrics(MetricsOptions{Groups: func() []GroupState {
		return []GroupState{{ID: "tg", Healthy: 2, Unhealthy: 1, UnhealthyRouted: 5, Outstanding: 3}}
	}})
	x := served()
	x.Group, x.Rule = handle("tg"), nil
	m.Observe(elbListener, x) // 200 from a target
	x.Response.Status = 502
	m.Observe(elbListener, x) // 502 from a target
	x.Response.Made, x.Response.Status = true, 504
	m.Observe(elbListener, x) // ours, after a target was tried
	x.Log.Attempts, x.Response.Status = nil, 503
	x.Request.Class = exchange.Ambiguous
	x.Conn.Remote = netip.MustParseAddrPort("[2001:db8::1]:1")
	m.Observe(elbListener, x) // ours, no target
	x.Response.Status = 301
	x.Rule = &compile.Rule{Model: &model.Rule{Actions: []model.Action{{Type: model.ActionRedirect, Redirect: &model.Redirect{}}}}}
	m.Observe(elbListener, x)
	lb := m.balancer(elbListener).label
	compare(t, m, strings.ReplaceAll(`
# HELP gwanmun_alb_requests_total Requests for which a target was chosen (RequestCount).
# TYPE gwanmun_alb_requests_total counter
gwanmun_alb_requests_total{load_balancer="LB",target_group="tg"} 3
# HELP gwanmun_alb_http_code_elb_total Responses made by the load balancer (HTTPCode_ELB_*_Count).
# TYPE gwanmun_alb_http_code_elb_total counter
gwanmun_alb_http_code_elb_total{class="3XX",load_balancer="LB",status="301"} 1
gwanmun_alb_http_code_elb_total{class="5XX",load_balancer="LB",status="503"} 1
gwanmun_alb_http_code_elb_total{class="5XX",load_balancer="LB",status="504"} 1
# HELP gwanmun_alb_http_code_target_total Responses made by targets (HTTPCode_Target_*_Count).
# TYPE gwanmun_alb_http_code_target_total counter
gwanmun_alb_http_code_target_total{class="2XX",load_balancer="LB",status="200",target_group="tg"} 1
gwanmun_alb_http_code_target_total{class="5XX",load_balancer="LB",status="502",target_group="tg"} 1
# HELP gwanmun_alb_target_connection_errors_total Tries at a target that got no answer (TargetConnectionErrorCount).
# TYPE gwanmun_alb_target_connection_errors_total counter
gwanmun_alb_target_connection_errors_total{load_balancer="LB",target_group="tg"} 3
# HELP gwanmun_alb_http_redirects_total Redirect actions (HTTP_Redirect_Count).
# TYPE gwanmun_alb_http_redirects_total counter
gwanmun_alb_http_redirects_total{load_balancer="LB"} 1
# HELP gwanmun_alb_desync_non_compliant_requests_total Requests that stray from the grammar (DesyncMitigationMode_NonCompliant_Request_Count).
# TYPE gwanmun_alb_desync_non_compliant_requests_total counter
gwanmun_alb_desync_non_compliant_requests_total{load_balancer="LB"} 2
# HELP gwanmun_alb_ipv6_requests_total Requests over IPv6 (IPv6RequestCount).
# TYPE gwanmun_alb_ipv6_requests_total counter
gwanmun_alb_ipv6_requests_total{load_balancer="LB"} 2
# HELP gwanmun_alb_healthy_hosts Healthy targets (HealthyHostCount).
# TYPE gwanmun_alb_healthy_hosts gauge
gwanmun_alb_healthy_hosts{target_group="tg"} 2
# HELP gwanmun_alb_unhealthy_hosts Unhealthy targets (UnHealthyHostCount).
# TYPE gwanmun_alb_unhealthy_hosts gauge
gwanmun_alb_unhealthy_hosts{target_group="tg"} 1
# HELP gwanmun_alb_unhealthy_routing_requests_total Requests sent while too few targets were healthy (UnhealthyRoutingRequestCount).
# TYPE gwanmun_alb_unhealthy_routing_requests_total counter
gwanmun_alb_unhealthy_routing_requests_total{target_group="tg"} 5
`, `"LB"`, `"`+lb+`"`), "gwanmun_alb_requests_total", "gwanmun_alb_http_code_elb_total", "gwanmun_alb_http_code_target_total",
		"gwanmun_alb_target_connection_errors_total", "gwanmun_alb_http_redirects_total",
		"gwanmun_alb_desync_non_compliant_requests_total", "gwanmun_alb_ipv6_requests_total", "gwanmun_alb_healthy_hosts",
		"gwanmun_alb_unhealthy_hosts", "gwanmun_alb_unhealthy_routing_requests_total")
}

func TestConnectionsAreCounted(t *testing.T) {
	m := NewMetrics(MetricsOptions{})
	c := m.Connections(nginxListener)
	if c != m.Connections(&compile.Listener{LoadBalancer: "nginx", Dialect: model.DialectNginx, Port: 443}) {
		t.Fatal("listeners of one load balancer count apart")
	}
	for range 3 {
		c.Opened()
	}
	c.Closed()
	c.Rejected()
	c.Busy()
	compare(t, m, `
# HELP nginx_ingress_controller_nginx_process_connections Client connections by state.
# TYPE nginx_ingress_controller_nginx_process_connections gauge
nginx_ingress_controller_nginx_process_connections{state="active"} 2
nginx_ingress_controller_nginx_process_connections{state="reading"} 0
nginx_ingress_controller_nginx_process_connections{state="waiting"} 1
nginx_ingress_controller_nginx_process_connections{state="writing"} 1
# HELP nginx_ingress_controller_nginx_process_connections_total Client connections since the start.
# TYPE nginx_ingress_controller_nginx_process_connections_total counter
nginx_ingress_controller_nginx_process_connections_total{state="accepted"} 4
nginx_ingress_controller_nginx_process_connections_total{state="handled"} 3
`, "nginx_ingress_controller_nginx_process_connections", "nginx_ingress_controller_nginx_process_connections_total")
}

// inherited are names that break Prometheus' conventions and stay, because dashboards ask for them.
var inherited = []string{"nginx_ingress_controller_requests", "nginx_ingress_controller_success", "nginx_ingress_controller_errors"}

func TestMetricNamesPassPromlint(t *testing.T) {
	m := full()
	problems, err := testutil.CollectAndLint(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if !slices.Contains(inherited, p.Metric) {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

func TestEveryFamilyIsDescribedAndCollected(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	m := full()
	if err := registry.Register(m); err != nil {
		t.Fatal(err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	if len(families) != len(m.descs.all()) {
		t.Errorf("%d families of %d have a sample", len(families), len(m.descs.all()))
	}
}

// full has counted something in every family.
func full() *Metrics {
	m := NewMetrics(MetricsOptions{
		Log:    NewAccessLog(LogOptions{}),
		Groups: func() []GroupState { return []GroupState{{ID: "tg"}, {ID: "network", Network: true}} },
	})
	m.ObserveFlow(tlsListener, flowed())
	m.Observe(nginxListener, nginxExchange())
	m.Observe(elbListener, nginxExchange())
	x := nginxExchange()
	x.Respond(503, nil)
	m.Observe(elbListener, x)
	return m
}

func TestObservingAllocatesNothing(t *testing.T) {
	m := NewMetrics(MetricsOptions{})
	x := nginxExchange()
	for _, l := range []*compile.Listener{nginxListener, elbListener} {
		m.Observe(l, x)
		if n := testing.AllocsPerRun(100, func() { m.Observe(l, x) }); n != 0 {
			t.Errorf("%s: %v allocations", l.LoadBalancer, n)
		}
	}
}

func TestCountsSurviveContention(t *testing.T) {
	m := NewMetrics(MetricsOptions{})
	var work sync.WaitGroup
	for i := range 4 {
		work.Go(func() {
			x := nginxExchange()
			for n := range 500 {
				x.Response.Status = 200 + (n+i)%20
				m.Observe(nginxListener, x)
				m.Observe(elbListener, x)
			}
		})
	}
	work.Go(func() {
		for range 20 {
			_ = testutil.CollectAndCount(m)
			m.Applied(time.Unix(0, 0), true)
		}
	})
	work.Wait()
	total := uint64(0)
	for _, s := range m.keys {
		for _, c := range *s.cells.Load() {
			total += c.requests.Load()
		}
	}
	elb := uint64(0)
	m.balancer(elbListener).group("nginx/shop/web/80").answers.each(func(_ int16, n uint64) { elb += n })
	if total != 2000 || elb != 2000 || len(m.keys) != 1 {
		t.Errorf("%d and %d of 2000 counted in %d series", total, elb, len(m.keys))
	}
}

func BenchmarkObserve(b *testing.B) {
	for name, l := range map[string]*compile.Listener{"nginx": nginxListener, "elb": elbListener} {
		b.Run(name, func(b *testing.B) {
			m := NewMetrics(MetricsOptions{})
			x := nginxExchange()
			for b.Loop() {
				m.Observe(l, x)
			}
		})
	}
}
