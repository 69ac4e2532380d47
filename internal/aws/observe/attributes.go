package observe

import (
	"context"
	"slices"
	"strings"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/model"
)

func (d *deep) loadBalancerAttributes(ctx context.Context, lb *model.LoadBalancer) error {
	r, err := d.o.clients.ELB.DescribeLoadBalancerAttributes(ctx, &elbv2.DescribeLoadBalancerAttributesInput{LoadBalancerArn: &lb.ID})
	if err != nil {
		return awserr.Wrap("DescribeLoadBalancerAttributes", lb.ID, err)
	}
	for _, a := range r.Attributes {
		lb.Attributes = append(lb.Attributes, model.Attribute{Key: value(a.Key), Value: value(a.Value)})
	}
	sortAttributes(lb.Attributes)
	return nil
}

// targetGroup reads a target group's attributes if some are desired.
func (d *deep) targetGroup(ctx context.Context, g *model.TargetGroup) error {
	if !d.wish.groupAttributes[resourceTag(g.Tags)] {
		return nil
	}
	r, err := d.o.clients.ELB.DescribeTargetGroupAttributes(ctx, &elbv2.DescribeTargetGroupAttributesInput{TargetGroupArn: &g.ID})
	if err != nil {
		return awserr.Wrap("DescribeTargetGroupAttributes", g.ID, err)
	}
	for _, a := range r.Attributes {
		g.Attributes = append(g.Attributes, model.Attribute{Key: value(a.Key), Value: value(a.Value)})
	}
	sortAttributes(g.Attributes)
	return nil
}

func sortAttributes(list []model.Attribute) {
	slices.SortFunc(list, func(a, b model.Attribute) int { return strings.Compare(a.Key, b.Key) })
}
