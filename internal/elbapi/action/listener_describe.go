package action

import (
	"context"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
)

// DescribeListeners lists the listeners of a load balancer, or those of a list of ARNs, which must all be there.
func (a *Actions) DescribeListeners(_ context.Context, in *elbv2.DescribeListenersInput) (*elbv2.DescribeListenersOutput, error) {
	if (in.LoadBalancerArn != nil) == (len(in.ListenerArns) > 0) {
		return nil, invalid("Either LoadBalancerArn or ListenerArns must be given, and not both")
	}
	for _, arn := range in.ListenerArns {
		if err := checkARN("ListenerArns", &arn, listenerKind); err != nil {
			return nil, err
		}
	}
	out := &elbv2.DescribeListenersOutput{Listeners: []types.Listener{}}
	var err error
	a.store.View(func(s *store.State) {
		var all []*store.Listener
		if in.LoadBalancerArn != nil {
			var b *store.LoadBalancer
			if b, err = loadBalancer(s, in.LoadBalancerArn); err != nil {
				return
			}
			all = s.Listeners(b.ARN)
		} else if all, err = named(s.Listeners(""), in.ListenerArns, func(l *store.Listener) string { return l.ARN }, listenerKind); err != nil {
			return
		}
		if all, out.NextMarker, err = page(all, func(l *store.Listener) uint64 { return l.Seq }, in.Marker, in.PageSize); err != nil {
			return
		}
		for _, l := range all {
			out.Listeners = append(out.Listeners, shapeListener(s, l))
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DeleteListener deletes a listener with its rules.
func (a *Actions) DeleteListener(_ context.Context, in *elbv2.DeleteListenerInput) (*elbv2.DeleteListenerOutput, error) {
	err := a.store.Update(func(t *store.Tx) error {
		l, err := listener(t.State, in.ListenerArn)
		if err != nil {
			return err
		}
		for _, g := range t.TargetGroups() {
			for _, target := range g.Targets {
				if target.ID == l.LoadBalancer && target.Port == l.Port {
					return &types.ResourceInUseException{
						Message: said("Listener '%s' is on the port that target group '%s' sends to", l.ARN, g.ARN),
					}
				}
			}
		}
		used := certificatesOf(t.State, l.LoadBalancer)
		t.DeleteListener(l.ARN)
		a.settleCertificates(t.State, l.LoadBalancer, used)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &elbv2.DeleteListenerOutput{}, nil
}
