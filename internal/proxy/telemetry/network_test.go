package telemetry

import (
	"bytes"
	"crypto/tls"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

var (
	tcpListener = &compile.NetworkListener{LoadBalancer: "nlb/shop/web", Name: "demo", Port: 80, Protocol: model.TCP}
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
		return []GroupState{{ID: "tg", Network: true, Healthy: 2, Unhealthy: 1, UnhealthyRouted: 5}}
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
	f.Reset, f.HandshakeFailed, f.TargetTLSFailed = exchange.ResetByBalancer, true, true
	m.ObserveFlow(tlsListener, f)
	const tcp, secure = `{load_balancer="net/demo/1206f04a63eb3cdd",protocol="tcp"} `, `{load_balancer="net/demo/1206f04a63eb3cdd",protocol="tls"} `
	for _, c := range []struct{ name, kind, help, samples string }{
		{"nlb_active_flows", "gauge", "Flows that are open (ActiveFlowCount).", tcp + "1," + secure + "1"},
		{"nlb_new_flows_total", "counter", "Flows that were accepted (NewFlowCount).", tcp + "2," + secure + "2"},
		{"nlb_processed_bytes_total", "counter", "Bytes of flows, both directions, without TLS's own (ProcessedBytes).", tcp + "80," + secure + "443"},
		{"nlb_tcp_client_resets_total", "counter", "Flows that the client reset (TCP_Client_Reset_Count).", tcp + "1," + secure + "0"},
		{"nlb_tcp_elb_resets_total", "counter", "Flows that the load balancer reset (TCP_ELB_Reset_Count).", tcp + "0," + secure + "1"},
		{"nlb_client_tls_negotiation_errors_total", "counter", "TLS handshakes with clients that failed (ClientTLSNegotiationErrorCount).", secure + "1"},
		{"nlb_healthy_hosts", "gauge", "Healthy targets (HealthyHostCount).", `{target_group="tg"} 2`},
		{"nlb_unhealthy_routing_flows_total", "counter", "Flows sent while too few targets were healthy (UnhealthyRoutingFlowCount).", `{target_group="tg"} 5`},
	} {
		text := "# HELP gwanmun_" + c.name + " " + c.help + "\n# TYPE gwanmun_" + c.name + " " + c.kind + "\n"
		for _, s := range splitSamples(c.samples) {
			text += "gwanmun_" + c.name + s + "\n"
		}
		compare(t, m, text, "gwanmun_"+c.name)
	}
	m.ForgetLoadBalancer("nlb/shop/web")
	if n := len(m.networks.values()); n != 0 {
		t.Errorf("%d series outlive their load balancer", n)
	}
}

// splitSamples splits at commas outside of labels.
func splitSamples(s string) (out []string) {
	for len(s) > 0 {
		end := len(s)
		depth := 0
		for i := range len(s) {
			switch s[i] {
			case '{':
				depth++
			case '}':
				depth--
			}
			if s[i] == ',' && depth == 0 {
				end = i
				break
			}
		}
		out = append(out, s[:end])
		s = s[min(end+1, len(s)):]
	}
	return out
}
