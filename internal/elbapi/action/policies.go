package action

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/model"
)

// defaultPolicy is what HTTPS and TLS listeners have when they name none.
const defaultPolicy = model.DefaultSSLPolicy

// describePolicies makes the answers of all security policies.
func describePolicies() []types.SslPolicy {
	all := model.SSLPolicies()
	out := make([]types.SslPolicy, len(all))
	for i, p := range all {
		s := types.SslPolicy{Name: aws.String(p.Name), SupportedLoadBalancerTypes: []string{"application", "network"}}
		s.SslProtocols = p.Versions()
		for j, name := range p.Ciphers() {
			s.Ciphers = append(s.Ciphers, types.Cipher{Name: aws.String(name), Priority: aws.Int32(int32(j + 1))})
		}
		out[i] = s
	}
	return out
}

func knownPolicy(name string) bool {
	_, known := model.FindSSLPolicy(name)
	return known
}

// DescribeSSLPolicies lists security policies: all, or those of a list of names.
func (a *Actions) DescribeSSLPolicies(_ context.Context, in *elbv2.DescribeSSLPoliciesInput) (*elbv2.DescribeSSLPoliciesOutput, error) {
	for _, n := range in.Names {
		if !knownPolicy(n) {
			return nil, noPolicy(n)
		}
	}
	all := describePolicies()
	all = slices.DeleteFunc(all, func(p types.SslPolicy) bool {
		return len(in.Names) > 0 && !slices.Contains(in.Names, *p.Name) ||
			in.LoadBalancerType != "" && !slices.Contains(p.SupportedLoadBalancerTypes, string(in.LoadBalancerType))
	})
	cut, next, err := pageFixed(all, in.Marker, in.PageSize)
	if err != nil {
		return nil, err
	}
	return &elbv2.DescribeSSLPoliciesOutput{SslPolicies: cut, NextMarker: next}, nil
}

func noPolicy(name string) error {
	return &types.SSLPolicyNotFoundException{Message: said("SSL policy '%s' not found", name)}
}
