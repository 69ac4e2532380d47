package servicenlb

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/nlb"
	"github.com/gwanmun/gwanmun/internal/build/elb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// fieldOfRanges is where a Service says who may connect.
const fieldOfRanges = "spec.loadBalancerSourceRanges"

// securityGroups attaches the user's security groups, or a managed one and the shared backend group. A load balancer that
// was made without any never gets one: AWS can only exchange them.
func (w *work) securityGroups(out *model.Model) {
	given := getList(w, nlb.SecurityGroups)
	disabled, _ := get(w, nlb.DisableSecurityGroups)
	rules, ruled := get(w, nlb.PrivateLinkRules)
	switch {
	case w.existing != nil && len(w.existing.SecurityGroups) == 0:
		w.bare = true
		w.uselessGroupKeys(func(k annotation.Declared) {
			w.say(diag.NLBSecurityGroupsNever, fieldOf(k), diag.A("key", keyOf(k)))
		})
	case disabled || w.options.NoSecurityGroups:
		w.bare = true
		by, field := "this controller's flags", fieldOf(nlb.DisableSecurityGroups)
		if disabled {
			by = keyOf(nlb.DisableSecurityGroups)
		}
		if w.existing != nil {
			w.fail(diag.NLBSecurityGroupsFixed, field, diag.A("by", by))
		}
		w.uselessGroupKeys(func(k annotation.Declared) { w.unused(k, "", "the load balancer has no security groups") })
	case len(given) > 0:
		w.ownGroups(given, out)
	default:
		w.managedGroups(out)
	}
	if ruled && !w.bare {
		w.lb.PrivateLinkInboundRules = rules
	}
}

// uselessGroupKeys finds the annotations that mean nothing without security groups.
func (w *work) uselessGroupKeys(tell func(annotation.Declared)) {
	for _, k := range []annotation.Declared{nlb.SecurityGroups, nlb.PrefixLists, nlb.PrivateLinkRules, nlb.EnableICMP} {
		if raw, ok := w.svc.Annotations[keyOf(k)]; ok && raw != "" && raw != nlb.Off {
			tell(k)
		}
	}
}

// ownGroups attaches the user's groups, and the backend group beside them on request.
func (w *work) ownGroups(given []string, out *model.Model) {
	field := fieldOf(nlb.SecurityGroups)
	for _, name := range given {
		id, answered := w.questions.SecurityGroup(name, w.object, field, &w.found)
		switch {
		case id != "":
			w.lb.SecurityGroups = append(w.lb.SecurityGroups, id)
		case answered:
			w.fail(diag.NLBSecurityGroupMissing, field, diag.A("name", name))
		case !w.questions.Open():
			w.failed = true // the lookup failed, which is told
		}
	}
	const why = "the load balancer has security groups of the user's own, which say who is let in"
	for _, k := range []annotation.Declared{nlb.SourceRanges, nlb.PrefixLists, nlb.EnableICMP} {
		if raw, ok := w.svc.Annotations[keyOf(k)]; ok && raw != "" && raw != nlb.Off {
			w.unused(k, "", why)
		}
	}
	if len(w.svc.Spec.LoadBalancerSourceRanges) > 0 {
		w.say(diag.NLBKeyUnused, fieldOfRanges, diag.A("key", fieldOfRanges), diag.A("why", why))
	}
	manage, set := get(w, nlb.ManageBackendRules)
	if !set {
		manage = w.options.ManageBackendRules
	}
	switch {
	case !manage:
	case w.options.NoBackendSecurityGroup:
		w.fail(diag.NLBBackendGroupOff, fieldOf(nlb.ManageBackendRules))
	default:
		w.source = elb.AttachBackendGroup(w.options.ClusterName, w.options.BackendSecurityGroup, &w.lb, out)
	}
}

// managedGroups attaches the managed group and the backend one. While the latter is off, targets let the former in.
func (w *work) managedGroups(out *model.Model) {
	out.SecurityGroups = append(out.SecurityGroups, model.SecurityGroup{
		ID: w.id(), Name: managedGroupName(w.options.ClusterName, w.svc),
		Description: "clients of load balancer " + w.tagging.Stack,
		Ingress:     w.ingress(),
		Tags:        w.resourceTags(elb.ManagedGroupResource),
	})
	w.lb.SecurityGroups = append(w.lb.SecurityGroups, w.id())
	w.source = w.id()
	if !w.options.NoBackendSecurityGroup {
		w.source = elb.AttachBackendGroup(w.options.ClusterName, w.options.BackendSecurityGroup, &w.lb, out)
	}
}

// ingress are the rules of the managed group: for every port of the Service one for each range, then one for each prefix
// list. The rule for ICMP is the same for all ports and stands there once.
func (w *work) ingress() []model.SecurityGroupRule {
	ranges, field := w.sourceRanges()
	lists := getList(w, nlb.PrefixLists)
	dualstack := elb.Dualstack(w.lb.IPAddressType)
	if _, listed := w.svc.Annotations[keyOf(nlb.PrefixLists)]; len(ranges) == 0 && !listed {
		ranges = everyone(dualstack)
	}
	icmp, _ := get(w, nlb.EnableICMP)
	var out []model.SecurityGroupRule
	add := func(r model.SecurityGroupRule) {
		if !slices.Contains(out, r) {
			out = append(out, r)
		}
	}
	for _, p := range w.svc.Spec.Ports {
		rule := model.SecurityGroupRule{Protocol: strings.ToLower(string(protocolOf(&p))), FromPort: p.Port, ToPort: p.Port}
		for _, from := range ranges {
			r, discovery := rule, model.SecurityGroupRule{Protocol: "icmp", FromPort: 3, ToPort: 4, CIDR: from.String()}
			r.CIDR = from.String()
			if from.Addr().Is6() {
				r.CIDR, r.CIDRv6 = "", from.String()
				discovery = model.SecurityGroupRule{Protocol: "icmpv6", FromPort: 2, ToPort: 0, CIDRv6: from.String()}
			}
			add(r)
			if icmp == nlb.On {
				add(discovery)
			}
		}
		for _, list := range lists {
			r := rule
			r.PrefixList = list
			add(r)
		}
	}
	for _, from := range ranges {
		if from.Addr().Is6() && !dualstack {
			w.fail(diag.NLBSourceRange, field, diag.A("range", from), diag.A("reason", "the load balancer has IPv4 addresses only"))
		}
	}
	return out
}

func everyone(dualstack bool) []netip.Prefix {
	out := []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}
	if dualstack {
		out = append(out, netip.MustParsePrefix("::/0"))
	}
	return out
}

// sourceRanges are those of the spec, or of the annotation when the spec has none, and where they stand.
func (w *work) sourceRanges() ([]netip.Prefix, string) {
	if len(w.svc.Spec.LoadBalancerSourceRanges) == 0 {
		return getList(w, nlb.SourceRanges), fieldOf(nlb.SourceRanges)
	}
	var out []netip.Prefix
	for _, text := range w.svc.Spec.LoadBalancerSourceRanges {
		p, err := netip.ParsePrefix(strings.TrimSpace(text))
		if err != nil || p.Addr().Is4In6() {
			w.fail(diag.NLBSourceRange, fieldOfRanges, diag.A("range", text), diag.A("reason", "it is no address range"))
			continue
		}
		out = append(out, p.Masked())
	}
	return out, fieldOfRanges
}
