package action

import (
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
)

// CreateLoadBalancer makes a load balancer. The same request again returns the one that is there.
func (a *Actions) CreateLoadBalancer(_ context.Context, in *elbv2.CreateLoadBalancerInput) (*elbv2.CreateLoadBalancerOutput, error) {
	want, err := a.wantedLoadBalancer(in)
	if err != nil {
		return nil, err
	}
	var made *store.LoadBalancer
	err = a.store.Update(func(t *store.Tx) error {
		for _, have := range t.LoadBalancers() {
			if have.Name != want.Name {
				continue
			}
			if !sameLoadBalancer(have, want) {
				return &types.DuplicateLoadBalancerNameException{
					Message: said("A load balancer with the same name '%s' exists, but with different settings", want.Name),
				}
			}
			made = have
			return nil
		}
		if err := a.checkLoadBalancerQuota(t.State, want.Type); err != nil {
			return err
		}
		made = want
		return a.admit(t, want)
	})
	if err != nil {
		return nil, err
	}
	return &elbv2.CreateLoadBalancerOutput{LoadBalancers: []types.LoadBalancer{a.shapeLoadBalancer(made)}}, nil
}

// wantedLoadBalancer checks a request and makes the record that it asks for, without what the store gives it.
func (a *Actions) wantedLoadBalancer(in *elbv2.CreateLoadBalancerInput) (*store.LoadBalancer, error) {
	if err := checkName(loadBalancerKind, in.Name); err != nil {
		return nil, err
	}
	b := &store.LoadBalancer{
		Name: *in.Name, Type: orElse(in.Type, types.LoadBalancerTypeEnumApplication),
		Scheme:                orElse(in.Scheme, types.LoadBalancerSchemeEnumInternetFacing),
		IPAddressType:         orElse(in.IpAddressType, types.IpAddressTypeIpv4),
		CustomerOwnedIPv4Pool: aws.ToString(in.CustomerOwnedIpv4Pool), IPv6SourceNAT: string(in.EnablePrefixForIpv6SourceNat),
	}
	switch {
	case b.Type == types.LoadBalancerTypeEnumGateway:
		return nil, conflicting("Type 'gateway' is not offered here: only application and network load balancers are")
	case !slices.Contains(b.Type.Values(), b.Type):
		return nil, invalid("Type '%s' must be application, network or gateway", b.Type)
	case !slices.Contains(b.Scheme.Values(), b.Scheme):
		return nil, &types.InvalidSchemeException{Message: said("Scheme '%s' must be internet-facing or internal", b.Scheme)}
	case b.IPv6SourceNAT != "" && b.Type != types.LoadBalancerTypeEnumNetwork:
		return nil, conflicting("EnablePrefixForIpv6SourceNat is for network load balancers only")
	}
	if in.IpamPools != nil {
		b.IPv4Pool = aws.ToString(in.IpamPools.Ipv4IpamPoolId)
	}
	var err error
	if b.Tags, err = a.tagsOf(in.Tags); err != nil {
		return nil, err
	}
	if b.Subnets, b.VPC, err = a.subnetsOf(b, in.Subnets, in.SubnetMappings); err != nil {
		return nil, err
	}
	if err := a.checkAddressType(b, b.IPAddressType); err != nil {
		return nil, err
	}
	if b.SecurityGroups, err = a.securityGroupsOf(b, in.SecurityGroups); err != nil {
		return nil, err
	}
	if b.Type == types.LoadBalancerTypeEnumNetwork && len(b.SecurityGroups) > 0 {
		b.PrivateLink = string(types.EnforceSecurityGroupInboundRulesOnPrivateLinkTrafficEnumOn)
	}
	return b, nil
}

// admit gives a new load balancer its names, its address and its network interfaces, and puts it into the store.
func (a *Actions) admit(t *store.Tx, b *store.LoadBalancer) error {
	var err error
	if b.Address, err = t.Address(); err != nil {
		return &types.TooManyLoadBalancersException{Message: said("%v", err)}
	}
	region, suffix := a.world.Identity().Region, a.dnsSuffix(b.Address)
	id := t.ID()
	if b.Type == types.LoadBalancerTypeEnumNetwork {
		b.ARN = a.arn("loadbalancer/net/" + b.Name + "/" + id)
		b.DNSName = b.Name + "-" + id + ".elb." + region + "." + suffix
	} else {
		b.ARN = a.arn("loadbalancer/app/" + b.Name + "/" + id)
		b.DNSName = b.Name + "-" + t.Digits() + "." + region + ".elb." + suffix
		if b.Scheme == types.LoadBalancerSchemeEnumInternal {
			b.DNSName = "internal-" + b.DNSName
		}
	}
	b.Seq, b.Created = t.Next(), a.now().UTC()
	if err := a.attach(b); err != nil {
		return err
	}
	t.PutLoadBalancer(b)
	return nil
}

func (a *Actions) checkLoadBalancerQuota(s *store.State, kind types.LoadBalancerTypeEnum) error {
	quota := quotaALBs
	if kind == types.LoadBalancerTypeEnumNetwork {
		quota = quotaNLBs
	}
	have := 0
	for _, b := range s.LoadBalancers() {
		if b.Type == kind {
			have++
		}
	}
	if most := a.quota(quota); have >= most {
		return &types.TooManyLoadBalancersException{Message: said("The quota of %d %s load balancers is used up", most, kind)}
	}
	return nil
}

// sameLoadBalancer says whether a request asks for what is there.
func sameLoadBalancer(have, want *store.LoadBalancer) bool {
	return have.Type == want.Type && have.Scheme == want.Scheme && have.IPAddressType == want.IPAddressType &&
		slices.Equal(have.Subnets, want.Subnets) && sameMembers(have.SecurityGroups, want.SecurityGroups) &&
		have.CustomerOwnedIPv4Pool == want.CustomerOwnedIPv4Pool && have.IPv4Pool == want.IPv4Pool &&
		have.IPv6SourceNAT == want.IPv6SourceNAT && maps.Equal(have.Tags, want.Tags)
}

// sameMembers says whether two lists hold the same in any order.
func sameMembers(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// orElse is a value, or another when it is zero.
func orElse[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
