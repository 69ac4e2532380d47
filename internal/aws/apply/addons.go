package apply

import (
	"context"
	"fmt"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/shield"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"

	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/aws/observe"
	"github.com/gwanmun/gwanmun/internal/plan"
)

// notYet says that something has to become ready first.
type notYet string

func (e notYet) Error() string { return string(e) }

// Class makes it a matter of waiting.
func (notYet) Class() awserr.Class { return awserr.Waiting }

// modifyCapacity reserves capacity, which AWS takes for active load balancers only.
func (r *run) modifyCapacity(ctx context.Context, op plan.Operation) error {
	arn, units := r.s.LoadBalancer(op.LoadBalancer), op.WantLoadBalancer.MinimumCapacityUnits
	if r.s.Shown[arn].State == string(elbtypes.LoadBalancerStateEnumProvisioning) {
		return notYet(fmt.Sprintf("load balancer %s is provisioning", op.WantLoadBalancer.Name))
	}
	in := &elbv2.ModifyCapacityReservationInput{LoadBalancerArn: &arn}
	if units > 0 {
		in.MinimumLoadBalancerCapacity = &elbtypes.MinimumLoadBalancerCapacity{CapacityUnits: &units}
	} else {
		reset := true
		in.ResetCapacityReservation = &reset
	}
	_, err := r.clients.ELB.ModifyCapacityReservation(ctx, in)
	return err
}

func (r *run) associateWebACL(ctx context.Context, op plan.Operation) error {
	arn, acl := r.s.LoadBalancer(op.LoadBalancer), op.WantLoadBalancer.WebACL
	_, err := r.clients.WAF.AssociateWebACL(ctx, &wafv2.AssociateWebACLInput{ResourceArn: &arn, WebACLArn: &acl})
	return err
}

func (r *run) disassociateWebACL(ctx context.Context, op plan.Operation) error {
	arn := r.s.LoadBalancer(op.LoadBalancer)
	_, err := r.clients.WAF.DisassociateWebACL(ctx, &wafv2.DisassociateWebACLInput{ResourceArn: &arn})
	return err
}

func (r *run) createProtection(ctx context.Context, op plan.Operation) error {
	arn, name := r.s.LoadBalancer(op.LoadBalancer), observe.ProtectionName
	out, err := r.clients.Shield.CreateProtection(ctx, &shield.CreateProtectionInput{Name: &name, ResourceArn: &arn})
	if err == nil && out.ProtectionId != nil {
		r.s.Handles.Protections[arn] = *out.ProtectionId
	}
	return err
}

func (r *run) deleteProtection(ctx context.Context, op plan.Operation) error {
	arn := r.s.LoadBalancer(op.LoadBalancer)
	id, ok := r.s.Handles.Protections[arn]
	if ok {
		_, err := r.clients.Shield.DeleteProtection(ctx, &shield.DeleteProtectionInput{ProtectionId: &id})
		if err != nil && !awserr.Is(err, "ResourceNotFoundException") {
			return err
		}
	}
	delete(r.s.Handles.Protections, arn)
	return nil
}
