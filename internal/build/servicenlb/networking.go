package servicenlb

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/nlb"
	"github.com/gwanmun/gwanmun/internal/build/elb"
	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/model"
)

// networking says whom the targets of a group have to let in. A load balancer with security groups is known by one of them;
// one without is known by the addresses of its subnets, and lets clients through with their own addresses.
func (w *work) networking(tg *model.TargetGroup, p *corev1.ServicePort) []model.BindingRule {
	target := elb.TargetPortText(tg.Type, p)
	if w.bare {
		return w.bareNetworking(tg, target)
	}
	return elb.FromGroup(w.source, groupPorts(tg, target), w.options.UnrestrictedBackendRules)
}

// speaks says which of the two transports a target group uses.
func speaks(p model.TargetProtocol) (tcp, udp bool) {
	switch p {
	case model.TargetUDP, model.TargetQUIC:
		return false, true
	case model.TargetTCPUDP, model.TargetTCPQUIC:
		return true, true
	}
	return true, false
}

// groupPorts are the ports of traffic and, where that is another one, of health checks, which are never UDP.
func groupPorts(tg *model.TargetGroup, target string) []model.BindingPort {
	tcp, udp := speaks(tg.Protocol)
	var out []model.BindingPort
	if udp {
		out = append(out, model.BindingPort{Protocol: elb.UDP, Port: target})
	}
	if tcp {
		out = append(out, model.BindingPort{Protocol: elb.TCP, Port: target})
	}
	check := checkPort(tg, target)
	if check != target || !tcp {
		out = append(out, model.BindingPort{Protocol: elb.TCP, Port: check})
	}
	return out
}

// checkPort is the port of health checks, with traffic-port resolved.
func checkPort(tg *model.TargetGroup, target string) string {
	if tg.HealthCheck.Port == annotation.TrafficPort {
		return target
	}
	return tg.HealthCheck.Port
}

// bareNetworking lets traffic in from where it comes from, and health checks from the subnets unless the rules for traffic
// let them in already. The AWS controller forgets the latter for QUIC, whose traffic is UDP as well, and for TCP_UDP to ip
// targets with source ranges, which leaves such targets unhealthy.
func (w *work) bareNetworking(tg *model.TargetGroup, target string) []model.BindingRule {
	if manage, set := get(w, nlb.ManageBackendRules); set && !manage {
		return nil
	}
	subnets := w.subnetRanges(tg.IPAddressType)
	tcp, udp := speaks(tg.Protocol)
	from, covered := subnets, true
	if udp || preservesClient(tg) {
		from, covered = w.clientRanges(tg.IPAddressType)
	}
	var ports []model.BindingPort
	if tcp {
		ports = append(ports, model.BindingPort{Protocol: elb.TCP, Port: target})
	}
	if udp {
		ports = append(ports, model.BindingPort{Protocol: elb.UDP, Port: target})
	}
	out := fromRanges(from, ports)
	check := checkPort(tg, target)
	open := slices.ContainsFunc(from, func(text string) bool { return text == "0.0.0.0/0" || text == "::/0" })
	if tcp && check == target && (covered || open) {
		return out
	}
	return append(out, fromRanges(subnets, []model.BindingPort{{Protocol: elb.TCP, Port: check}})...)
}

func fromRanges(ranges []string, ports []model.BindingPort) []model.BindingRule {
	var out []model.BindingRule
	for _, text := range ranges {
		out = append(out, model.BindingRule{CIDR: text, Ports: ports})
	}
	return out
}

// preservesClient says whether targets see the addresses of clients: as the attribute says, and by default for instances.
func preservesClient(tg *model.TargetGroup) bool {
	i := slices.IndexFunc(tg.Attributes, func(a model.Attribute) bool { return a.Key == preserveClientIP })
	if i >= 0 {
		return tg.Attributes[i].Value == "true"
	}
	return tg.Type == model.TargetInstance
}

// subnetRanges are the ranges of one family of the load balancer's subnets.
func (w *work) subnetRanges(family model.IPAddressType) []string {
	var out []string
	for _, s := range w.subnets {
		if family == model.IPv6 {
			out = append(out, s.IPv6CIDRs...)
		} else {
			out = append(out, s.IPv4CIDRs...)
		}
	}
	return out
}

// clientRanges are the source ranges of the Service. Without any, clients come from everywhere or, for an internal load
// balancer, from the VPC, and either covers the load balancer's own subnets.
func (w *work) clientRanges(family model.IPAddressType) (ranges []string, covered bool) {
	given, _ := w.sourceRanges()
	if len(given) > 0 {
		return texts(given), false
	}
	if w.lb.Scheme == model.InternetFacing {
		if family == model.IPv6 {
			return []string{"::/0"}, true
		}
		return []string{"0.0.0.0/0"}, true
	}
	answer, ok := w.ask(lookup.Question{Kind: lookup.VPC}, "")
	if !ok || answer.VPC == nil {
		return nil, true
	}
	if family == model.IPv6 {
		return answer.VPC.IPv6CIDRs, true
	}
	return answer.VPC.IPv4CIDRs, true
}

func texts(list []netip.Prefix) []string {
	out := make([]string, len(list))
	for i, p := range list {
		out[i] = p.String()
	}
	return out
}
