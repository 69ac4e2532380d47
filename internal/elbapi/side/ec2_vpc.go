package side

import (
	"context"
	"net/netip"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/wire"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

// dhcpOptions is the one set of DHCP options that the world has.
const dhcpOptions = "dopt-0a00000000000001a"

// vpcKind lists VPCs.
func vpcKind(st *world.State) kind[*world.VPC] {
	type vpc = *world.VPC
	fields := map[string]func(vpc) []string{
		"vpc-id":                                      one(func(v vpc) string { return v.ID }),
		"cidr":                                        one(func(v vpc) string { return v.CIDRs[0].String() }),
		"cidr-block-association.cidr-block":           func(v vpc) []string { return texts(v.CIDRs) },
		"cidr-block-association.association-id":       func(v vpc) []string { return associationsOf(v.ID, v.CIDRs) },
		"cidr-block-association.state":                one(func(vpc) string { return "associated" }),
		"ipv6-cidr-block-association.ipv6-cidr-block": func(v vpc) []string { return texts(v.IPv6) },
		"dhcp-options-id":                             one(func(vpc) string { return dhcpOptions }),
		"is-default":                                  one(func(v vpc) string { return truth(v.Default) }),
		"owner-id":                                    one(func(vpc) string { return st.Identity.Account }),
		"state":                                       one(func(vpc) string { return "available" }),
	}
	fields["isDefault"] = fields["is-default"]
	return kind[vpc]{
		missing: "InvalidVpcID.NotFound", noun: "vpc ID",
		id: func(v vpc) string { return v.ID }, tags: func(v vpc) world.Tags { return v.Tags }, fields: fields,
	}
}

func texts(in []netip.Prefix) []string {
	return shown(in, netip.Prefix.String)
}

func associationsOf(owner string, in []netip.Prefix) []string {
	return shown(in, func(p netip.Prefix) string { return world.DerivedID("vpc-cidr-assoc", owner, p.String()) })
}

// vpcOf finds the VPC that a call names.
func vpcOf(st *world.State, id *string) (*world.VPC, error) {
	switch v, ok := st.VPCs[aws.ToString(id)]; {
	case aws.ToString(id) == "":
		return nil, wire.Errorf(wire.MissingParameter, "The request must contain the parameter vpcId")
	case !ok:
		return nil, notFound("InvalidVpcID.NotFound", "vpc ID", *id)
	default:
		return v, nil
	}
}

// vpcOrDefault is vpcOf, or the default VPC when the call names none.
func vpcOrDefault(st *world.State, id *string) (*world.VPC, error) {
	if aws.ToString(id) != "" {
		return vpcOf(st, id)
	}
	if v, ok := st.DefaultVPC(); ok {
		return v, nil
	}
	return nil, wire.Errorf("VPCIdNotSpecified", "No default VPC for this user")
}

// DescribeVpcs lists VPCs.
func (s *Side) DescribeVpcs(_ context.Context, in *ec2.DescribeVpcsInput) (*ec2.DescribeVpcsOutput, error) {
	return view(s, func(st *world.State) (*ec2.DescribeVpcsOutput, error) {
		rows, next, err := vpcKind(st).list(world.Sorted(st.VPCs), query{in.VpcIds, in.Filters, in.MaxResults, in.NextToken})
		if err != nil {
			return nil, err
		}
		return &ec2.DescribeVpcsOutput{NextToken: next, Vpcs: shown(rows, func(v *world.VPC) types.Vpc { return showVPC(st, v) })}, nil
	})
}

func showVPC(st *world.State, v *world.VPC) types.Vpc {
	out := types.Vpc{
		VpcId: aws.String(v.ID), CidrBlock: aws.String(v.CIDRs[0].String()), IsDefault: aws.Bool(v.Default), OwnerId: aws.String(st.Identity.Account),
		State: types.VpcStateAvailable, InstanceTenancy: types.TenancyDefault, DhcpOptionsId: aws.String(dhcpOptions), Tags: ec2Tags(v.Tags),
	}
	for _, p := range v.CIDRs {
		out.CidrBlockAssociationSet = append(out.CidrBlockAssociationSet, types.VpcCidrBlockAssociation{
			AssociationId: aws.String(world.DerivedID("vpc-cidr-assoc", v.ID, p.String())), CidrBlock: aws.String(p.String()),
			CidrBlockState: &types.VpcCidrBlockState{State: types.VpcCidrBlockStateCodeAssociated},
		})
	}
	for _, p := range v.IPv6 {
		out.Ipv6CidrBlockAssociationSet = append(out.Ipv6CidrBlockAssociationSet, types.VpcIpv6CidrBlockAssociation{
			AssociationId: aws.String(world.DerivedID("vpc-cidr-assoc", v.ID, p.String())), Ipv6CidrBlock: aws.String(p.String()),
			Ipv6CidrBlockState: &types.VpcCidrBlockState{State: types.VpcCidrBlockStateCodeAssociated},
			Ipv6Pool:           aws.String("Amazon"), NetworkBorderGroup: aws.String(st.Identity.Region), IpSource: types.IpSourceAmazon,
		})
	}
	return out
}

// CreateVpc makes a VPC with its default security group, main route table and network ACL.
func (s *Side) CreateVpc(_ context.Context, in *ec2.CreateVpcInput) (*ec2.CreateVpcOutput, error) {
	tags, err := specified(in.TagSpecifications, types.ResourceTypeVpc)
	if err != nil {
		return nil, err
	}
	if in.CidrBlock == nil {
		return nil, wire.Errorf(wire.MissingParameter, "Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided.")
	}
	if in.Ipv4IpamPoolId != nil || in.Ipv6IpamPoolId != nil || in.Ipv6Pool != nil || in.Ipv6CidrBlock != nil {
		return nil, wire.Errorf("UnsupportedOperation", "This world has no address pools.")
	}
	cidr, err := block("cidrBlock", *in.CidrBlock)
	if err != nil {
		return nil, err
	}
	if !world.IsNetwork(cidr, 16, 28) {
		return nil, wire.Errorf("InvalidVpc.Range", "The CIDR '%s' is invalid.", *in.CidrBlock)
	}
	return change(s, func(st *world.State) (*ec2.CreateVpcOutput, error) {
		v := world.VPC{ID: st.NewID("vpc"), CIDRs: []netip.Prefix{cidr}, Tags: tags}
		if aws.ToBool(in.AmazonProvidedIpv6CidrBlock) {
			v.IPv6 = []netip.Prefix{amazonIPv6(st)}
		}
		st.AddVPC(v, st.NewID)
		out := showVPC(st, st.VPCs[v.ID])
		out.State = types.VpcStatePending
		return &ec2.CreateVpcOutput{Vpc: &out}, nil
	})
}

// amazonIPv6 makes a /56 of the addresses that nobody on the internet has (RFC 4193): this Amazon owns no others.
func amazonIPv6(st *world.State) netip.Prefix {
	h := st.Hex(12)
	return netip.MustParsePrefix("fd" + h[:2] + ":" + h[2:6] + ":" + h[6:10] + ":" + h[10:12] + "00::/56")
}

// block reads a network of a call. EC2 takes away bits behind its length.
func block(parameter, text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, wire.Errorf(wire.InvalidParameterValue, "Value (%s) for parameter %s is invalid. This is not a valid CIDR block.", text, parameter)
	}
	return p.Masked(), nil
}

// DeleteVpc removes a VPC that has nothing left but what it came with.
func (s *Side) DeleteVpc(_ context.Context, in *ec2.DeleteVpcInput) (*ec2.DeleteVpcOutput, error) {
	return change(s, func(st *world.State) (*ec2.DeleteVpcOutput, error) {
		v, err := vpcOf(st, in.VpcId)
		if err != nil {
			return nil, err
		}
		if occupied(st, v.ID) {
			return nil, wire.Errorf("DependencyViolation", "The vpc '%s' has dependencies and cannot be deleted.", v.ID)
		}
		if g, ok := st.GroupByName(v.ID, world.DefaultGroup); ok {
			delete(st.SecurityGroups, g.ID)
		}
		if t, ok := st.MainRouteTable(v.ID); ok {
			delete(st.RouteTables, t.ID)
		}
		if a, ok := st.ACLOf(v.ID); ok {
			delete(st.NetworkACLs, a.ID)
		}
		delete(st.VPCs, v.ID)
		return &ec2.DeleteVpcOutput{}, nil
	})
}

func occupied(st *world.State, vpc string) bool {
	for _, x := range st.Subnets {
		if x.VPC == vpc {
			return true
		}
	}
	for _, x := range st.InternetGateways {
		if x.VPC == vpc {
			return true
		}
	}
	for _, x := range st.SecurityGroups {
		if x.VPC == vpc && !x.IsDefault() {
			return true
		}
	}
	for _, x := range st.RouteTables {
		if x.VPC == vpc && !x.Main {
			return true
		}
	}
	return false
}

// DescribeVpcAttribute shows one attribute of a VPC.
func (s *Side) DescribeVpcAttribute(_ context.Context, in *ec2.DescribeVpcAttributeInput) (*ec2.DescribeVpcAttributeOutput, error) {
	return view(s, func(st *world.State) (*ec2.DescribeVpcAttributeOutput, error) {
		v, err := vpcOf(st, in.VpcId)
		if err != nil {
			return nil, err
		}
		out := &ec2.DescribeVpcAttributeOutput{VpcId: aws.String(v.ID)}
		value := func(b bool) *types.AttributeBooleanValue { return &types.AttributeBooleanValue{Value: aws.Bool(b)} }
		switch in.Attribute {
		case types.VpcAttributeNameEnableDnsSupport:
			out.EnableDnsSupport = value(!v.NoDNS)
		case types.VpcAttributeNameEnableDnsHostnames:
			out.EnableDnsHostnames = value(v.DNSNames)
		case types.VpcAttributeNameEnableNetworkAddressUsageMetrics:
			out.EnableNetworkAddressUsageMetrics = value(v.UsageMetrics)
		case "":
			return nil, wire.Errorf(wire.MissingParameter, "The request must contain the parameter attribute")
		default:
			return nil, wire.Errorf(wire.InvalidParameterValue, "Value (%s) for parameter attribute is invalid. Unknown attribute.", in.Attribute)
		}
		return out, nil
	})
}

// ModifyVpcAttribute sets one attribute of a VPC.
func (s *Side) ModifyVpcAttribute(_ context.Context, in *ec2.ModifyVpcAttributeInput) (*ec2.ModifyVpcAttributeOutput, error) {
	return change(s, func(st *world.State) (*ec2.ModifyVpcAttributeOutput, error) {
		v, err := vpcOf(st, in.VpcId)
		if err != nil {
			return nil, err
		}
		given := 0
		for _, a := range []*types.AttributeBooleanValue{in.EnableDnsHostnames, in.EnableDnsSupport, in.EnableNetworkAddressUsageMetrics} {
			if a != nil {
				given++
			}
		}
		switch {
		case given == 0:
			return nil, wire.Errorf(wire.MissingParameter, "The request must contain an attribute to modify")
		case given > 1:
			return nil, wire.Errorf("InvalidParameterCombination", "Only one attribute can be modified at a time.")
		case in.EnableDnsSupport != nil:
			v.NoDNS = !aws.ToBool(in.EnableDnsSupport.Value)
		case in.EnableDnsHostnames != nil:
			v.DNSNames = aws.ToBool(in.EnableDnsHostnames.Value)
		default:
			v.UsageMetrics = aws.ToBool(in.EnableNetworkAddressUsageMetrics.Value)
		}
		return &ec2.ModifyVpcAttributeOutput{}, nil
	})
}

// isID says whether an id is of a kind, such as subnet.
func isID(id, prefix string) bool { return strings.HasPrefix(id, prefix+"-") }
