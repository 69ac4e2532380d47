package action

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
)

// RegisterTargets adds targets to a group, all or none. A target that is there already is no mistake.
func (a *Actions) RegisterTargets(_ context.Context, in *elbv2.RegisterTargetsInput) (*elbv2.RegisterTargetsOutput, error) {
	err := a.store.Update(func(t *store.Tx) error {
		g, err := targetGroup(t.State, in.TargetGroupArn)
		if err != nil {
			return err
		}
		if len(in.Targets) == 0 {
			return required("Targets")
		}
		next := slices.Clone(g.Targets)
		for i := range in.Targets {
			target, err := a.target(t.State, g, &in.Targets[i])
			if err != nil {
				return err
			}
			if err := checkServerID(next, target); err != nil {
				return err
			}
			if !slices.Contains(next, target) {
				next = append(next, target)
			}
		}
		if len(next) == len(g.Targets) {
			return nil
		}
		if one := g.Type == types.TargetTypeEnumAlb || g.Type == types.TargetTypeEnumLambda; one && len(next) > 1 {
			return tooManyTargets("Target group '%s' of type '%s' takes one target", g.ARN, g.Type)
		}
		if most := a.quota(quotaTargetsPerGroup); len(next) > most {
			return tooManyTargets("Target group '%s' would have %d targets; the quota is %d", g.ARN, len(next), most)
		}
		t.SetTargets(g.ARN, next)
		for _, lb := range t.Users(g.ARN) {
			if err := a.checkTargetQuotas(t.State, t.LoadBalancer(lb)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &elbv2.RegisterTargetsOutput{}, nil
}

// DeregisterTargets takes targets out of a group; they drain for the group's delay. A target that is not there is no
// mistake. Without a port the group's one is meant.
func (a *Actions) DeregisterTargets(_ context.Context, in *elbv2.DeregisterTargetsInput) (*elbv2.DeregisterTargetsOutput, error) {
	err := a.store.Update(func(t *store.Tx) error {
		g, err := targetGroup(t.State, in.TargetGroupArn)
		if err != nil {
			return err
		}
		if len(in.Targets) == 0 {
			return required("Targets")
		}
		next := slices.Clone(g.Targets)
		for i := range in.Targets {
			d := &in.Targets[i]
			if aws.ToString(d.Id) == "" {
				return required("Targets.Id")
			}
			next = slices.DeleteFunc(next, func(have store.Target) bool { return describes(g, d, have.ID, have.Port, have.Zone) })
		}
		if len(next) != len(g.Targets) {
			t.SetTargets(g.ARN, next)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &elbv2.DeregisterTargetsOutput{}, nil
}

// checkServerID says whether a target of QUIC can have its server id: it is nobody else's, and that of a registered target
// stays as it is.
func checkServerID(registered []store.Target, t store.Target) error {
	for _, have := range registered {
		same := have.ID == t.ID && have.Port == t.Port && have.Zone == t.Zone
		switch {
		case same && have.QUIC != t.QUIC:
			return invalid("Target '%s' is registered with the QuicServerId '%s', which cannot be changed; deregister it first", t.ID, have.QUIC)
		case !same && t.QUIC != "" && have.QUIC == t.QUIC:
			return invalid("QuicServerId '%s' of target '%s' is that of target '%s' already", t.QUIC, t.ID, have.ID)
		}
	}
	return nil
}

// describes says whether a description means a target. A zone that is not given means any.
func describes(g *store.TargetGroup, d *types.TargetDescription, id string, port int32, zone string) bool {
	wanted := g.Port
	if d.Port != nil {
		wanted = *d.Port
	}
	if g.Type == types.TargetTypeEnumLambda {
		wanted = port
	}
	z := aws.ToString(d.AvailabilityZone)
	return aws.ToString(d.Id) == id && wanted == port && (z == "" || z == zone || zone == "")
}

func tooManyTargets(format string, args ...any) error {
	return &types.TooManyTargetsException{Message: said(format, args...)}
}

// checkTargetQuotas counts the targets behind a load balancer.
func (a *Actions) checkTargetQuotas(s *store.State, b *store.LoadBalancer) error {
	quota := quotaTargetsPerALB
	if b.Type == types.LoadBalancerTypeEnumNetwork {
		quota = quotaTargetsPerNLB
	}
	total, registrations := 0, map[string]int{}
	for _, g := range s.Behind(b.ARN) {
		total += len(g.Targets)
		for _, target := range g.Targets {
			registrations[target.ID]++
			if most := a.quota(quotaTargetRegistrations); registrations[target.ID] > most {
				return &types.TooManyRegistrationsForTargetIdException{
					Message: said("Target '%s' is registered more than %d times behind load balancer '%s'", target.ID, most, b.ARN),
				}
			}
		}
	}
	if most := a.quota(quota); total > most {
		return tooManyTargets("Load balancer '%s' would have %d targets; the quota is %d", b.ARN, total, most)
	}
	return nil
}
