package side

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/wire"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

// subnetKind lists subnets.
func subnetKind(st *world.State) kind[*world.Subnet] {
	type subnet = *world.Subnet
	fields := map[string]func(subnet) []string{
		"subnet-id":            one(func(s subnet) string { return s.ID }),
		"subnet-arn":           one(func(s subnet) string { return st.Identity.ARN("ec2", "subnet/"+s.ID) }),
		"vpc-id":               one(func(s subnet) string { return s.VPC }),
		"availability-zone":    one(func(s subnet) string { return s.Zone }),
		"availability-zone-id": one(func(s subnet) string { return zoneID(st, s.Zone) }),
		"cidr-block":           one(func(s subnet) string { return s.CIDR.String() }),
		"ipv6-cidr-block-association.ipv6-cidr-block": func(s subnet) []string { return texts(subnetIPv6(s)) },
		"available-ip-address-count":                  one(func(s subnet) string { return strconv.Itoa(st.FreeAddresses(s)) }),
		"default-for-az":                              one(func(s subnet) string { return truth(defaultForZone(st, s)) }),
		"map-public-ip-on-launch":                     one(func(s subnet) string { return truth(s.PublicIPs) }),
		"outpost-arn":                                 one(func(s subnet) string { return s.Outpost }),
		"owner-id":                                    one(func(subnet) string { return st.Identity.Account }),
		"state":                                       one(func(subnet) string { return "available" }),
	}
	fields["availabilityZone"], fields["availabilityZoneId"] = fields["availability-zone"], fields["availability-zone-id"]
	fields["cidr"], fields["cidrBlock"], fields["defaultForAz"] = fields["cidr-block"], fields["cidr-block"], fields["default-for-az"]
	return kind[subnet]{
		missing: "InvalidSubnetID.NotFound", noun: "subnet ID",
		id: func(s subnet) string { return s.ID }, tags: func(s subnet) world.Tags { return s.Tags }, fields: fields,
	}
}

func zoneID(st *world.State, name string) string {
	z, _ := st.ZoneNamed(name)
	return z.ID
}

func subnetIPv6(s *world.Subnet) []netip.Prefix {
	if !s.IPv6.IsValid() {
		return nil
	}
	return []netip.Prefix{s.IPv6}
}

// defaultForZone says whether a subnet is the one for instances that name none: the first of its zone in the default VPC.
func defaultForZone(st *world.State, s *world.Subnet) bool {
	if v := st.VPCs[s.VPC]; v == nil || !v.Default {
		return false
	}
	for _, o := range world.Sorted(st.Subnets) {
		if o.VPC == s.VPC && o.Zone == s.Zone {
			return o.ID == s.ID
		}
	}
	return false
}

// subnetOf finds the subnet that a call names.
func subnetOf(st *world.State, id *string) (*world.Subnet, error) {
	switch x, ok := st.Subnets[aws.ToString(id)]; {
	case aws.ToString(id) == "":
		return nil, wire.Errorf(wire.MissingParameter, "The request must contain the parameter subnetId")
	case !ok:
		return nil, notFound("InvalidSubnetID.NotFound", "subnet ID", *id)
	default:
		return x, nil
	}
}

// DescribeSubnets lists subnets.
func (s *Side) DescribeSubnets(_ context.Context, in *ec2.DescribeSubnetsInput) (*ec2.DescribeSubnetsOutput, error) {
	return view(s, func(st *world.State) (*ec2.DescribeSubnetsOutput, error) {
		rows, next, err := subnetKind(st).list(world.Sorted(st.Subnets), query{in.SubnetIds, in.Filters, in.MaxResults, in.NextToken})
		if err != nil {
			return nil, err
		}
		return &ec2.DescribeSubnetsOutput{NextToken: next, Subnets: shown(rows, func(x *world.Subnet) types.Subnet { return showSubnet(st, x) })}, nil
	})
}

func showSubnet(st *world.State, x *world.Subnet) types.Subnet {
	hostname := types.HostnameTypeIpName
	if x.HostnameType != "" {
		hostname = types.HostnameType(x.HostnameType)
	}
	out := types.Subnet{
		SubnetId: aws.String(x.ID), SubnetArn: aws.String(st.Identity.ARN("ec2", "subnet/"+x.ID)), VpcId: aws.String(x.VPC),
		AvailabilityZone: aws.String(x.Zone), AvailabilityZoneId: aws.String(zoneID(st, x.Zone)), CidrBlock: aws.String(x.CIDR.String()),
		AvailableIpAddressCount: aws.Int32(int32(st.FreeAddresses(x))), DefaultForAz: aws.Bool(defaultForZone(st, x)),
		MapPublicIpOnLaunch: aws.Bool(x.PublicIPs), AssignIpv6AddressOnCreation: aws.Bool(x.AssignIPv6), EnableDns64: aws.Bool(x.DNS64),
		Ipv6Native: aws.Bool(false), MapCustomerOwnedIpOnLaunch: aws.Bool(false), OwnerId: aws.String(st.Identity.Account),
		State: types.SubnetStateAvailable, Tags: ec2Tags(x.Tags), Ipv6CidrBlockAssociationSet: []types.SubnetIpv6CidrBlockAssociation{},
		PrivateDnsNameOptionsOnLaunch: &types.PrivateDnsNameOptionsOnLaunch{
			HostnameType: hostname, EnableResourceNameDnsARecord: aws.Bool(x.ARecord), EnableResourceNameDnsAAAARecord: aws.Bool(x.AAAARecord),
		},
	}
	if x.Outpost != "" {
		out.OutpostArn = aws.String(x.Outpost)
	}
	for _, p := range subnetIPv6(x) {
		out.Ipv6CidrBlockAssociationSet = append(out.Ipv6CidrBlockAssociationSet, types.SubnetIpv6CidrBlockAssociation{
			AssociationId: aws.String(world.DerivedID("subnet-cidr-assoc", x.ID, p.String())), Ipv6CidrBlock: aws.String(p.String()),
			Ipv6CidrBlockState: &types.SubnetCidrBlockState{State: types.SubnetCidrBlockStateCodeAssociated},
		})
	}
	return out
}

// CreateSubnet makes a subnet in a VPC and zone; the first zone when the call names none.
func (s *Side) CreateSubnet(_ context.Context, in *ec2.CreateSubnetInput) (*ec2.CreateSubnetOutput, error) {
	tags, err := specified(in.TagSpecifications, types.ResourceTypeSubnet)
	if err != nil {
		return nil, err
	}
	return change(s, func(st *world.State) (*ec2.CreateSubnetOutput, error) {
		v, err := vpcOf(st, in.VpcId)
		if err != nil {
			return nil, err
		}
		x := &world.Subnet{VPC: v.ID, Outpost: aws.ToString(in.OutpostArn), Tags: tags}
		if x.Zone, err = zoneFor(st, aws.ToString(in.AvailabilityZone), aws.ToString(in.AvailabilityZoneId)); err != nil {
			return nil, err
		}
		if aws.ToBool(in.Ipv6Native) || in.Ipv4IpamPoolId != nil || in.Ipv6IpamPoolId != nil {
			return nil, wire.Errorf("UnsupportedOperation", "This world has neither subnets without IPv4 nor address pools.")
		}
		if err := networks(st, v, x, in); err != nil {
			return nil, err
		}
		x.ID = st.NewID("subnet")
		st.Subnets[x.ID] = x
		out := showSubnet(st, x)
		return &ec2.CreateSubnetOutput{Subnet: &out}, nil
	})
}

func zoneFor(st *world.State, name, id string) (string, error) {
	var names []string
	for _, z := range st.Zones {
		if (name == "" || z.Name == name) && (id == "" || z.ID == id) {
			return z.Name, nil
		}
		names = append(names, z.Name)
	}
	return "", wire.Errorf(wire.InvalidParameterValue, "Value (%s) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: %s.", name+id, strings.Join(names, ", "))
}

func networks(st *world.State, v *world.VPC, x *world.Subnet, in *ec2.CreateSubnetInput) error {
	if in.CidrBlock == nil {
		return wire.Errorf(wire.MissingParameter, "The request must contain the parameter cidrBlock")
	}
	var err error
	if x.CIDR, err = block("cidrBlock", *in.CidrBlock); err != nil {
		return err
	}
	if !world.IsNetwork(x.CIDR, 16, 28) || !world.Within(x.CIDR, v.CIDRs) {
		return wire.Errorf("InvalidSubnet.Range", "The CIDR '%s' is invalid.", *in.CidrBlock)
	}
	if in.Ipv6CidrBlock != nil {
		if x.IPv6, err = block("ipv6CidrBlock", *in.Ipv6CidrBlock); err != nil {
			return err
		}
		if !world.IsNetwork6(x.IPv6, 44, 64) || !world.Within(x.IPv6, v.IPv6) {
			return wire.Errorf("InvalidSubnet.Range", "The CIDR '%s' is invalid.", *in.Ipv6CidrBlock)
		}
	}
	for _, o := range world.Sorted(st.Subnets) {
		if o.VPC != v.ID {
			continue
		}
		if o.CIDR.Overlaps(x.CIDR) {
			return wire.Errorf("InvalidSubnet.Conflict", "The CIDR '%s' conflicts with another subnet", x.CIDR)
		}
		if x.IPv6.IsValid() && o.IPv6.Overlaps(x.IPv6) {
			return wire.Errorf("InvalidSubnet.Conflict", "The CIDR '%s' conflicts with another subnet", x.IPv6)
		}
	}
	return nil
}

// DeleteSubnet removes a subnet that no interface is in.
func (s *Side) DeleteSubnet(_ context.Context, in *ec2.DeleteSubnetInput) (*ec2.DeleteSubnetOutput, error) {
	return change(s, func(st *world.State) (*ec2.DeleteSubnetOutput, error) {
		x, err := subnetOf(st, in.SubnetId)
		if err != nil {
			return nil, err
		}
		for _, i := range st.Interfaces {
			if i.Subnet == x.ID {
				return nil, wire.Errorf("DependencyViolation", "The subnet '%s' has dependencies and cannot be deleted.", x.ID)
			}
		}
		for _, t := range st.RouteTables {
			t.Subnets = slices.DeleteFunc(t.Subnets, func(id string) bool { return id == x.ID })
		}
		delete(st.Subnets, x.ID)
		return &ec2.DeleteSubnetOutput{}, nil
	})
}

// ModifySubnetAttribute sets what instances in a subnet get. It is kept and shown; instances get nothing.
func (s *Side) ModifySubnetAttribute(_ context.Context, in *ec2.ModifySubnetAttributeInput) (*ec2.ModifySubnetAttributeOutput, error) {
	return change(s, func(st *world.State) (*ec2.ModifySubnetAttributeOutput, error) {
		x, err := subnetOf(st, in.SubnetId)
		if err != nil {
			return nil, err
		}
		if in.CustomerOwnedIpv4Pool != nil || in.MapCustomerOwnedIpOnLaunch != nil || in.EnableLniAtDeviceIndex != nil || in.DisableLniAtDeviceIndex != nil {
			return nil, wire.Errorf("UnsupportedOperation", "Attributes of subnets on outposts cannot be modified here.")
		}
		if in.AssignIpv6AddressOnCreation != nil && aws.ToBool(in.AssignIpv6AddressOnCreation.Value) && !x.IPv6.IsValid() {
			return nil, wire.Errorf(wire.InvalidParameterValue, "Invalid value 'true' for assignIpv6AddressOnCreation. Subnet %s has no IPv6 CIDR block.", x.ID)
		}
		for _, a := range []struct {
			to   *bool
			from *types.AttributeBooleanValue
		}{
			{&x.PublicIPs, in.MapPublicIpOnLaunch},
			{&x.AssignIPv6, in.AssignIpv6AddressOnCreation},
			{&x.DNS64, in.EnableDns64},
			{&x.ARecord, in.EnableResourceNameDnsARecordOnLaunch},
			{&x.AAAARecord, in.EnableResourceNameDnsAAAARecordOnLaunch},
		} {
			if a.from != nil {
				*a.to = aws.ToBool(a.from.Value)
			}
		}
		if in.PrivateDnsHostnameTypeOnLaunch != "" {
			x.HostnameType = string(in.PrivateDnsHostnameTypeOnLaunch)
		}
		return &ec2.ModifySubnetAttributeOutput{}, nil
	})
}
