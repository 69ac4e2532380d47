package action

import (
	"context"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
	"github.com/gwanmun/gwanmun/internal/model"
)

func loadBalancerAttributes(b *store.LoadBalancer) *attributeTable {
	t := &attributeTable{resource: model.LoadBalancerAttribute, kind: model.LoadBalancerType(b.Type)}
	if b.Scheme == types.LoadBalancerSchemeEnumInternal {
		t.defaults = map[string]string{"ipv6.deny_all_igw_traffic": "true"}
	}
	return t
}

func shapeLoadBalancerAttributes(b *store.LoadBalancer) []types.LoadBalancerAttribute {
	list := loadBalancerAttributes(b).describe(b.Attributes)
	out := make([]types.LoadBalancerAttribute, len(list))
	for i, v := range list {
		out[i] = types.LoadBalancerAttribute{Key: aws.String(v.Key), Value: aws.String(v.Value)}
	}
	return out
}

// DescribeLoadBalancerAttributes lists all attributes of a load balancer, those with their defaults too.
func (a *Actions) DescribeLoadBalancerAttributes(_ context.Context, in *elbv2.DescribeLoadBalancerAttributesInput) (*elbv2.DescribeLoadBalancerAttributesOutput, error) {
	out := &elbv2.DescribeLoadBalancerAttributesOutput{}
	var err error
	a.store.View(func(s *store.State) {
		var b *store.LoadBalancer
		if b, err = loadBalancer(s, in.LoadBalancerArn); err == nil {
			out.Attributes = shapeLoadBalancerAttributes(b)
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ModifyLoadBalancerAttributes sets attributes of a load balancer, all or none, and answers with all there are.
func (a *Actions) ModifyLoadBalancerAttributes(_ context.Context, in *elbv2.ModifyLoadBalancerAttributesInput) (*elbv2.ModifyLoadBalancerAttributesOutput, error) {
	change := make([]model.Attribute, len(in.Attributes))
	for i, v := range in.Attributes {
		change[i] = model.Attribute{Key: aws.ToString(v.Key), Value: aws.ToString(v.Value)}
	}
	var next store.LoadBalancer
	err := a.store.Update(func(t *store.Tx) error {
		have, err := loadBalancer(t.State, in.LoadBalancerArn)
		if err != nil {
			return err
		}
		next = *have
		if next.Attributes, err = loadBalancerAttributes(have).modify(have.Attributes, change); err != nil {
			return err
		}
		const secondary = "secondary_ips.auto_assigned.per_subnet"
		before, _ := strconv.Atoi(have.Attributes[secondary])
		after, _ := strconv.Atoi(next.Attributes[secondary])
		if after < before {
			return conflicting("The load balancer attribute '%s' is %d and can only be raised, not set to '%d'", secondary, before, after)
		}
		t.PutLoadBalancer(&next)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &elbv2.ModifyLoadBalancerAttributesOutput{Attributes: shapeLoadBalancerAttributes(&next)}, nil
}
