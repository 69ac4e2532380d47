package telemetry

import (
	"cmp"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// cloud sends a value under CloudWatch's name for it.
func (c *collector) cloud(namespace, metric string, value float64, labels ...string) {
	f := c.d.cloud[[2]string{namespace, metric}]
	c.out <- prometheus.MustNewConstMetric(f.desc, f.row.Type, value, labels...)
}

func (c *collector) cloudTimes(metric string, h *histogram, labels ...string) {
	c.histogram(c.d.cloud[[2]string{applicationELB, metric}].desc, h, &timeBuckets, labels...)
}

// balancer sends the series of an Application Load Balancer.
func (c *collector) balancer(b *balancer) {
	lb := b.label
	count := func(metric string, n uint64) { c.cloud(applicationELB, metric, float64(n), lb) }
	b.answers.each(func(s int16, n uint64) { c.counter(c.d.elbAnswers, n, lb, statusLabel(s), classLabel(s)) })
	classes := b.answers.classes()
	count("HTTPCode_ELB_3XX_Count", classes[3])
	count("HTTPCode_ELB_4XX_Count", classes[4])
	count("HTTPCode_ELB_5XX_Count", classes[5])
	count("HTTPCode_ELB_500_Count", b.answers.of(500))
	count("HTTPCode_ELB_502_Count", b.answers.of(502))
	count("HTTPCode_ELB_503_Count", b.answers.of(503))
	count("HTTPCode_ELB_504_Count", b.answers.of(504))
	count("HTTP_Redirect_Count", b.redirects.Load())
	count("HTTP_Redirect_Url_Limit_Exceeded_Count", b.redirectsTooLong.Load())
	count("HTTP_Fixed_Response_Count", b.fixed.Load())
	count("DesyncMitigationMode_NonCompliant_Request_Count", b.nonStrict.Load())
	count("DroppedInvalidHeaderRequestCount", b.dropped.Load())
	count("ForwardedInvalidHeaderRequestCount", b.forwarded.Load())
	count("GrpcRequestCount", b.grpc.Load())
	count("IPv6RequestCount", b.ipv6.Load())
	count("IPv6ProcessedBytes", b.ipv6Bytes.Load())
	count("ProcessedBytes", b.bytes.Load())
	count("RuleEvaluations", b.evaluations.Load())
	count("ELBAuthError", b.authError.Load())
	count("ELBAuthFailure", b.authFailure.Load())
	count("ELBAuthRefreshTokenSuccess", b.authRefreshed.Load())
	count("ELBAuthSuccess", b.authSuccess.Load())
	count("ELBAuthUserClaimsSizeExceeded", b.authTooLarge.Load())
	c.cloudTimes("ELBAuthLatency", &b.authTime, lb)
	active := b.connections.active.Load()
	c.cloud(applicationELB, "ActiveConnectionCount", float64(active), lb)
	count("NewConnectionCount", b.connections.accepted.Load())
	count("RejectedConnectionCount", b.connections.rejected.Load())
	count("ClientTLSNegotiationErrorCount", b.connections.handshake.Load())
	c.cloud(applicationELB, "ConsumedLCUs", b.lcus.units(c.now, lcuALB, load{
		opened: b.connections.accepted.Load(), bytes: b.bytes.Load(), evaluations: b.charged.Load(), active: active,
	}), lb)
	for _, g := range b.groups.values() {
		c.balancerGroup(lb, g)
	}
}

func (c *collector) balancerGroup(lb string, g *balancerGroup) {
	count := func(metric string, n uint64) { c.cloud(applicationELB, metric, float64(n), lb, g.id) }
	g.answers.each(func(s int16, n uint64) {
		c.counter(c.d.targetAnswers, n, lb, g.id, statusLabel(s), classLabel(s))
	})
	classes := g.answers.classes()
	count("HTTPCode_Target_2XX_Count", classes[2])
	count("HTTPCode_Target_3XX_Count", classes[3])
	count("HTTPCode_Target_4XX_Count", classes[4])
	count("HTTPCode_Target_5XX_Count", classes[5])
	count("RequestCount", g.requests.Load())
	count("TargetConnectionErrorCount", g.refused.Load())
	count("TargetTLSNegotiationErrorCount", g.tlsError.Load())
	c.cloudTimes("TargetResponseTime", &g.latency, lb, g.id)
}

// group sends what is known of a target group at scrape time.
func (c *collector) group(g *GroupState) {
	c.gauge(c.d.upstreamRequests, float64(g.Outstanding), g.ID)
	if strings.HasPrefix(g.ID, "nginx/") {
		return
	}
	balancers := g.LoadBalancers
	if len(balancers) == 0 {
		balancers = []string{""}
	}
	for _, lb := range balancers {
		c.groupOf(lb, g)
	}
}

// groupOf sends what is known of a target group as a part of one load balancer.
func (c *collector) groupOf(lb string, g *GroupState) {
	namespace := applicationELB
	if g.Network {
		namespace = networkELB
		c.cloud(namespace, "UnhealthyRoutingFlowCount", float64(g.UnhealthyRouted), lb, g.ID)
	} else {
		c.cloud(namespace, "UnhealthyRoutingRequestCount", float64(g.UnhealthyRouted), lb, g.ID)
		c.cloud(namespace, "NonStickyRequestCount", float64(g.NonSticky), lb, g.ID)
		c.cloud(namespace, "AnomalousHostCount", float64(g.Anomalous), lb, g.ID)
		c.cloud(namespace, "MitigatedHostCount", float64(g.Mitigated), lb, g.ID)
		for i := range g.Zones {
			c.zone(lb, g.ID, &g.Zones[i])
		}
	}
	hosts := slices.Clone(g.Hosts)
	if len(hosts) == 0 {
		hosts = []HostCount{{}}
	}
	slices.SortFunc(hosts, func(a, b HostCount) int { return cmp.Compare(a.Zone, b.Zone) })
	for _, h := range hosts {
		c.cloud(namespace, "HealthyHostCount", float64(h.Healthy), lb, g.ID, h.Zone)
		c.cloud(namespace, "UnHealthyHostCount", float64(h.Unhealthy), lb, g.ID, h.Zone)
	}
}

// zone sends whether a target group has enough healthy targets, in one zone or altogether.
func (c *collector) zone(lb, group string, z *ZoneHealth) {
	state := func(metric string, holds bool) {
		value := 0.0
		if holds {
			value = 1
		}
		c.cloud(applicationELB, metric, value, lb, group, z.Zone)
	}
	state("HealthyStateDNS", z.DNS)
	state("UnhealthyStateDNS", !z.DNS)
	state("HealthyStateRouting", z.Routing)
	state("UnhealthyStateRouting", !z.Routing)
}

// network sends the series of a network load balancer's listeners of one protocol.
func (c *collector) network(n *network) {
	lb, protocol := n.label, n.protocol
	send := func(metric string, value float64) { c.cloud(networkELB, metric, value, lb, protocol) }
	d := &n.datagrams
	active := n.connections.active.Load() + d.Active.Load()
	opened, bytes := n.connections.accepted.Load()+d.Opened.Load(), n.bytes.Load()+d.Bytes.Load()
	send("ActiveFlowCount", float64(active))
	send("NewFlowCount", float64(opened))
	send("RejectedFlowCount", float64(n.connections.rejected.Load()+d.Rejected.Load()+d.Evicted.Load()))
	send("PortAllocationErrorCount", float64(n.noPort.Load()+d.NoPort.Load()))
	send("ProcessedBytes", float64(bytes))
	send("SecurityGroupBlockedFlowCount", float64(n.connections.blocked.Load()+d.Blocked.Load()))
	if protocol == "udp" || protocol == "quic" {
		send("ProcessedPackets", float64(d.Packets.Load()))
		send("DroppedPackets", float64(d.Dropped.Load()+d.Unroutable.Load()))
	}
	send("TCP_Client_Reset_Count", float64(n.resets[exchange.ResetByClient].Load()))
	send("TCP_Target_Reset_Count", float64(n.resets[exchange.ResetByTarget].Load()))
	send("TCP_ELB_Reset_Count", float64(n.resets[exchange.ResetByBalancer].Load()))
	if n.secure {
		send("ClientTLSNegotiationErrorCount", float64(n.clientTLS.Load()))
	}
	send("TargetTLSNegotiationErrorCount", float64(n.targetTLS.Load()))
	rate := lcuTCP
	switch {
	case n.secure:
		rate = lcuTLS
	case protocol == "udp" || protocol == "quic":
		rate = lcuUDP
	}
	send("ConsumedLCUs", n.lcus.units(c.now, rate, load{
		opened: opened, bytes: bytes, active: active,
	}))
}
