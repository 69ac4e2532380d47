package ingressalb

import (
	"net/netip"
	"slices"

	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/build/elb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// securityGroups attaches the users' security groups, or a managed one with a rule for each port and source; and the
// backend one: always beside the managed group, beside the users' groups only on request. It returns the group that targets
// have to let in; empty when that is the users' affair.
func (w *work) securityGroups(members []*member, lb *model.LoadBalancer, listeners []*portListener, out *model.Model) string {
	given, by := agreeBy(w, members, alb.SecurityGroups, slices.Equal[[]string])
	manage, manager := agreeBy(w, members, alb.ManageBackendRules, same)
	if manager == nil {
		manage = w.options.ManageBackendRules
	}
	attachBackend := func() string {
		return elb.AttachBackendGroup(w.options.ClusterName, w.options.BackendSecurityGroup, lb, out)
	}
	if by == nil {
		out.SecurityGroups = append(out.SecurityGroups, w.managedGroup(members, listeners, elb.Dualstack(lb.IPAddressType)))
		lb.SecurityGroups = append(lb.SecurityGroups, w.id())
		if w.options.NoBackendSecurityGroup {
			return w.id()
		}
		return attachBackend()
	}
	for _, name := range given {
		if id, ok := w.securityGroup(by, name); ok {
			lb.SecurityGroups = append(lb.SecurityGroups, id)
		}
	}
	switch {
	case !manage:
	case !w.options.NoBackendSecurityGroup:
		return attachBackend()
	case manager != nil:
		w.found.Add(diag.ALBBackendGroupOff, manager.object, fieldOf(alb.ManageBackendRules))
	}
	return ""
}

// securityGroup is the id behind an id or Name tag. A load balancer without the group could let in more than its owner
// wants, so the member is left out when there is no such group.
func (w *work) securityGroup(m *member, name string) (string, bool) {
	field := fieldOf(alb.SecurityGroups)
	id, answered := w.questions.SecurityGroup(name, m.object, field, &w.found)
	if answered && id == "" {
		m.fail(diag.LookupSecurityGroupMissing, field, diag.A("name", name))
	}
	return id, id != ""
}

// managedGroup lets clients in on every port: from the ranges and prefix lists of its members, from everywhere when there
// are none. IPv6 ranges count only when the load balancer has IPv6 addresses.
func (w *work) managedGroup(members []*member, listeners []*portListener, ipv6 bool) model.SecurityGroup {
	g := model.SecurityGroup{
		ID: w.id(), Name: managedGroupName(w.options.ClusterName, w.group),
		Description: "clients of load balancer " + w.group,
		Tags:        w.tags(elb.ManagedGroupResource, w.sharedTags(members)),
	}
	for _, l := range listeners {
		cidrs := l.cidrs
		if len(cidrs)+len(l.prefixLists) == 0 {
			cidrs = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
		}
		rule := model.SecurityGroupRule{Protocol: "tcp", FromPort: l.port, ToPort: l.port}
		for _, v4 := range []bool{true, false} {
			for _, c := range cidrs {
				r := rule
				switch {
				case c.Addr().Is4() != v4 || !v4 && !ipv6:
					continue
				case v4:
					r.CIDR = c.String()
				default:
					r.CIDRv6 = c.String()
				}
				g.Ingress = append(g.Ingress, r)
			}
		}
		for _, p := range l.prefixLists {
			r := rule
			r.PrefixList = p
			g.Ingress = append(g.Ingress, r)
		}
	}
	return g
}
