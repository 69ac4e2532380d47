package telemetry

import (
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// gathered are the values of a scrape by family, with the values of the labels behind it: "name{a,b}". Histograms show
// their number of samples.
func gathered(t testing.TB, m *Metrics) map[string]float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	if err := registry.Register(m); err != nil {
		t.Fatal(err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]float64{}
	for _, f := range families {
		for _, one := range f.GetMetric() {
			var values []string
			for _, l := range one.GetLabel() {
				if l.GetName() != labelBalancer {
					values = append(values, l.GetValue())
				}
			}
			out[f.GetName()+"{"+strings.Join(values, ",")+"}"] = one.GetCounter().GetValue() + one.GetGauge().GetValue() +
				float64(one.GetHistogram().GetSampleCount())
		}
	}
	return out
}

// asked is an exchange that went to target group tg.
func asked() *exchange.Exchange {
	x := served()
	x.Group, x.Rule = handle("tg"), &compile.Rule{Tried: 3}
	x.Log.Attempts = []exchange.Attempt{{Address: "10.1.2.3:8080", Status: 200, Made: true}}
	return x
}

func TestEachExchangeIsCountedUnderCloudWatchsNames(t *testing.T) {
	for _, c := range []struct {
		say    string
		change func(x *exchange.Exchange)
		want   map[string]float64 // those of aws_applicationelb_ that are not 0, beside what all exchanges have
	}{
		{"a target's answer is the target's", func(*exchange.Exchange) {}, map[string]float64{
			"httpcode_target_2xx_count_total{tg}": 1, "request_count_total{tg}": 1, "target_response_time_seconds{tg}": 1,
			"rule_evaluations_total{}": 3,
		}},
		{"also when it is an error", func(x *exchange.Exchange) { x.Response.Status = 502 }, map[string]float64{
			"httpcode_target_5xx_count_total{tg}": 1, "request_count_total{tg}": 1, "target_response_time_seconds{tg}": 1,
			"rule_evaluations_total{}": 3,
		}},
		{"no answer in time", func(x *exchange.Exchange) {
			x.Respond(504, nil)
			x.Group, x.Log.FirstByte = handle("tg"), time.Time{}
			x.Log.Attempts[0] = exchange.Attempt{Made: true, Failure: 504}
		}, map[string]float64{
			"httpcode_elb_5xx_count_total{}": 1, "httpcode_elb_504_count_total{}": 1, "request_count_total{tg}": 1, "rule_evaluations_total{}": 3,
		}},
		{"no connection", func(x *exchange.Exchange) {
			x.Respond(502, nil)
			x.Group, x.Log.FirstByte = handle("tg"), time.Time{}
			x.Log.Attempts[0] = exchange.Attempt{Failure: 502}
		}, map[string]float64{
			"httpcode_elb_5xx_count_total{}": 1, "httpcode_elb_502_count_total{}": 1, "request_count_total{tg}": 1,
			"target_connection_error_count_total{tg}": 1, "rule_evaluations_total{}": 3,
		}},
		{"no handshake", func(x *exchange.Exchange) {
			x.Respond(502, nil)
			x.Group, x.Log.FirstByte = handle("tg"), time.Time{}
			x.Log.Attempts[0] = exchange.Attempt{Failure: 502, TLS: true}
		}, map[string]float64{
			"httpcode_elb_5xx_count_total{}": 1, "httpcode_elb_502_count_total{}": 1, "request_count_total{tg}": 1,
			"target_tls_negotiation_error_count_total{tg}": 1, "rule_evaluations_total{}": 3,
		}},
		{"no target is no RequestCount", func(x *exchange.Exchange) {
			x.Respond(503, nil)
			x.Log.Attempts, x.Log.Sent, x.Log.FirstByte = nil, time.Time{}, time.Time{}
		}, map[string]float64{"httpcode_elb_5xx_count_total{}": 1, "httpcode_elb_503_count_total{}": 1, "rule_evaluations_total{}": 3}},
		{"a client that left is 460 and ours", func(x *exchange.Exchange) { x.Log.Status = 460 }, map[string]float64{
			"httpcode_elb_4xx_count_total{}": 1, "request_count_total{tg}": 1, "target_response_time_seconds{tg}": 1, "rule_evaluations_total{}": 3,
		}},
		{"redirects", func(x *exchange.Exchange) {
			x.Respond(301, nil)
			x.Log.Attempts, x.Log.Actions = nil, exchange.ActionRedirect
		}, map[string]float64{"httpcode_elb_3xx_count_total{}": 1, "http_redirect_count_total{}": 1, "rule_evaluations_total{}": 3}},
		{"redirects to URLs that are too long", func(x *exchange.Exchange) {
			x.Respond(507, nil)
			x.Log.Attempts, x.Log.Actions = nil, exchange.ActionRedirect
		}, map[string]float64{
			"httpcode_elb_5xx_count_total{}": 1, "http_redirect_url_limit_exceeded_count_total{}": 1, "rule_evaluations_total{}": 3,
		}},
		{"fixed responses", func(x *exchange.Exchange) {
			x.Respond(200, nil)
			x.Log.Attempts, x.Log.Actions = nil, exchange.ActionFixedResponse
		}, map[string]float64{"http_fixed_response_count_total{}": 1, "rule_evaluations_total{}": 3}},
		{"a head that could not be read has no rule", func(x *exchange.Exchange) {
			x.Respond(400, nil)
			x.Log.Attempts, x.Rule, x.Request.Class = nil, nil, exchange.Severe
		}, map[string]float64{
			"httpcode_elb_4xx_count_total{}": 1, "desync_mitigation_mode_non_compliant_request_count_total{}": 1,
		}},
		{"names that were removed", func(x *exchange.Exchange) { x.Request.OddNames, x.Request.NamesDropped = true, true }, map[string]float64{
			"httpcode_target_2xx_count_total{tg}": 1, "request_count_total{tg}": 1, "target_response_time_seconds{tg}": 1,
			"rule_evaluations_total{}": 3, "dropped_invalid_header_request_count_total{}": 1,
		}},
		{"names that went on", func(x *exchange.Exchange) { x.Request.OddNames = true }, map[string]float64{
			"httpcode_target_2xx_count_total{tg}": 1, "request_count_total{tg}": 1, "target_response_time_seconds{tg}": 1,
			"rule_evaluations_total{}": 3, "forwarded_invalid_header_request_count_total{}": 1,
		}},
		{"gRPC over IPv6", func(x *exchange.Exchange) {
			x.Request.Proto, x.Conn.Remote = exchange.HTTP2, netip.MustParseAddrPort("[2001:db8::1]:1")
			x.Request.Header.Add([]byte("content-type"), []byte("application/grpc+proto"))
		}, map[string]float64{
			"httpcode_target_2xx_count_total{tg}": 1, "request_count_total{tg}": 1, "target_response_time_seconds{tg}": 1,
			"rule_evaluations_total{}": 3, "grpc_request_count_total{}": 1, "ipv6_request_count_total{}": 1, "ipv6_processed_bytes_total{}": 530,
		}},
		{"logins", func(x *exchange.Exchange) {
			x.Respond(302, nil)
			x.Log.Attempts = nil
			x.Log.Auth, x.Log.AuthTook = exchange.AuthError|exchange.AuthClaimsTooLarge, time.Second
		}, map[string]float64{
			"httpcode_elb_3xx_count_total{}": 1, "elb_auth_error_total{}": 1, "elb_auth_user_claims_size_exceeded_total{}": 1,
			"elb_auth_latency_seconds{}": 1, "rule_evaluations_total{}": 3,
		}},
	} {
		m := NewMetrics(MetricsOptions{})
		x := asked()
		c.change(x)
		m.Observe(elbListener, x)
		c.want["processed_bytes_total{}"] = 530
		for name, value := range gathered(t, m) {
			short, ours := strings.CutPrefix(name, "aws_applicationelb_")
			if want := c.want[short]; ours && value != want {
				t.Errorf("%s: %s is %v, want %v", c.say, short, value, want)
			}
			delete(c.want, short)
		}
		for name := range c.want {
			t.Errorf("%s: there is no %s", c.say, name)
		}
	}
}

func TestTargetGroupsShowHostsAndTheirStateByZone(t *testing.T) {
	m := NewMetrics(MetricsOptions{Groups: func() []GroupState {
		return []GroupState{
			{
				ID: "tg", UnhealthyRouted: 5, NonSticky: 7, Anomalous: 2, Mitigated: 1,
				Hosts: []HostCount{{Zone: "b", Healthy: 1}, {Zone: "a", Healthy: 2, Unhealthy: 3}},
				Zones: []ZoneHealth{{Zone: "a", DNS: true}},
			},
			{ID: "flows", Network: true, UnhealthyRouted: 4},
			{ID: "nginx/x", Hosts: []HostCount{{Healthy: 9}}},
		}
	}})
	got := gathered(t, m)
	for name, want := range map[string]float64{
		"aws_applicationelb_healthy_host_count{a,tg}": 2, "aws_applicationelb_healthy_host_count{b,tg}": 1,
		"aws_applicationelb_unhealthy_host_count{a,tg}": 3, "aws_applicationelb_healthy_state_dns{a,tg}": 1,
		"aws_applicationelb_unhealthy_state_dns{a,tg}": 0, "aws_applicationelb_healthy_state_routing{a,tg}": 0,
		"aws_applicationelb_unhealthy_state_routing{a,tg}": 1, "aws_applicationelb_unhealthy_routing_request_count_total{tg}": 5,
		"aws_applicationelb_non_sticky_request_count_total{tg}": 7, "aws_applicationelb_anomalous_host_count{tg}": 2,
		"aws_applicationelb_mitigated_host_count{tg}": 1, "aws_networkelb_unhealthy_routing_flow_count_total{flows}": 4,
		"aws_networkelb_healthy_host_count{,flows}": 0,
	} {
		if value, there := got[name]; !there || value != want {
			t.Errorf("%s is %v (there: %v), want %v", name, value, there, want)
		}
	}
	if _, there := got["aws_applicationelb_healthy_host_count{,nginx/x}"]; there {
		t.Error("a group of class nginx is shown as one of a load balancer")
	}
}

func TestATargetGroupIsCountedForEachOfItsLoadBalancers(t *testing.T) {
	m := NewMetrics(MetricsOptions{Groups: func() []GroupState {
		return []GroupState{{ID: "tg", LoadBalancers: []string{"app/one/1", "app/two/2"}, Hosts: []HostCount{{Zone: "a", Healthy: 2}}}}
	}})
	compare(t, m, `
# HELP aws_applicationelb_healthy_host_count Healthy targets. CloudWatch: HealthyHostCount.
# TYPE aws_applicationelb_healthy_host_count gauge
aws_applicationelb_healthy_host_count{availability_zone="a",load_balancer="app/one/1",target_group="tg"} 2
aws_applicationelb_healthy_host_count{availability_zone="a",load_balancer="app/two/2",target_group="tg"} 2
`, "aws_applicationelb_healthy_host_count")
}

func TestCapacityUnitsAreTheGreatestDimension(t *testing.T) {
	const gib = 1 << 30
	for _, c := range []struct {
		say  string
		rate rates
		did  load
		over time.Duration
		want float64
	}{
		{"nothing", lcuALB, load{}, time.Minute, 0},
		{"25 connections a second are one", lcuALB, load{opened: 25 * 60}, time.Minute, 1},
		{"3000 open ones are one", lcuALB, load{active: 6000}, time.Minute, 2},
		{"a GiB an hour is one", lcuALB, load{bytes: gib}, time.Hour, 1},
		{"1000 evaluations a second are one", lcuALB, load{evaluations: 1000 * 60 * 3}, time.Minute, 3},
		{"only the greatest counts", lcuALB, load{opened: 25 * 60, active: 6000, bytes: 1, evaluations: 1}, time.Minute, 2},
		{"flows of TCP", lcuTCP, load{opened: 800 * 60, active: 50_000}, time.Minute, 1},
		{"of TLS", lcuTLS, load{opened: 50 * 60}, time.Minute, 1},
		{"of UDP", lcuUDP, load{active: 25_000}, time.Minute, 0.5},
		{"no rules there", lcuTCP, load{evaluations: 1 << 40}, time.Minute, 0},
	} {
		if got := c.rate.units(load{}, c.did, c.over); got != c.want {
			t.Errorf("%s: %v, want %v", c.say, got, c.want)
		}
	}
}

func TestCapacityUnitsAreThoseOfTheLatestMinuteHoweverOftenTheyAreAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMetrics(MetricsOptions{})
		c := m.Connections(elbListener)
		ask := func() float64 { return gathered(t, m)["aws_applicationelb_consumed_lcus{}"] }
		if got := ask(); got != 0 {
			t.Errorf("%v units before anything", got)
		}
		for range 25 * 60 {
			c.Opened()
			c.Closed()
		}
		time.Sleep(time.Minute)
		for range 3 {
			if got := ask(); got != 1 {
				t.Errorf("%v units, want 1", got)
			}
			time.Sleep(time.Second)
		}
		time.Sleep(time.Minute)
		if got := ask(); got != 0 {
			t.Errorf("%v units after a quiet minute", got)
		}
	})
}

func TestTheTableOfNamesIsWhole(t *testing.T) {
	series := map[string]bool{}
	for _, row := range CloudWatchMetrics() {
		if series[row.Series] {
			t.Errorf("%s stands twice", row.Series)
		}
		series[row.Series] = true
		counter := row.Type == prometheus.CounterValue && !row.Histogram
		if strings.HasSuffix(row.Series, "_total") != counter {
			t.Errorf("%s: only counters end with _total", row.Series)
		}
	}
}
