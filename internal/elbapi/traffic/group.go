package traffic

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
	"github.com/gwanmun/gwanmun/internal/model"
)

// group puts a target group into words of the model. A group of functions has no targets: there is nothing to send to.
func (t *Traffic) group(s *store.State, g *store.TargetGroup, b *store.LoadBalancer) model.TargetGroup {
	out := model.TargetGroup{
		ID: g.ARN, Name: g.Name, Type: model.TargetType(g.Type), Protocol: model.TargetProtocol(g.Protocol),
		ProtocolVersion: model.ProtocolVersion(g.ProtocolVersion), Port: g.Port, ControlPort: g.ControlPort,
		IPAddressType: model.IPAddressType(g.IPAddressType), Attributes: attributes(store.Set(g.Defaults(), g.Attributes)),
		Targets: t.targets(s, g, []string{b.ARN}),
	}
	if out.Protocol == "" {
		out.Type, out.Protocol = model.TargetIP, model.TargetHTTP
	}
	if c := g.Check; !c.Disabled {
		out.HealthCheck = &model.HealthCheck{
			Protocol: model.TargetProtocol(c.Protocol), Port: c.Port, Path: c.Path, IntervalSeconds: c.Interval,
			TimeoutSeconds: c.Timeout, HealthyThreshold: c.Healthy, UnhealthyThreshold: c.Unhealthy,
			HTTPCodes: c.HTTPCode, GRPCCodes: c.GRPCCode,
		}
	}
	return out
}

// zoneOf is the zone of an address in a VPC; "" when the world has no subnet there.
func (t *Traffic) zoneOf(vpc, address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	s, _ := t.options.World.SubnetAt(vpc, a)
	return s.Zone
}

// targets are those of a group that the load balancers which use it can reach: no machine that is gone, or in a zone that
// none of them is in.
func (t *Traffic) targets(s *store.State, g *store.TargetGroup, users []string) []model.Target {
	var zones []string
	for _, arn := range users {
		if b := s.LoadBalancer(arn); b != nil {
			for _, subnet := range b.Subnets {
				zones = append(zones, subnet.Zone)
			}
		}
	}
	out := []model.Target{}
	for _, target := range g.Targets {
		m := model.Target{ID: target.ID, Port: target.Port, Zone: target.Zone, QUICServerID: target.QUIC}
		switch g.Type {
		case types.TargetTypeEnumInstance:
			i, ok := t.options.World.Instance(target.ID)
			if !ok || i.State != "" && i.State != "running" {
				continue
			}
			if n, ok := t.options.World.Subnet(i.Subnet); ok {
				if !slices.Contains(zones, n.Zone) {
					continue
				}
				m.Zone = cmp.Or(m.Zone, n.Zone)
			}
			m.Address = i.PrivateIP.String()
		case types.TargetTypeEnumIp:
			m.Zone = cmp.Or(m.Zone, t.zoneOf(g.VPC, target.ID))
		case types.TargetTypeEnumAlb:
			b := s.LoadBalancer(target.ID)
			if b == nil {
				continue
			}
			m.Address = t.options.Bind(netip.AddrPortFrom(b.Address, uint16(target.Port))).String()
		case types.TargetTypeEnumLambda:
			continue
		}
		out = append(out, m)
	}
	return out
}
