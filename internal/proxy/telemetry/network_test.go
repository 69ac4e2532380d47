package telemetry

import (
	"bytes"
	"crypto/tls"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

var (
	tcpListener = &compile.NetworkListener{LoadBalancer: "nlb/shop/web", Name: "demo", Port: 80, Protocol: model.TCP}
	udpListener = &compile.NetworkListener{LoadBalancer: "nlb/shop/web", Name: "demo", Port: 53, Protocol: model.UDP}
	tlsListener = &compile.NetworkListener{LoadBalancer: "nlb/shop/web", Name: "demo", Port: 443, Protocol: model.TLS}
)

// flowed is a flow of a TLS listener as a driver leaves it.
func flowed() *exchange.Flow {
	start := time.Date(2026, 3, 4, 5, 6, 5, 796_000_000, time.UTC)
	return &exchange.Flow{
		Conn: &exchange.Conn{
			Remote: netip.MustParseAddrPort("198.51.100.7:40112"), Local: netip.MustParseAddrPort("10.1.0.5:443"), Port: 443,
			TLS:         &tls.ConnectionState{Version: tls.VersionTLS13, CipherSuite: tls.TLS_AES_128_GCM_SHA256, ServerName: "shop.test", NegotiatedProtocol: "h2"},
			Certificate: "arn:aws:acm:local:123456789012:certificate/x",
		},
		Group: "tg", Target: "10.1.2.3:8443", Start: start, End: start.Add(1204 * time.Millisecond), Handshake: 31 * time.Millisecond,
		BytesIn: 880, BytesOut: 5120, Offered: []string{"h2", "http/1.1"}, TargetProtocol: "h2",
	}
}

func oneFlow(t *testing.T, f Format, l *compile.NetworkListener, x *exchange.Flow) string {
	t.Helper()
	var out bytes.Buffer
	log := NewAccessLog(LogOptions{Out: &out, Format: f})
	log.WriteFlow(l, x)
	log.Close()
	return out.String()
}

func TestTLSFlowsAreLoggedAsNetworkLoadBalancersDo(t *testing.T) {
	want := `tls 2.0 2026-03-04T05:06:07 net/demo/1206f04a63eb3cdd 3d355e9b95de75fc 198.51.100.7:40112 10.1.0.5:443 1204 31 880 5120 - ` +
		`arn:aws:acm:local:123456789012:certificate/x - TLS_AES_128_GCM_SHA256 tlsv13 - shop.test h2 h2 "h2","http/1.1" 2026-03-04T05:06:05` + "\n"
	if diff := cmp.Diff(want, oneFlow(t, FormatDialect, tlsListener, flowed())); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	failed := flowed()
	failed.Conn.TLS, failed.Conn.Certificate = nil, ""
	failed.Alert, failed.HandshakeFailed, failed.TargetProtocol, failed.Offered = 42, true, "", []string{`a b"`}
	want = `tls 2.0 2026-03-04T05:06:07 net/demo/1206f04a63eb3cdd 3d355e9b95de75fc 198.51.100.7:40112 10.1.0.5:443 1204 - 880 5120 42 - - ` +
		`- - - - - - "a\x20b\x22" 2026-03-04T05:06:05` + "\n"
	if diff := cmp.Diff(want, oneFlow(t, FormatDialect, tlsListener, failed)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	arn := *tlsListener
	arn.LoadBalancer = "arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:loadbalancer/net/demo/0123456789abcdef"
	if got := oneFlow(t, FormatDialect, &arn, flowed()); !strings.Contains(got, " net/demo/0123456789abcdef ") {
		t.Errorf("with an ARN: %s", got)
	}
	if got := oneFlow(t, FormatDialect, tcpListener, flowed()) + oneFlow(t, FormatJSON, tcpListener, flowed()); got != "" {
		t.Errorf("a TCP flow was logged: %s", got)
	}
}

func TestTLSFlowsAsJSONTellMore(t *testing.T) {
	f := flowed()
	f.Reset, f.Error = exchange.ResetByTarget, "target reset"
	want := `{"time":"2026-03-04T05:06:07.000000Z","loadBalancer":"nlb/shop/web","port":443,"peer":"198.51.100.7:40112","tls":"TLSv1.3",` +
		`"cipher":"TLS_AES_128_GCM_SHA256","serverName":"shop.test","alpn":"h2","certificate":"arn:aws:acm:local:123456789012:certificate/x",` +
		`"targetGroup":"tg","target":"10.1.2.3:8443","targetALPN":"h2","bytesIn":880,"bytesOut":5120,"seconds":1.204,` +
		`"handshakeSeconds":0.031,"resetBy":"target","error":"target reset"}` + "\n"
	if diff := cmp.Diff(want, oneFlow(t, FormatJSON, tlsListener, f)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestFlowsAreCountedByLoadBalancerAndProtocol(t *testing.T) {
	m := NewMetrics(MetricsOptions{Groups: func() []GroupState {
		return []GroupState{{ID: "tg", Network: true, Hosts: []HostCount{{Healthy: 2, Unhealthy: 1}}, UnhealthyRouted: 5}}
	}})
	for _, l := range []*compile.NetworkListener{tcpListener, tlsListener} {
		c := m.Flows(l)
		c.Opened()
		c.Opened()
		c.Closed()
		c.Rejected()
		m.FlowBytes(l).Add(uint64(l.Port))
	}
	f := flowed()
	m.ObserveFlow(tlsListener, f)
	f.Reset = exchange.ResetByClient
	m.ObserveFlow(tcpListener, f)
	f.Reset, f.HandshakeFailed, f.TargetTLSFailed, f.NoPort = exchange.ResetByBalancer, true, true, true
	m.ObserveFlow(tlsListener, f)
	got := gathered(t, m)
	for name, want := range map[string]float64{
		"active_flow_count{tcp}": 1, "active_flow_count{tls}": 1, "new_flow_count_total{tcp}": 2, "rejected_flow_count_total{tls}": 1,
		"processed_bytes_total{tcp}": 80, "processed_bytes_total{tls}": 443, "tcp_client_reset_count_total{tcp}": 1,
		"tcp_client_reset_count_total{tls}": 0, "tcp_elb_reset_count_total{tls}": 1, "tcp_target_reset_count_total{tls}": 0,
		"port_allocation_error_count_total{tls}": 1, "port_allocation_error_count_total{tcp}": 0,
		"client_tls_negotiation_error_count_total{tls}": 1, "target_tls_negotiation_error_count_total{tls}": 1,
		"healthy_host_count{,tg}": 2, "unhealthy_host_count{,tg}": 1, "unhealthy_routing_flow_count_total{tg}": 5,
	} {
		if value, there := got["aws_networkelb_"+name]; !there || value != want {
			t.Errorf("%s is %v (there: %v), want %v", name, value, there, want)
		}
	}
	if _, there := got["aws_networkelb_client_tls_negotiation_error_count_total{tcp}"]; there {
		t.Error("plain flows have TLS handshakes with clients")
	}
	m.ForgetLoadBalancer("nlb/shop/web")
	if n := len(m.networks.values()); n != 0 {
		t.Errorf("%d series outlive their load balancer", n)
	}
}

func TestDatagramsAreCountedByTheirTransport(t *testing.T) {
	m := NewMetrics(MetricsOptions{})
	both := &compile.NetworkListener{LoadBalancer: "nlb/shop/web", Name: "demo", Port: 53, Protocol: model.TCPUDP}
	quic := &compile.NetworkListener{LoadBalancer: "nlb/shop/web", Name: "demo", Port: 443, Protocol: model.TCPQUIC}
	d := m.Datagrams(both)
	d.Opened.Add(2)
	d.Active.Add(1)
	d.Packets.Add(6)
	d.Bytes.Add(100)
	d.Rejected.Add(1)
	d.Evicted.Add(2)
	d.Blocked.Add(4)
	d.NoPort.Add(7)
	m.Datagrams(quic).Unroutable.Add(5)
	m.Flows(both).Opened()
	m.Flows(both).Blocked()
	registry := prometheus.NewPedanticRegistry()
	if err := registry.Register(m); err != nil {
		t.Fatal(err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, metric := range f.GetMetric() {
			for _, l := range metric.GetLabel() {
				if l.GetName() == labelProtocol {
					got[f.GetName()+" "+l.GetValue()] = metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
				}
			}
		}
	}
	for name, want := range map[string]float64{
		"new_flow_count_total udp": 2, "active_flow_count udp": 1, "processed_packets_total udp": 6, "processed_bytes_total udp": 100,
		"rejected_flow_count_total udp": 3, "security_group_blocked_flow_count_total udp": 4, "dropped_packets_total quic": 5,
		"port_allocation_error_count_total udp": 7, "new_flow_count_total tcp": 1, "security_group_blocked_flow_count_total tcp": 1,
	} {
		if got["aws_networkelb_"+name] != want {
			t.Errorf("%s is %v, want %v", name, got["aws_networkelb_"+name], want)
		}
	}
}
