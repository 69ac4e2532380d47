package plan

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gwanmun/gwanmun/internal/model"
)

// Effect changes an observed model as a call that succeeded did. Whoever carries plans out keeps its picture of AWS true
// with it, and tests try plans on it. An error says that AWS would have refused the call: the model is as it was then.
//
// Only m itself gets other lists: a copy of it that was made before, or whoever else holds one of its lists, does not notice.
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

// find gives the place of an element; -1 for none.
func find[T any](list []T, is func(*T) bool) int {
	for i := range list {
		if is(&list[i]) {
			return i
		}
	}
	return -1
}

// with is a new list with one element more.
func with[T any](list []T, x T) []T { return append(slices.Clip(list), x) }

// dropped is a new list without one of its elements.
func dropped[T any](list []T, at int) []T { return slices.Delete(slices.Clone(list), at, at+1) }

// own puts a copy in the place of a list and gives an element of the copy, to be changed.
func own[T any](list *[]T, at int) *T {
	*list = slices.Clone(*list)
	return &(*list)[at]
}

// notOn says that a call is none of a resource's.
func notOn(what string) error { return fmt.Errorf("a %s takes no such call", what) }

func effectOnSecurityGroup(m *model.Model, o Operation) error {
	at := find(m.SecurityGroups, func(g *model.SecurityGroup) bool { return g.ID == o.SecurityGroup })
	switch {
	case o.Call == CreateSecurityGroup && at >= 0:
		return fmt.Errorf("it exists")
	case o.Call == CreateSecurityGroup:
		made := *o.WantSecurityGroup
		made.Ingress = nil
		m.SecurityGroups = with(m.SecurityGroups, made)
		return nil
	case at < 0:
		return fmt.Errorf("there is no such security group")
	case o.Call == DeleteSecurityGroup:
		for i := range m.LoadBalancers {
			if slices.Contains(m.LoadBalancers[i].SecurityGroups, o.SecurityGroup) {
				return fmt.Errorf("load balancer %s uses it", m.LoadBalancers[i].ID)
			}
		}
		m.SecurityGroups = dropped(m.SecurityGroups, at)
		return nil
	}
	g := own(&m.SecurityGroups, at)
	switch o.Call {
	case AuthorizeSecurityGroupIngress:
		g.Ingress = slices.Concat(g.Ingress, o.Permissions)
	case RevokeSecurityGroupIngress:
		g.Ingress = permissionsWithout(g.Ingress, o.Permissions)
	case AddTags, RemoveTags:
		g.Tags = effectOnTags(g.Tags, o)
	default:
		return notOn("security group")
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
	at := find(m.TargetGroups, func(g *model.TargetGroup) bool { return g.ID == o.TargetGroup })
	switch {
	case o.Call == CreateTargetGroup && at >= 0:
		return fmt.Errorf("it exists")
	case o.Call == CreateTargetGroup:
		made := *o.WantTargetGroup
		made.Targets, made.Attributes = nil, nil
		m.TargetGroups = with(m.TargetGroups, made)
		return nil
	case at < 0:
		return fmt.Errorf("there is no such target group")
	case o.Call == DeleteTargetGroup:
		if user := userOf(m, o.TargetGroup); user != "" {
			return fmt.Errorf("%s forwards to it", user)
		}
		m.TargetGroups = dropped(m.TargetGroups, at)
		return nil
	}
	g := own(&m.TargetGroups, at)
	switch o.Call {
	case ModifyTargetGroup:
		g.HealthCheck = o.WantTargetGroup.HealthCheck
	case ModifyTargetGroupAttributes:
		g.Attributes = effectOnAttributes(g.Attributes, o.Attributes)
	case RegisterTargets, DeregisterTargets:
		g.Targets = effectOnTargets(g.Targets, o)
	case AddTags, RemoveTags:
		g.Tags = effectOnTags(g.Tags, o)
	default:
		return notOn("target group")
	}
	return nil
}

func effectOnTargets(list []model.Target, o Operation) []model.Target {
	out := slices.DeleteFunc(slices.Clone(list), func(t model.Target) bool {
		return slices.ContainsFunc(o.Targets, func(n model.Target) bool { return n.ID == t.ID && n.Port == t.Port })
	})
	if o.Call == RegisterTargets {
		out = append(out, o.Targets...)
	}
	return out
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
	at := find(m.LoadBalancers, func(lb *model.LoadBalancer) bool { return lb.ID == o.LoadBalancer })
	switch {
	case o.Call == CreateLoadBalancer && at >= 0:
		return fmt.Errorf("it exists")
	case o.Call == CreateLoadBalancer:
		made := *o.WantLoadBalancer
		// The call takes none of these, and AWS answers what it has put in the place of the last one.
		made.Listeners, made.Attributes, made.WebACL, made.Shield, made.MinimumCapacityUnits = nil, nil, "", "", 0
		made.PrivateLinkInboundRules = ""
		m.LoadBalancers = with(m.LoadBalancers, made)
		return nil
	case at < 0:
		return fmt.Errorf("there is no such load balancer")
	case o.Call == DeleteLoadBalancer:
		m.LoadBalancers = dropped(m.LoadBalancers, at)
		return nil
	}
	return changed(own(&m.LoadBalancers, at), o)
}

// changed takes over what a call changes in a load balancer as a whole. What is not sent stays.
func changed(lb *model.LoadBalancer, o Operation) error {
	want := o.WantLoadBalancer
	switch o.Call {
	case ModifyLoadBalancerAttributes:
		lb.Attributes = effectOnAttributes(lb.Attributes, o.Attributes)
	case SetIPAddressType:
		lb.IPAddressType = want.IPAddressType
	case SetSubnets:
		lb.Subnets, lb.IPv6SourceNAT = want.Subnets, cmp.Or(want.IPv6SourceNAT, lb.IPv6SourceNAT)
	case SetSecurityGroups:
		lb.SecurityGroups = want.SecurityGroups
		lb.PrivateLinkInboundRules = cmp.Or(want.PrivateLinkInboundRules, lb.PrivateLinkInboundRules)
	case ModifyIPPools:
		lb.IPAMPoolID = want.IPAMPoolID
	case ModifyCapacityReservation:
		lb.MinimumCapacityUnits = want.MinimumCapacityUnits
	case AssociateWebACL:
		lb.WebACL = want.WebACL
	case DisassociateWebACL:
		lb.WebACL = ""
	case CreateProtection:
		lb.Shield = want.Shield
	case DeleteProtection:
		lb.Shield = ""
	case AddTags, RemoveTags:
		lb.Tags = effectOnTags(lb.Tags, o)
	default:
		return notOn("load balancer")
	}
	return nil
}
