package plan

import (
	"fmt"
	"slices"

	"github.com/gwanmun/gwanmun/internal/model"
)

// Effect changes an observed model as a call that succeeded did. Whoever carries plans out keeps its picture of AWS true
// with it, and tests try plans on it. An error says that AWS would have refused the call: nothing is changed then.
func Effect(m *model.Model, o Operation) error {
	var err error
	switch {
	case o.SecurityGroup != "":
		err = effectOnSecurityGroup(m, o)
	case o.TargetGroup != "":
		err = effectOnTargetGroup(m, o)
	case o.Listener.Port != 0:
		err = effectOnListener(m, o)
	default:
		err = effectOnLoadBalancer(m, o)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", o, err)
	}
	return nil
}

func find[T any](list []T, is func(*T) bool) (*T, int) {
	for i := range list {
		if is(&list[i]) {
			return &list[i], i
		}
	}
	return nil, -1
}

func effectOnSecurityGroup(m *model.Model, o Operation) error {
	g, at := find(m.SecurityGroups, func(g *model.SecurityGroup) bool { return g.ID == o.SecurityGroup })
	if o.Call == CreateSecurityGroup {
		if g != nil {
			return fmt.Errorf("it exists")
		}
		made := *o.WantSecurityGroup
		made.Ingress = nil
		m.SecurityGroups = append(m.SecurityGroups, made)
		return nil
	}
	if g == nil {
		return fmt.Errorf("there is no such security group")
	}
	switch o.Call {
	case AuthorizeSecurityGroupIngress:
		g.Ingress = slices.Concat(g.Ingress, o.Permissions)
	case RevokeSecurityGroupIngress:
		g.Ingress = permissionsWithout(g.Ingress, o.Permissions)
	case DeleteSecurityGroup:
		for i := range m.LoadBalancers {
			if slices.Contains(m.LoadBalancers[i].SecurityGroups, g.ID) {
				return fmt.Errorf("load balancer %s uses it", m.LoadBalancers[i].ID)
			}
		}
		m.SecurityGroups = slices.Delete(slices.Clone(m.SecurityGroups), at, at+1)
	default:
		g.Tags = effectOnTags(g.Tags, o)
	}
	return nil
}

func effectOnTags(tags []model.Tag, o Operation) []model.Tag {
	out := slices.DeleteFunc(slices.Clone(tags), func(t model.Tag) bool {
		return slices.ContainsFunc(o.Tags, func(n model.Tag) bool { return n.Key == t.Key })
	})
	if o.Call == AddTags {
		out = append(out, o.Tags...)
	}
	return out
}

func effectOnAttributes(list, changed []model.Attribute) []model.Attribute {
	out := slices.DeleteFunc(slices.Clone(list), func(a model.Attribute) bool {
		return slices.ContainsFunc(changed, func(n model.Attribute) bool { return n.Key == a.Key })
	})
	return append(out, changed...)
}

func effectOnTargetGroup(m *model.Model, o Operation) error {
	g, at := find(m.TargetGroups, func(g *model.TargetGroup) bool { return g.ID == o.TargetGroup })
	if o.Call == CreateTargetGroup {
		if g != nil {
			return fmt.Errorf("it exists")
		}
		made := *o.WantTargetGroup
		made.Targets, made.Attributes = nil, nil
		m.TargetGroups = append(m.TargetGroups, made)
		return nil
	}
	if g == nil {
		return fmt.Errorf("there is no such target group")
	}
	is := func(t model.Target) func(model.Target) bool {
		return func(u model.Target) bool { return u.ID == t.ID && u.Port == t.Port }
	}
	switch o.Call {
	case ModifyTargetGroup:
		g.HealthCheck = o.WantTargetGroup.HealthCheck
	case ModifyTargetGroupAttributes:
		g.Attributes = effectOnAttributes(g.Attributes, o.Attributes)
	case RegisterTargets, DeregisterTargets:
		g.Targets = slices.Clone(g.Targets)
		for _, t := range o.Targets {
			g.Targets = slices.DeleteFunc(g.Targets, is(t))
			if o.Call == RegisterTargets {
				g.Targets = append(g.Targets, t)
			}
		}
	case DeleteTargetGroup:
		if user := userOf(m, g.ID); user != "" {
			return fmt.Errorf("%s forwards to it", user)
		}
		m.TargetGroups = slices.Delete(slices.Clone(m.TargetGroups), at, at+1)
	default:
		g.Tags = effectOnTags(g.Tags, o)
	}
	return nil
}

// userOf names a listener that forwards to a target group; "" for none.
func userOf(m *model.Model, group string) string {
	uses := func(actions []model.Action) bool {
		return slices.ContainsFunc(actions, func(a model.Action) bool {
			return a.Forward != nil && slices.ContainsFunc(a.Forward.TargetGroups, func(w model.WeightedTargetGroup) bool {
				return w.TargetGroup == group
			})
		})
	}
	for i := range m.LoadBalancers {
		for j := range m.LoadBalancers[i].Listeners {
			l := &m.LoadBalancers[i].Listeners[j]
			if uses(l.DefaultActions) || slices.ContainsFunc(l.Rules, func(r model.Rule) bool { return uses(r.Actions) }) {
				return fmt.Sprintf("listener %d of load balancer %s", l.Port, m.LoadBalancers[i].ID)
			}
		}
	}
	return ""
}

func effectOnLoadBalancer(m *model.Model, o Operation) error {
	lb, at := find(m.LoadBalancers, func(lb *model.LoadBalancer) bool { return lb.ID == o.LoadBalancer })
	if o.Call == CreateLoadBalancer {
		if lb != nil {
			return fmt.Errorf("it exists")
		}
		made := *o.WantLoadBalancer
		made.Listeners, made.Attributes, made.WebACL, made.Shield, made.MinimumCapacityUnits = nil, nil, "", "", 0
		m.LoadBalancers = append(m.LoadBalancers, made)
		return nil
	}
	if lb == nil {
		return fmt.Errorf("there is no such load balancer")
	}
	switch o.Call {
	case DeleteLoadBalancer:
		m.LoadBalancers = slices.Delete(slices.Clone(m.LoadBalancers), at, at+1)
	case ModifyLoadBalancerAttributes:
		lb.Attributes = effectOnAttributes(lb.Attributes, o.Attributes)
	case SetIPAddressType:
		lb.IPAddressType = o.WantLoadBalancer.IPAddressType
	case SetSubnets:
		lb.Subnets, lb.IPv6SourceNAT = o.WantLoadBalancer.Subnets, o.WantLoadBalancer.IPv6SourceNAT
	case SetSecurityGroups:
		lb.SecurityGroups = o.WantLoadBalancer.SecurityGroups
		lb.PrivateLinkInboundRules = o.WantLoadBalancer.PrivateLinkInboundRules
	case ModifyIPPools:
		lb.IPAMPoolID = o.WantLoadBalancer.IPAMPoolID
	case ModifyCapacityReservation:
		lb.MinimumCapacityUnits = o.WantLoadBalancer.MinimumCapacityUnits
	case AssociateWebACL:
		lb.WebACL = o.WantLoadBalancer.WebACL
	case DisassociateWebACL:
		lb.WebACL = ""
	case CreateProtection:
		lb.Shield = o.WantLoadBalancer.Shield
	case DeleteProtection:
		lb.Shield = ""
	default:
		lb.Tags = effectOnTags(lb.Tags, o)
	}
	return nil
}
