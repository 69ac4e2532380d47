package observe

import (
	"cmp"
	"slices"
	"strings"

	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/model"
)

// loadBalancerFrom is a load balancer as listing shows it: without listeners and attributes.
func loadBalancerFrom(lb *elbtypes.LoadBalancer, tags []model.Tag) model.LoadBalancer {
	out := model.LoadBalancer{
		ID: value(lb.LoadBalancerArn), Name: value(lb.LoadBalancerName), Type: model.LoadBalancerType(lb.Type),
		Scheme: model.Scheme(lb.Scheme), IPAddressType: model.IPAddressType(lb.IpAddressType),
		SecurityGroups: slices.Clone(lb.SecurityGroups), CustomerOwnedIPv4Pool: value(lb.CustomerOwnedIpv4Pool),
		PrivateLinkInboundRules: value(lb.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic),
		IPv6SourceNAT:           string(lb.EnablePrefixForIpv6SourceNat),
		Tags:                    tags,
	}
	if lb.IpamPools != nil {
		out.IPAMPoolID = value(lb.IpamPools.Ipv4IpamPoolId)
	}
	for _, z := range lb.AvailabilityZones {
		out.Subnets = append(out.Subnets, subnetFrom(z))
	}
	slices.SortFunc(out.Subnets, func(a, b model.SubnetMapping) int { return strings.Compare(a.SubnetID, b.SubnetID) })
	return out
}

func subnetFrom(z elbtypes.AvailabilityZone) model.SubnetMapping {
	m := model.SubnetMapping{SubnetID: value(z.SubnetId)}
	for _, a := range z.LoadBalancerAddresses {
		m.AllocationID = cmp.Or(m.AllocationID, value(a.AllocationId))
		m.PrivateIPv4Address = cmp.Or(m.PrivateIPv4Address, value(a.PrivateIPv4Address))
		m.IPv6Address = cmp.Or(m.IPv6Address, value(a.IPv6Address))
	}
	if len(z.SourceNatIpv6Prefixes) > 0 {
		m.SourceNATIPv6 = z.SourceNatIpv6Prefixes[0]
	}
	return m
}

// ShownOf is what AWS made up for a load balancer.
func ShownOf(lb *elbtypes.LoadBalancer) Shown {
	s := Shown{DNSName: value(lb.DNSName), ZoneID: value(lb.CanonicalHostedZoneId)}
	if lb.State != nil {
		s.State = string(lb.State.Code)
	}
	return s
}
