package action

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
)

// DescribeLoadBalancers lists load balancers: all, or those of a list of ARNs or names, which must all be there.
func (a *Actions) DescribeLoadBalancers(_ context.Context, in *elbv2.DescribeLoadBalancersInput) (*elbv2.DescribeLoadBalancersOutput, error) {
	if len(in.LoadBalancerArns) > 0 && len(in.Names) > 0 {
		return nil, invalid("LoadBalancerArns and Names cannot both be given")
	}
	if err := checkCount("LoadBalancerArns", in.LoadBalancerArns); err != nil {
		return nil, err
	}
	if err := checkCount("Names", in.Names); err != nil {
		return nil, err
	}
	for _, arn := range in.LoadBalancerArns {
		if err := checkARN("LoadBalancerArns", &arn, loadBalancerKind); err != nil {
			return nil, err
		}
	}
	var all []*store.LoadBalancer
	a.store.View(func(s *store.State) { all = s.LoadBalancers() })
	all, err := named(all, in.LoadBalancerArns, func(b *store.LoadBalancer) string { return b.ARN }, loadBalancerKind)
	if err != nil {
		return nil, err
	}
	if all, err = named(all, in.Names, func(b *store.LoadBalancer) string { return b.Name }, loadBalancerKind); err != nil {
		return nil, err
	}
	cut, next, err := page(all, func(b *store.LoadBalancer) uint64 { return b.Seq }, in.Marker, in.PageSize)
	if err != nil {
		return nil, err
	}
	out := &elbv2.DescribeLoadBalancersOutput{NextMarker: next, LoadBalancers: make([]types.LoadBalancer, len(cut))}
	for i, b := range cut {
		out.LoadBalancers[i] = a.shapeLoadBalancer(b)
	}
	return out, nil
}

// named keeps the records whose name is on a list; an empty list keeps all. Each name of the list must be there.
func named[T any](all []T, names []string, name func(T) string, k kind) ([]T, error) {
	if len(names) == 0 {
		return all, nil
	}
	wanted := make(map[string]bool, len(names))
	for _, n := range names {
		wanted[n] = true
	}
	var out []T
	found := map[string]bool{}
	for _, v := range all {
		if wanted[name(v)] {
			out = append(out, v)
			found[name(v)] = true
		}
	}
	for _, n := range names {
		if !found[n] {
			return nil, missing(k, n)
		}
	}
	return out, nil
}

// shapeLoadBalancer is the answer about a load balancer.
func (a *Actions) shapeLoadBalancer(b *store.LoadBalancer) types.LoadBalancer {
	out := types.LoadBalancer{
		LoadBalancerArn: aws.String(b.ARN), LoadBalancerName: aws.String(b.Name), DNSName: aws.String(b.DNSName),
		CanonicalHostedZoneId: aws.String(hostedZone(a.world.Identity().Region, b.Type)), CreatedTime: aws.Time(b.Created),
		Scheme: b.Scheme, Type: b.Type, IpAddressType: b.IPAddressType, VpcId: aws.String(b.VPC),
		AvailabilityZones: shapeZones(b.Subnets), State: a.state(b),
		EnablePrefixForIpv6SourceNat: types.EnablePrefixForIpv6SourceNatEnum(b.IPv6SourceNAT),
	}
	if len(b.SecurityGroups) > 0 {
		out.SecurityGroups = b.SecurityGroups
	}
	if b.PrivateLink != "" {
		out.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic = aws.String(b.PrivateLink)
	}
	if b.CustomerOwnedIPv4Pool != "" {
		out.CustomerOwnedIpv4Pool = aws.String(b.CustomerOwnedIPv4Pool)
	}
	if b.IPv4Pool != "" {
		out.IpamPools = &types.IpamPools{Ipv4IpamPoolId: aws.String(b.IPv4Pool)}
	}
	return out
}

// state is failed while the load balancer cannot be served, then provisioning for a while after it was made, then active.
func (a *Actions) state(b *store.LoadBalancer) *types.LoadBalancerState {
	if a.carrier != nil {
		if reason := a.carrier.Failure(b.ARN); reason != "" {
			return &types.LoadBalancerState{Code: types.LoadBalancerStateEnumFailed, Reason: aws.String(reason)}
		}
	}
	if a.now().Before(b.Created.Add(a.options.Provisioning)) {
		return &types.LoadBalancerState{Code: types.LoadBalancerStateEnumProvisioning}
	}
	return &types.LoadBalancerState{Code: types.LoadBalancerStateEnumActive}
}

func shapeZones(subnets []store.Subnet) []types.AvailabilityZone {
	out := make([]types.AvailabilityZone, len(subnets))
	for i, s := range subnets {
		z := types.AvailabilityZone{
			SubnetId: aws.String(s.ID), ZoneName: aws.String(s.Zone), LoadBalancerAddresses: []types.LoadBalancerAddress{},
		}
		if s.Outpost != "" {
			z.OutpostId = aws.String(s.Outpost[strings.LastIndexByte(s.Outpost, '/')+1:])
		}
		if s.SourceNATIPv6 != "" {
			z.SourceNatIpv6Prefixes = []string{s.SourceNATIPv6}
		}
		if s.AllocationID != "" || s.PrivateIPv4Address != "" || s.IPv6Address != "" {
			z.LoadBalancerAddresses = append(z.LoadBalancerAddresses, types.LoadBalancerAddress{
				AllocationId: given(s.AllocationID), PrivateIPv4Address: given(s.PrivateIPv4Address), IPv6Address: given(s.IPv6Address),
			})
		}
		out[i] = z
	}
	return out
}

// given is a pointer to a text, nil when it is empty.
func given(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
