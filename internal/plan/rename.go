package plan

import (
	"slices"

	"github.com/gwanmun/gwanmun/internal/model"
)

// IDs are texts by IDs, kind by kind: a load balancer and its security group may have the same ID in a model.
type IDs struct {
	LoadBalancers, TargetGroups, SecurityGroups map[string]string
}

// Rename is a copy of a model in which load balancers, target groups and security groups have other IDs, also where they are
// referred to. An ID that has no entry stays.
func Rename(m *model.Model, to IDs) *model.Model {
	out := *m
	out.LoadBalancers = slices.Clone(m.LoadBalancers)
	for i := range out.LoadBalancers {
		lb := &out.LoadBalancers[i]
		lb.ID = orSelf(to.LoadBalancers, lb.ID)
		lb.SecurityGroups = slices.Clone(lb.SecurityGroups)
		for j, g := range lb.SecurityGroups {
			lb.SecurityGroups[j] = orSelf(to.SecurityGroups, g)
		}
		lb.Listeners = slices.Clone(lb.Listeners)
		for j := range lb.Listeners {
			l := &lb.Listeners[j]
			l.DefaultActions = renameActions(l.DefaultActions, to)
			l.Rules = slices.Clone(l.Rules)
			for k := range l.Rules {
				l.Rules[k].Actions = renameActions(l.Rules[k].Actions, to)
			}
		}
	}
	out.TargetGroups = slices.Clone(m.TargetGroups)
	for i := range out.TargetGroups {
		out.TargetGroups[i].ID = orSelf(to.TargetGroups, out.TargetGroups[i].ID)
	}
	out.SecurityGroups = slices.Clone(m.SecurityGroups)
	for i := range out.SecurityGroups {
		g := &out.SecurityGroups[i]
		g.ID = orSelf(to.SecurityGroups, g.ID)
		g.Ingress = slices.Clone(g.Ingress)
		for j := range g.Ingress {
			g.Ingress[j].SecurityGroup = orSelf(to.SecurityGroups, g.Ingress[j].SecurityGroup)
		}
	}
	return &out
}

func renameActions(list []model.Action, to IDs) []model.Action {
	out := slices.Clone(list)
	for i := range out {
		if out[i].Forward == nil {
			continue
		}
		f := *out[i].Forward
		f.TargetGroups = slices.Clone(f.TargetGroups)
		for j := range f.TargetGroups {
			f.TargetGroups[j].TargetGroup = orSelf(to.TargetGroups, f.TargetGroups[j].TargetGroup)
		}
		out[i].Forward = &f
	}
	return out
}

func orSelf(ids map[string]string, id string) string {
	if other, ok := ids[id]; ok {
		return other
	}
	return id
}
