package upstream

import (
	"context"
	"io"
	"net"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
)

// networkSettings are what only groups behind network load balancers have.
type networkSettings struct {
	// crossZone is load_balancing.cross_zone.enabled; unset leaves it to the load balancer.
	crossZone choice
	// stickySource keeps a client's address at its target: stickiness.enabled with type source_ip.
	stickySource bool
	// proxyProtocol begins every connection with a header: proxy_protocol_v2.enabled, false.
	proxyProtocol bool
	// endDrained resets flows when the deregistration delay is over: false.
	endDrained bool
	// endUnhealthy resets the flows of a target that turns unhealthy: true. unhealthyDrain is how long such a target is
	// shown as draining when it does not: 0.
	endUnhealthy   bool
	unhealthyDrain time.Duration
}

const (
	attributeEndDrained     = "deregistration_delay.connection_termination.enabled"
	attributeEndUnhealthy   = "target_health_state.unhealthy.connection_termination.enabled"
	attributeUnhealthyDrain = "target_health_state.unhealthy.draining_interval_seconds"
	attributeProxyProtocol  = "proxy_protocol_v2.enabled"
	attributePreserveClient = "preserve_client_ip.enabled"
)

// choice is a flag that may be left to somebody else.
type choice uint8

const (
	unset choice = iota
	on
	off
)

func (c choice) or(otherwise bool) bool {
	if c == unset {
		return otherwise
	}
	return c == on
}

// isNetwork says whether target groups of a protocol stand behind network load balancers.
func isNetwork(p model.TargetProtocol) bool {
	switch p {
	case model.TargetTCP, model.TargetTLS, model.TargetUDP, model.TargetTCPUDP, model.TargetQUIC, model.TargetTCPQUIC:
		return true
	}
	return false
}

// readNetwork reads the attributes that only groups behind network load balancers have.
func (s *settings) readNetwork(tg *model.TargetGroup) {
	s.endUnhealthy = true
	preserve := tg.Type == model.TargetInstance
	for _, a := range tg.Attributes {
		set := a.Value == "true"
		switch a.Key {
		case attributeCrossZone:
			if set {
				s.crossZone = on
			} else if a.Value == "false" {
				s.crossZone = off
			}
		case attributeSticky:
			s.stickySource = set
		case attributeEndDrained:
			s.endDrained = set
		case attributeEndUnhealthy:
			s.endUnhealthy = set
		case attributeUnhealthyDrain:
			s.unhealthyDrain = seconds(a.Value, 0)
		case attributeProxyProtocol:
			s.proxyProtocol = set
		case attributePreserveClient:
			preserve = set
		}
	}
	if s.endUnhealthy {
		s.unhealthyDrain = 0
	}
	if preserve {
		// A proxy in user space connects from its own address.
		s.ignored = append(s.ignored, attributePreserveClient+" (targets see the proxy's address)")
	}
}

// networkDefaults puts an NLB's defaults where the health check says nothing.
func (c *check) networkDefaults(h *model.HealthCheck, s *settings) {
	c.network, c.proxyProtocol = true, s.proxyProtocol
	if c.protocol == "" {
		c.protocol = model.TargetTCP
	}
	if h.TimeoutSeconds <= 0 {
		c.timeout = 10 * time.Second
		if c.protocol == model.TargetHTTP {
			c.timeout = 6 * time.Second
		}
	}
	if h.HTTPCodes == "" {
		c.codes = codes{{200, 399}}
	}
}

// localHeader begins a connection of the load balancer's own, as health checks are: version 2, command LOCAL, no
// addresses (PROXY protocol, section 2.2).
const localHeader = "\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00"

func writeLocalHeader(ctx context.Context, conn net.Conn) error {
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return err
		}
	}
	_, err := io.WriteString(conn, localHeader)
	return err
}
