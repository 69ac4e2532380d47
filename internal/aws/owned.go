package aws

import (
	"context"
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/model"
)

// balancerOf is the load balancer that a stack has already, for builds that must not ask for what cannot be changed on it. A
// stack that is known answers from memory, others from a list of what the cluster owns.
func (r *Realizer) balancerOf(ctx context.Context, controller, name string) (*lookup.LoadBalancer, error) {
	id := StackID{Controller: controller, Name: name}
	if lb, known := r.remembered(id); known {
		return lb, nil
	}
	sweep, err := r.observer.Latest(ctx, 0, r.o.Now().Add(-r.o.SweepKept))
	if err != nil {
		return nil, err
	}
	return firstOf(sweep.Part(id).LoadBalancers), nil
}

// remembered is what the last Reconcile left of a stack. It does not wait for one that is under way.
func (r *Realizer) remembered(id StackID) (*lookup.LoadBalancer, bool) {
	p := r.stack(id).balancer.Load()
	if p == nil {
		return nil, false
	}
	return *p, true
}

// publish lets builds see the load balancer of a stack.
func (s *stack) publish() {
	if s.state == nil {
		s.balancer.Store(nil)
		return
	}
	lb := firstOf(s.state.Part().LoadBalancers)
	s.balancer.Store(&lb)
}

// firstOf is the first load balancer of a stack, by the tag that names it: "LoadBalancer" comes before those in front of it.
func firstOf(list []model.LoadBalancer) *lookup.LoadBalancer {
	i := slices.IndexFunc(list, func(lb model.LoadBalancer) bool {
		return slices.ContainsFunc(lb.Tags, func(t model.Tag) bool {
			return strings.HasSuffix(t.Key, resourceSuffix) && t.Value == mainBalancer
		})
	})
	if i < 0 {
		return nil
	}
	out := &lookup.LoadBalancer{ARN: list[i].ID, Scheme: string(list[i].Scheme), SecurityGroups: slices.Clone(list[i].SecurityGroups)}
	for _, m := range list[i].Subnets {
		out.Subnets = append(out.Subnets, m.SubnetID)
	}
	slices.Sort(out.Subnets)
	slices.Sort(out.SecurityGroups)
	return out
}

// mainBalancer is the value of the resource tag on a stack's own load balancer, whose key ends in resourceSuffix.
const (
	mainBalancer   = "LoadBalancer"
	resourceSuffix = "/resource"
)
