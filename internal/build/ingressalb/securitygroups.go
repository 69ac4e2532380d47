package ingressalb

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/model"
)

// BackendSecurityGroup is the ID of the security group that all load balancers of the cluster share, so that targets can
// let them in with one rule.
const BackendSecurityGroup = "backend"

const managedGroupResource = "ManagedLBSecurityGroup"

// securityGroups attaches the users' security groups, or a managed one with a rule for each port and source; and the
// backend one: always beside the managed group, beside the users' groups only on request.
func (w *work) securityGroups(members []*member, lb *model.LoadBalancer, listeners []*portListener, out *model.Model) {
	given, by := agreeBy(w, members, alb.SecurityGroups, slices.Equal[[]string])
	manage, manager := agreeBy(w, members, alb.ManageBackendRules, same)
	if manager == nil {
		manage = w.options.ManageBackendRules
	}
	if by == nil {
		out.SecurityGroups = append(out.SecurityGroups, w.managedGroup(members, listeners, dualstack(lb.IPAddressType)))
		lb.SecurityGroups = append(lb.SecurityGroups, w.id())
		if !w.options.NoBackendSecurityGroup {
			w.attachBackendGroup(lb, out)
		}
		return
	}
	for _, name := range given {
		if id, ok := w.securityGroup(by, name); ok {
			lb.SecurityGroups = append(lb.SecurityGroups, id)
		}
	}
	switch {
	case !manage:
	case !w.options.NoBackendSecurityGroup:
		w.attachBackendGroup(lb, out)
	case manager != nil:
		w.found.Add(diag.ALBBackendGroupOff, manager.object, fieldOf(alb.ManageBackendRules))
	}
}

// securityGroup is the id behind an id or Name tag.
func (w *work) securityGroup(m *member, name string) (string, bool) {
	if strings.HasPrefix(name, "sg-") {
		return name, true
	}
	field := fieldOf(alb.SecurityGroups)
	answer, ok := w.ask(lookup.Question{Kind: lookup.SecurityGroups, Name: name}, m.object, field, &w.found)
	if !ok {
		return "", false
	}
	for _, g := range answer.SecurityGroups {
		if g.Name == name || g.ID == name {
			return g.ID, true
		}
	}
	// A load balancer without the group could let in more than its owner wants, so the member is left out.
	m.fail(diag.LookupSecurityGroupMissing, field, diag.A("name", name))
	return "", false
}

func (w *work) attachBackendGroup(lb *model.LoadBalancer, out *model.Model) {
	if w.options.BackendSecurityGroup != "" {
		lb.SecurityGroups = append(lb.SecurityGroups, w.options.BackendSecurityGroup)
		return
	}
	lb.SecurityGroups = append(lb.SecurityGroups, BackendSecurityGroup)
	out.SecurityGroups = append(out.SecurityGroups, model.SecurityGroup{
		ID:          BackendSecurityGroup,
		Name:        backendGroupName(w.options.ClusterName),
		Description: "load balancers of cluster " + w.options.ClusterName + " towards their targets",
		Tags: []model.Tag{
			{Key: tagCluster, Value: w.options.ClusterName}, {Key: tagResource, Value: "backend-sg"},
		},
	})
}

// managedGroup lets clients in on every port: from the ranges and prefix lists of its members, from everywhere when there
// are none. IPv6 ranges count only when the load balancer has IPv6 addresses.
func (w *work) managedGroup(members []*member, listeners []*portListener, ipv6 bool) model.SecurityGroup {
	g := model.SecurityGroup{
		ID: w.id(), Name: managedGroupName(w.options.ClusterName, w.group),
		Description: "clients of load balancer " + w.group,
		Tags:        w.tags(managedGroupResource, w.sharedTags(members)),
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
