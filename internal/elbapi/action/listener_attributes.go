package action

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
	"github.com/gwanmun/gwanmun/internal/model"
)

func listenerAttributes(l *store.Listener, b *store.LoadBalancer) *attributeTable {
	return &attributeTable{
		resource: model.ListenerAttribute, kind: model.LoadBalancerType(b.Type),
		applies: func(s *model.AttributeSpec) bool {
			switch {
			case strings.HasPrefix(s.Key, "routing.http.request."):
				return l.Protocol == types.ProtocolEnumHttps
			case s.Key == "tcp.idle_timeout.seconds":
				return l.Protocol == types.ProtocolEnumTcp || l.Protocol == types.ProtocolEnumTcpUdp
			}
			return true
		},
	}
}

func shapeListenerAttributes(l *store.Listener, b *store.LoadBalancer) []types.ListenerAttribute {
	list := listenerAttributes(l, b).describe(l.Attributes)
	out := make([]types.ListenerAttribute, len(list))
	for i, v := range list {
		out[i] = types.ListenerAttribute{Key: aws.String(v.Key), Value: aws.String(v.Value)}
	}
	return out
}

// DescribeListenerAttributes lists all attributes of a listener, those with their defaults too.
func (a *Actions) DescribeListenerAttributes(_ context.Context, in *elbv2.DescribeListenerAttributesInput) (*elbv2.DescribeListenerAttributesOutput, error) {
	out := &elbv2.DescribeListenerAttributesOutput{}
	var err error
	a.store.View(func(s *store.State) {
		var l *store.Listener
		if l, err = listener(s, in.ListenerArn); err == nil {
			out.Attributes = shapeListenerAttributes(l, s.LoadBalancer(l.LoadBalancer))
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// ModifyListenerAttributes sets attributes of a listener, all or none, and answers with all there are.
func (a *Actions) ModifyListenerAttributes(_ context.Context, in *elbv2.ModifyListenerAttributesInput) (*elbv2.ModifyListenerAttributesOutput, error) {
	change := make([]model.Attribute, len(in.Attributes))
	for i, v := range in.Attributes {
		change[i] = model.Attribute{Key: aws.ToString(v.Key), Value: aws.ToString(v.Value)}
	}
	out := &elbv2.ModifyListenerAttributesOutput{}
	err := a.store.Update(func(t *store.Tx) error {
		have, err := listener(t.State, in.ListenerArn)
		if err != nil {
			return err
		}
		b, next := t.LoadBalancer(have.LoadBalancer), *have
		if next.Attributes, err = listenerAttributes(have, b).modify(have.Attributes, change); err != nil {
			return err
		}
		t.PutListener(&next)
		out.Attributes = shapeListenerAttributes(&next, b)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
