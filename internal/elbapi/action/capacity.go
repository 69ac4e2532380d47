package action

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
)

// maxDecreases is how often in a day a reservation can be lowered, maxUnits how much can be reserved.
const (
	maxDecreases = 2
	maxUnits     = 15000
)

// ModifyCapacityReservation reserves capacity units, or gives them back.
func (a *Actions) ModifyCapacityReservation(_ context.Context, in *elbv2.ModifyCapacityReservationInput) (*elbv2.ModifyCapacityReservationOutput, error) {
	var next store.LoadBalancer
	err := a.store.Update(func(t *store.Tx) error {
		have, err := loadBalancer(t.State, in.LoadBalancerArn)
		if err != nil {
			return err
		}
		next = *have
		reset := aws.ToBool(in.ResetCapacityReservation)
		var units int32
		switch m := in.MinimumLoadBalancerCapacity; {
		case reset && m != nil:
			return invalid("MinimumLoadBalancerCapacity and ResetCapacityReservation cannot both be given")
		case !reset && (m == nil || m.CapacityUnits == nil):
			return required("MinimumLoadBalancerCapacity.CapacityUnits")
		case !reset:
			units = *m.CapacityUnits
			if units < 1 {
				return conflicting("CapacityUnits '%d' must be at least 1", units)
			}
			if units > maxUnits {
				return &types.CapacityUnitsLimitExceededException{Message: said("CapacityUnits '%d' is more than %d", units, maxUnits)}
			}
		}
		now := a.now().UTC()
		c := have.Capacity
		if c.Modified.Format("2006-01-02") != now.Format("2006-01-02") {
			c.Decreases = 0
		}
		if units < c.Units && !reset {
			if c.Decreases >= maxDecreases {
				return &types.CapacityDecreaseRequestsLimitExceededException{
					Message: said("The reservation of load balancer '%s' was lowered %d times today already", have.ARN, c.Decreases),
				}
			}
			c.Decreases++
		}
		c.Units, c.Modified = units, now
		next.Capacity = c
		t.PutLoadBalancer(&next)
		return nil
	})
	if err != nil {
		return nil, err
	}
	d := describeCapacity(&next)
	return &elbv2.ModifyCapacityReservationOutput{
		CapacityReservationState: d.CapacityReservationState, DecreaseRequestsRemaining: d.DecreaseRequestsRemaining,
		LastModifiedTime: d.LastModifiedTime, MinimumLoadBalancerCapacity: d.MinimumLoadBalancerCapacity,
	}, nil
}

// DescribeCapacityReservation tells what is reserved; nothing, as a rule.
func (a *Actions) DescribeCapacityReservation(_ context.Context, in *elbv2.DescribeCapacityReservationInput) (*elbv2.DescribeCapacityReservationOutput, error) {
	var out *elbv2.DescribeCapacityReservationOutput
	var err error
	a.store.View(func(s *store.State) {
		var b *store.LoadBalancer
		if b, err = loadBalancer(s, in.LoadBalancerArn); err == nil {
			out = describeCapacity(b)
		}
	})
	return out, err
}

func describeCapacity(b *store.LoadBalancer) *elbv2.DescribeCapacityReservationOutput {
	out := &elbv2.DescribeCapacityReservationOutput{
		DecreaseRequestsRemaining: aws.Int32(maxDecreases - b.Capacity.Decreases),
		CapacityReservationState:  []types.ZonalCapacityReservationState{},
	}
	if !b.Capacity.Modified.IsZero() {
		out.LastModifiedTime = aws.Time(b.Capacity.Modified)
	}
	if b.Capacity.Units == 0 {
		return out
	}
	out.MinimumLoadBalancerCapacity = &types.MinimumLoadBalancerCapacity{CapacityUnits: aws.Int32(b.Capacity.Units)}
	for _, s := range b.Subnets {
		out.CapacityReservationState = append(out.CapacityReservationState, types.ZonalCapacityReservationState{
			AvailabilityZone: aws.String(s.Zone), State: &types.CapacityReservationStatus{Code: types.CapacityReservationStateEnumProvisioned},
			EffectiveCapacityUnits: aws.Float64(float64(b.Capacity.Units) / float64(len(b.Subnets))),
		})
	}
	return out
}
