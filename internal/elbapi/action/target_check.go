package action

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
	"github.com/gwanmun/gwanmun/internal/loopback"
)

var (
	instanceForm = regexp.MustCompile(`^i-[0-9a-f]{8,17}$`)
	serverForm   = regexp.MustCompile(`^0x[0-9a-f]{16}$`)
)

// privateRanges are what an address target may be in besides its VPC: RFC 1918 and RFC 6598.
var privateRanges = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("100.64.0.0/10"),
}

// target checks a description of a target of a group and makes its record.
func (a *Actions) target(s *store.State, g *store.TargetGroup, d *types.TargetDescription) (store.Target, error) {
	t := store.Target{ID: aws.ToString(d.Id), Port: g.Port, QUIC: aws.ToString(d.QuicServerId)}
	if t.ID == "" {
		return t, required("Targets.Id")
	}
	if d.Port != nil {
		t.Port = *d.Port
		if t.Port < 1 || t.Port > 65535 {
			return t, invalid("Port '%d' of target '%s' must be from 1 to 65535", t.Port, t.ID)
		}
		if g.Protocol == types.ProtocolEnumGeneve && t.Port != 6081 {
			return t, invalid("Port '%d' of target '%s' must be 6081 with protocol GENEVE", t.Port, t.ID)
		}
	}
	switch quic := g.Protocol == types.ProtocolEnumQuic || g.Protocol == types.ProtocolEnumTcpQuic; {
	case t.QUIC != "" && !quic:
		return t, invalid("QuicServerId '%s' of target '%s' is for target groups of protocol QUIC and TCP_QUIC only", t.QUIC, t.ID)
	case t.QUIC != "" && !serverForm.MatchString(t.QUIC):
		return t, invalid("QuicServerId '%s' of target '%s' must be 0x and 16 hexadecimal digits in lower case", t.QUIC, t.ID)
	}
	zone := aws.ToString(d.AvailabilityZone)
	if zone != "" && g.Type != types.TargetTypeEnumIp {
		return t, invalid("AvailabilityZone '%s' of target '%s' is for target groups of type ip only", zone, t.ID)
	}
	switch g.Type {
	case types.TargetTypeEnumInstance:
		return t, a.checkInstance(g, t.ID)
	case types.TargetTypeEnumIp:
		return a.addressTarget(g, t, zone)
	case types.TargetTypeEnumAlb:
		return t, checkALBTarget(s, g, t)
	}
	if !strings.HasPrefix(t.ID, "arn:") || !strings.Contains(t.ID, ":lambda:") {
		return t, invalid("'%s' is not a valid ARN of a function", t.ID)
	}
	t.Port = 0
	return t, nil
}

func (a *Actions) checkInstance(g *store.TargetGroup, id string) error {
	if !instanceForm.MatchString(id) {
		return invalid("Instance ID '%s' is not valid", id)
	}
	i, ok := a.world.Instance(id)
	switch {
	case !ok:
		return invalidTarget("The instance '%s' does not exist", id)
	case i.VPC != g.VPC:
		return invalidTarget("The instance '%s' is in VPC '%s', target group '%s' is in '%s'", id, i.VPC, g.ARN, g.VPC)
	case i.State != "" && i.State != "running":
		return invalidTarget("The instance '%s' is not in a running state, it is %s", id, i.State)
	}
	return nil
}

func (a *Actions) addressTarget(g *store.TargetGroup, t store.Target, zone string) (store.Target, error) {
	at, err := netip.ParseAddr(t.ID)
	if err != nil || at.Zone() != "" {
		return t, invalid("'%s' is not a valid IP address", t.ID)
	}
	if at.Is4() != (g.IPAddressType == types.TargetGroupIpAddressTypeEnumIpv4) {
		return t, invalid("The address '%s' is not of type '%s', which target group '%s' has", t.ID, g.IPAddressType, g.ARN)
	}
	t.ID = at.String()
	in := func(p netip.Prefix) bool { return p.Contains(at) }
	vpc, _ := a.world.VPC(g.VPC)
	inside := slices.ContainsFunc(vpc.CIDRs, in) || slices.ContainsFunc(vpc.IPv6, in)
	switch {
	case inside && zone != "all":
		return t, nil
	case inside || slices.ContainsFunc(privateRanges, in):
		if zone != "all" {
			return t, invalid("The address '%s' is outside of VPC '%s'; its AvailabilityZone must be 'all', not '%s'", t.ID, g.VPC, zone)
		}
		t.Zone = zone
		return t, nil
	}
	if at.IsLoopback() {
		example, zone := mappable(at, vpc.CIDRs)
		return t, invalid("The address '%s' is this machine's own, and targets are in VPC '%s' or in one of %v; to have one here, start "+
			"elbapi with --map-targets (gwanmun local always does), which reaches targets at 10.a.b.c under 127.a.b.c, register '%s'%s, and listen at '%s'",
			t.ID, g.VPC, privateRanges, example, zone, loopback.Shift(example))
	}
	return t, invalid("The address '%s' is neither in VPC '%s' nor in one of %v", t.ID, g.VPC, privateRanges)
}

// mappable is an address like one of this machine that a target may have and --map-targets leads back here: in a network of
// the VPC, or else outside of it, which asks for a zone.
func mappable(at netip.Addr, networks []netip.Prefix) (example netip.Addr, zone string) {
	own := [4]byte{127, 0, 0, 1}
	if at.Is4() {
		own = at.As4()
	}
	for _, n := range networks {
		if !n.Addr().Is4() || n.Bits() > 24 {
			continue
		}
		b := n.Masked().Addr().As4()
		for i := n.Bits() / 8; i < len(b); i++ {
			b[i] |= own[i] & (0xff >> max(n.Bits()-8*i, 0))
		}
		if a := netip.AddrFrom4(b); loopback.Shift(a) != a {
			return a, ""
		}
	}
	return netip.AddrFrom4([4]byte{10, max(own[1], 1), own[2], own[3]}), " with AvailabilityZone=all"
}

func checkALBTarget(s *store.State, g *store.TargetGroup, t store.Target) error {
	if err := checkARN("Targets.Id", &t.ID, loadBalancerKind); err != nil {
		return err
	}
	b := s.LoadBalancer(t.ID)
	switch {
	case b == nil || b.Type != types.LoadBalancerTypeEnumApplication:
		return invalidTarget("The application load balancer '%s' does not exist", t.ID)
	case b.VPC != g.VPC:
		return invalidTarget("Load balancer '%s' is in VPC '%s', target group '%s' is in '%s'", t.ID, b.VPC, g.ARN, g.VPC)
	case t.Port != g.Port:
		return invalid("Port '%d' of target '%s' must be that of its target group, '%d'", t.Port, t.ID, g.Port)
	case !slices.ContainsFunc(s.Listeners(t.ID), func(l *store.Listener) bool { return l.Port == t.Port }):
		return invalidTarget("Load balancer '%s' has no listener on port '%d'", t.ID, t.Port)
	}
	return nil
}

func invalidTarget(format string, args ...any) error {
	return &types.InvalidTargetException{Message: said(format, args...)}
}
