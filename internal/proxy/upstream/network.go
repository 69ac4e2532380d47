package upstream

import (
	"context"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
)

// networkSettings are what only groups behind network load balancers have.
type networkSettings struct {
	// crossZone is load_balancing.cross_zone.enabled; unset leaves it to the load balancer.
	crossZone choice
	// stickySource keeps a client's address at its target: stickiness.enabled with type source_ip.
	stickySource bool
	// application says that the targets are application load balancers.
	application bool
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

// sticks says whether clients can stick to targets of groups of a protocol by their addresses: AWS has that for TCP and UDP.
func sticks(p model.TargetProtocol) bool {
	return p == model.TargetTCP || p == model.TargetUDP || p == model.TargetTCPUDP
}

// readNetwork reads the attributes that only groups behind network load balancers have.
func (s *settings) readNetwork(tg *model.TargetGroup) {
	datagrams := carriesDatagrams(tg.Protocol)
	s.application = tg.Type == model.TargetALB
	s.endUnhealthy = true
	s.endDrained = datagrams
	// In front of an application load balancer of our own the client's address arrives.
	preserve := tg.Type == model.TargetInstance || datagrams && tg.Type != model.TargetALB
	for _, a := range tg.Attributes {
		set := a.Value == "true"
		switch a.Key {
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
	if tg.Protocol == model.TargetUDP || tg.Protocol == model.TargetTCPUDP {
		s.endUnhealthy = false // AWS knows no other value there
	}
	if s.endUnhealthy {
		s.unhealthyDrain = 0
	}
	if preserve && tg.Type != model.TargetALB {
		// A proxy in user space connects from its own address.
		s.ignored = append(s.ignored, attributePreserveClient+" (targets see the proxy's address)")
	}
	if s.stickySource && !sticks(tg.Protocol) {
		s.stickySource = false
		s.ignored = append(s.ignored, attributeSticky+" (only for TCP and UDP)")
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

// Behind says which port the listener in front of the group has. The health checks of network load balancers tell it to
// targets.
func (g *Group) Behind(port int32) { g.listener.Store(port) }

// behind is the check for a group with a listener in front.
func (c *check) behind(port int32) *check {
	if !c.network || port == c.listener {
		return c
	}
	out := *c
	out.listener = port
	return &out
}

// networkHost is what the Host field of a network load balancer's check says: the load balancer's own address and the port
// of its listener, where an application load balancer would name the target.
func (c *check) networkHost(conn net.Conn, target string) string {
	local, ok := conn.LocalAddr().(*net.TCPAddr)
	if !ok || c.listener == 0 {
		return target
	}
	return net.JoinHostPort(local.IP.String(), strconv.Itoa(int(c.listener)))
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
