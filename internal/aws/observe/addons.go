package observe

import (
	"context"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/shield"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"

	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/model"
)

// ProtectionName marks the Shield protections that are ours to remove; it is the original's name, so that its protections
// are ours too.
const ProtectionName = "managed by aws-load-balancer-controller"

const (
	protected = "true"
	without   = "none"
)

// addOns reads the add-ons that the desired model has an opinion on.
func (d *deep) addOns(ctx context.Context, lb *model.LoadBalancer) error {
	if d.wish.webACL {
		r, err := d.o.clients.WAF.GetWebACLForResource(ctx, &wafv2.GetWebACLForResourceInput{ResourceArn: &lb.ID})
		if err != nil && !awserr.Is(err, "WAFNonexistentItemException") {
			return awserr.Wrap("GetWebACLForResource", lb.ID, err)
		}
		if err == nil && r.WebACL != nil {
			lb.WebACL = value(r.WebACL.ARN)
		}
	}
	if d.wish.shield != "" {
		if err := d.shield(ctx, lb); err != nil {
			return err
		}
	}
	if !d.wish.capacity {
		return nil
	}
	r, err := d.o.clients.ELB.DescribeCapacityReservation(ctx, &elbv2.DescribeCapacityReservationInput{LoadBalancerArn: &lb.ID})
	if err != nil {
		return awserr.Wrap("DescribeCapacityReservation", lb.ID, err)
	}
	if r.MinimumLoadBalancerCapacity != nil {
		lb.MinimumCapacityUnits = value(r.MinimumLoadBalancerCapacity.CapacityUnits)
	}
	return nil
}

// shield finds the protection of a load balancer. One that somebody else made counts as what is desired: it protects, and it
// is not ours to remove.
func (d *deep) shield(ctx context.Context, lb *model.LoadBalancer) error {
	r, err := d.o.clients.Shield.DescribeProtection(ctx, &shield.DescribeProtectionInput{ResourceArn: &lb.ID})
	switch {
	case awserr.Is(err, "ResourceNotFoundException"):
		lb.Shield = without
	case err != nil:
		return awserr.Wrap("DescribeProtection", lb.ID, err)
	case r.Protection == nil:
		lb.Shield = without
	case value(r.Protection.Name) != ProtectionName:
		lb.Shield = d.wish.shield
	default:
		lb.Shield = protected
		d.out.Handles.Protections[lb.ID] = value(r.Protection.Id)
	}
	return nil
}
