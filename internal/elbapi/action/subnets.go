package action

import (
	"context"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

var allocationForm = regexp.MustCompile(`^eipalloc-[0-9a-f]{8,17}$`)

// subnetsOf checks the subnets of a load balancer and finds their VPC.
func (a *Actions) subnetsOf(b *store.LoadBalancer, ids []string, mappings []types.SubnetMapping) ([]store.Subnet, string, error) {
	if len(ids) > 0 && len(mappings) > 0 {
		return nil, "", invalid("Subnets and SubnetMappings cannot both be given")
	}
	for _, id := range ids {
		mappings = append(mappings, types.SubnetMapping{SubnetId: aws.String(id)})
	}
	var out []store.Subnet
	vpc, local := "", false
	for i := range mappings {
		m := &mappings[i]
		s, ok := a.world.Subnet(aws.ToString(m.SubnetId))
		if !ok {
			return nil, "", &types.SubnetNotFoundException{Message: said("The subnet ID '%s' does not exist", aws.ToString(m.SubnetId))}
		}
		switch {
		case vpc != "" && vpc != s.VPC:
			return nil, "", &types.InvalidSubnetException{Message: said("Subnet '%s' is in VPC '%s', the others are in '%s'", s.ID, s.VPC, vpc)}
		case slices.ContainsFunc(out, func(o store.Subnet) bool { return o.Zone == s.Zone }):
			return nil, "", conflicting("A load balancer cannot be attached to multiple subnets in the same Availability Zone: '%s' is in '%s', as another one is", s.ID, s.Zone)
		case s.CIDR.Bits() > 27:
			return nil, "", &types.InvalidSubnetException{Message: said("Not enough IP space available in subnet '%s': it is a /%d, and at least a /27 is needed", s.ID, s.CIDR.Bits())}
		}
		if err := checkMapping(b, s, m); err != nil {
			return nil, "", err
		}
		vpc = s.VPC
		zone, _ := a.world.Zone(s.Zone)
		local = local || s.Outpost != "" || zone.Type == "local-zone" || zone.Type == "wavelength-zone"
		out = append(out, store.Subnet{
			ID: s.ID, Zone: s.Zone, Outpost: s.Outpost, AllocationID: aws.ToString(m.AllocationId),
			PrivateIPv4Address: aws.ToString(m.PrivateIPv4Address), IPv6Address: aws.ToString(m.IPv6Address),
			SourceNATIPv6: aws.ToString(m.SourceNatIpv6Prefix),
		})
	}
	switch {
	case len(out) == 0:
		return nil, "", invalid("At least one subnet must be specified")
	case b.Scheme == types.LoadBalancerSchemeEnumInternetFacing && !a.world.HasInternetGateway(vpc):
		return nil, "", &types.InvalidSubnetException{Message: said("VPC '%s' has no internet gateway", vpc)}
	case b.Type == types.LoadBalancerTypeEnumApplication && len(out) < 2 && !local:
		return nil, "", invalid("At least two subnets in two different Availability Zones must be specified")
	}
	slices.SortFunc(out, func(x, y store.Subnet) int { return strings.Compare(x.Zone, y.Zone) })
	return out, vpc, nil
}

// checkMapping checks what a request says about one subnet besides its id.
func checkMapping(b *store.LoadBalancer, s world.Subnet, m *types.SubnetMapping) error {
	network := b.Type == types.LoadBalancerTypeEnumNetwork
	if id := aws.ToString(m.AllocationId); id != "" {
		switch {
		case !network || b.Scheme != types.LoadBalancerSchemeEnumInternetFacing:
			return conflicting("AllocationId is for internet-facing network load balancers only")
		case !allocationForm.MatchString(id):
			return &types.AllocationIdNotFoundException{Message: said("The allocation ID '%s' does not exist", id)}
		}
	}
	if text := aws.ToString(m.PrivateIPv4Address); text != "" {
		at, err := netip.ParseAddr(text)
		switch {
		case !network || b.Scheme != types.LoadBalancerSchemeEnumInternal:
			return conflicting("PrivateIPv4Address is for internal network load balancers only")
		case err != nil || !s.CIDR.Contains(at):
			return invalid("PrivateIPv4Address '%s' is not an address of subnet '%s' (%s)", text, s.ID, s.CIDR)
		}
	}
	if text := aws.ToString(m.IPv6Address); text != "" {
		at, err := netip.ParseAddr(text)
		switch {
		case !network:
			return conflicting("IPv6Address is for network load balancers only")
		case err != nil || !s.IPv6.IsValid() || !s.IPv6.Contains(at):
			return invalid("IPv6Address '%s' is not an address of subnet '%s'", text, s.ID)
		}
	}
	return nil
}

// SetSubnets replaces the subnets of a load balancer, and its address type on the way when that is given.
func (a *Actions) SetSubnets(_ context.Context, in *elbv2.SetSubnetsInput) (*elbv2.SetSubnetsOutput, error) {
	var next store.LoadBalancer
	err := a.store.Update(func(t *store.Tx) error {
		have, err := loadBalancer(t.State, in.LoadBalancerArn)
		if err != nil {
			return err
		}
		next = *have
		if in.EnablePrefixForIpv6SourceNat != "" {
			if next.Type != types.LoadBalancerTypeEnumNetwork {
				return conflicting("EnablePrefixForIpv6SourceNat is for network load balancers only")
			}
			next.IPv6SourceNAT = string(in.EnablePrefixForIpv6SourceNat)
		}
		next.IPAddressType = orElse(in.IpAddressType, next.IPAddressType)
		vpc := ""
		if next.Subnets, vpc, err = a.subnetsOf(&next, in.Subnets, in.SubnetMappings); err != nil {
			return err
		}
		if vpc != have.VPC {
			return &types.InvalidSubnetException{Message: said("The subnets are in VPC '%s', load balancer '%s' is in '%s'", vpc, have.ARN, have.VPC)}
		}
		if err := a.checkAddressType(&next, next.IPAddressType); err != nil {
			return err
		}
		if err := a.reattach(have, &next); err != nil {
			return err
		}
		t.PutLoadBalancer(&next)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &elbv2.SetSubnetsOutput{
		AvailabilityZones: shapeZones(next.Subnets), IpAddressType: next.IPAddressType,
		EnablePrefixForIpv6SourceNat: types.EnablePrefixForIpv6SourceNatEnum(next.IPv6SourceNAT),
	}, nil
}
