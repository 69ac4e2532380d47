package telemetry

import (
	"fmt"
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
		known := strings.HasPrefix(p.Metric, "aws_") && strings.Contains(p.Text, `"_count" suffix`) // CloudWatch's names end so
		if !slices.Contains(inherited, p.Metric) && !known {
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
	have := map[string]bool{}
	for _, f := range families {
		have[f.GetName()] = true
	}
	for _, d := range m.descs.all() {
		name, _, _ := strings.Cut(strings.TrimPrefix(d.String(), `Desc{fqName: "`), `"`)
		// Nothing is delivered here.
		if !have[name] && !strings.HasPrefix(name, "gwanmun_log_delivery_") {
			t.Errorf("family %s has no sample", name)
		}
	}
}

// full has counted something in every family.
func full() *Metrics {
	m := NewMetrics(MetricsOptions{
		Log: NewAccessLog(LogOptions{}),
		Groups: func() []GroupState {
			return []GroupState{{ID: "tg", Zones: []ZoneHealth{{}}}, {ID: "network", Network: true}}
		},
	})
	m.ObserveFlow(tlsListener, flowed())
	m.Datagrams(udpListener).Packets.Add(1)
	m.Observe(nginxListener, nginxExchange())
	x := nginxExchange()
	x.Log.Auth, x.Log.AuthTook = exchange.AuthSuccess, time.Millisecond
	m.Observe(elbListener, x)
	x = nginxExchange()
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
