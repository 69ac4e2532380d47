package plan

import (
	"slices"

	"github.com/gwanmun/gwanmun/internal/model"
)

// IDs are texts by IDs, kind by kind: a load balancer and its security group may have the same ID in a model.
type IDs struct {
	LoadBalancers, TargetGroups, SecurityGroups map[string]string
}

// LoadBalancer is what stands for the ID of a load balancer; the ID itself when there is no entry.
func (to IDs) LoadBalancer(id string) string { return orSelf(to.LoadBalancers, id) }

// TargetGroup is what stands for the ID of a target group; the ID itself when there is no entry.
func (to IDs) TargetGroup(id string) string { return orSelf(to.TargetGroups, id) }

// SecurityGroup is what stands for the ID of a security group; the ID itself when there is no entry.
func (to IDs) SecurityGroup(id string) string { return orSelf(to.SecurityGroups, id) }

func orSelf(ids map[string]string, id string) string {
	if other, ok := ids[id]; ok {
		return other
	}
	return id
}

// Rename is a copy of a model in which load balancers, target groups and security groups have other IDs, also where they are
// referred to. An ID that has no entry stays.
func Rename(m *model.Model, to IDs) *model.Model {
	out := *m
	out.LoadBalancers = slices.Clone(m.LoadBalancers)
	for i := range out.LoadBalancers {
		lb := &out.LoadBalancers[i]
		lb.ID = to.LoadBalancer(lb.ID)
		lb.SecurityGroups = slices.Clone(lb.SecurityGroups)
		for j, g := range lb.SecurityGroups {
			lb.SecurityGroups[j] = to.SecurityGroup(g)
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
		out.TargetGroups[i].ID = to.TargetGroup(out.TargetGroups[i].ID)
	}
	out.SecurityGroups = slices.Clone(m.SecurityGroups)
	for i := range out.SecurityGroups {
		g := &out.SecurityGroups[i]
		g.ID = to.SecurityGroup(g.ID)
		g.Ingress = slices.Clone(g.Ingress)
		for j := range g.Ingress {
			g.Ingress[j].SecurityGroup = to.SecurityGroup(g.Ingress[j].SecurityGroup)
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
			f.TargetGroups[j].TargetGroup = to.TargetGroup(f.TargetGroups[j].TargetGroup)
		}
		out[i].Forward = &f
	}
	return out
}
