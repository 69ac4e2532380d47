package side

import (
	"context"
	"fmt"
	"net/netip"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

func permission(protocol string, from, to int32, cidrs ...string) types.IpPermission {
	p := types.IpPermission{IpProtocol: &protocol, FromPort: &from, ToPort: &to}
	for _, c := range cidrs {
		p.IpRanges = append(p.IpRanges, types.IpRange{CidrIp: aws.String(c)})
	}
	return p
}

func fromGroup(id string) types.IpPermission {
	p := permission("tcp", 80, 80)
	p.UserIdGroupPairs = []types.UserIdGroupPair{{GroupId: aws.String(id)}}
	return p
}

func TestSecurityGroupsAreRefusedWithTheCodesOfEC2(t *testing.T) {
	type ingress = ec2.AuthorizeSecurityGroupIngressInput
	authorize := func(b *bench) func(context.Context, *ingress) (*ec2.AuthorizeSecurityGroupIngressOutput, error) {
		return b.AuthorizeSecurityGroupIngress
	}
	create := func(b *bench) func(context.Context, *ec2.CreateSecurityGroupInput) (*ec2.CreateSecurityGroupOutput, error) {
		return b.CreateSecurityGroup
	}
	revoke := func(b *bench) func(context.Context, *ec2.RevokeSecurityGroupIngressInput) (*ec2.RevokeSecurityGroupIngressOutput, error) {
		return b.RevokeSecurityGroupIngress
	}
	remove := func(b *bench) func(context.Context, *ec2.DeleteSecurityGroupInput) (*ec2.DeleteSecurityGroupOutput, error) {
		return b.DeleteSecurityGroup
	}
	describe := func(b *bench) func(context.Context, *ec2.DescribeSecurityGroupsInput) (*ec2.DescribeSecurityGroupsOutput, error) {
		return b.DescribeSecurityGroups
	}
	var many []types.IpRange
	for i := range 61 {
		many = append(many, types.IpRange{CidrIp: aws.String(fmt.Sprintf("10.0.%d.0/24", i))})
	}
	full := permission("tcp", 80, 80)
	full.IpRanges = many
	group := aws.String(nodeGroup)
	checkRefusals(t, nil, map[string]refusal{
		"no such VPC":                  refuse("InvalidVpcID.NotFound", create, ec2.CreateSecurityGroupInput{GroupName: aws.String("a"), Description: aws.String("a"), VpcId: aws.String("vpc-00000000")}),
		"no default VPC":               refuse("VPCIdNotSpecified", create, ec2.CreateSecurityGroupInput{GroupName: aws.String("a"), Description: aws.String("a")}),
		"the same name twice":          refuse("InvalidGroup.Duplicate", create, ec2.CreateSecurityGroupInput{GroupName: aws.String("gwanmun-local-nodes"), Description: aws.String("a"), VpcId: aws.String(testVPC)}),
		"a name like an id":            refuse("InvalidParameterValue", create, ec2.CreateSecurityGroupInput{GroupName: aws.String("sg-a"), Description: aws.String("a"), VpcId: aws.String(testVPC)}),
		"a description with umlauts":   refuse("InvalidParameterValue", create, ec2.CreateSecurityGroupInput{GroupName: aws.String("a"), Description: aws.String("ä"), VpcId: aws.String(testVPC)}),
		"no description":               refuse("MissingParameter", create, ec2.CreateSecurityGroupInput{GroupName: aws.String("a"), VpcId: aws.String(testVPC)}),
		"the name default":             refuse("InvalidGroup.Reserved", create, ec2.CreateSecurityGroupInput{GroupName: aws.String("default"), Description: aws.String("a"), VpcId: aws.String(testVPC)}),
		"tags of another kind":         refuse("InvalidParameterValue", create, ec2.CreateSecurityGroupInput{GroupName: aws.String("a"), Description: aws.String("a"), VpcId: aws.String(testVPC), TagSpecifications: tagged(types.ResourceTypeVpc, "x")}),
		"a rule that is there":         refuse("InvalidPermission.Duplicate", authorize, ingress{GroupId: group, IpPermissions: []types.IpPermission{{IpProtocol: aws.String("-1"), UserIdGroupPairs: []types.UserIdGroupPair{{GroupId: group}}}}}),
		"a rule twice in a call":       refuse("InvalidParameterValue", authorize, ingress{GroupId: group, IpPermissions: []types.IpPermission{permission("tcp", 1, 1, "10.0.0.0/8"), permission("6", 1, 1, "10.1.0.0/8")}}),
		"too many rules":               refuse("RulesPerSecurityGroupLimitExceeded", authorize, ingress{GroupId: group, IpPermissions: []types.IpPermission{full}}),
		"a rule of a missing group":    refuse("InvalidGroup.NotFound", authorize, ingress{GroupId: aws.String("sg-00000000"), IpPermissions: []types.IpPermission{permission("tcp", 1, 1, "10.0.0.0/8")}}),
		"a rule from a missing group":  refuse("InvalidGroup.NotFound", authorize, ingress{GroupId: group, IpPermissions: []types.IpPermission{fromGroup("sg-00000000")}}),
		"no group":                     refuse("MissingParameter", authorize, ingress{IpPermissions: []types.IpPermission{permission("tcp", 1, 1, "10.0.0.0/8")}}),
		"an id that is none":           refuse("InvalidGroupId.Malformed", authorize, ingress{GroupId: aws.String("web"), IpPermissions: []types.IpPermission{permission("tcp", 1, 1, "10.0.0.0/8")}}),
		"no permissions":               refuse("MissingParameter", authorize, ingress{GroupId: group}),
		"both forms":                   refuse("InvalidParameterCombination", authorize, ingress{GroupId: group, CidrIp: aws.String("10.0.0.0/8"), IpPermissions: []types.IpPermission{permission("tcp", 1, 1, "10.0.0.0/8")}}),
		"ports the wrong way round":    refuse("InvalidParameterValue", authorize, ingress{GroupId: group, IpPermissions: []types.IpPermission{permission("tcp", 90, 80, "10.0.0.0/8")}}),
		"a port beyond the last":       refuse("InvalidParameterValue", authorize, ingress{GroupId: group, IpPermissions: []types.IpPermission{permission("tcp", 0, 65536, "10.0.0.0/8")}}),
		"tcp without ports":            refuse("InvalidParameterValue", authorize, ingress{GroupId: group, IpPermissions: []types.IpPermission{{IpProtocol: aws.String("tcp"), IpRanges: many[:1]}}}),
		"no protocol":                  refuse("InvalidParameterValue", authorize, ingress{GroupId: group, IpPermissions: []types.IpPermission{{IpRanges: many[:1]}}}),
		"a protocol that is none":      refuse("InvalidParameterValue", authorize, ingress{GroupId: group, IpPermissions: []types.IpPermission{permission("http", 1, 1, "10.0.0.0/8")}}),
		"a network that is none":       refuse("InvalidParameterValue", authorize, ingress{GroupId: group, IpPermissions: []types.IpPermission{permission("tcp", 1, 1, "10.0.0.0/33")}}),
		"an IPv6 network as IPv4":      refuse("InvalidParameterValue", authorize, ingress{GroupId: group, IpPermissions: []types.IpPermission{permission("tcp", 1, 1, "::/0")}}),
		"a permission without sources": refuse("InvalidParameterValue", authorize, ingress{GroupId: group, IpPermissions: []types.IpPermission{permission("tcp", 1, 1)}}),
		"a missing prefix list":        refuse("InvalidPrefixListID.NotFound", authorize, ingress{GroupId: group, IpPermissions: []types.IpPermission{{IpProtocol: aws.String("-1"), PrefixListIds: []types.PrefixListId{{PrefixListId: aws.String("pl-00000000")}}}}}),
		"revoking what is not there":   refuse("InvalidPermission.NotFound", revoke, ec2.RevokeSecurityGroupIngressInput{GroupId: group, IpPermissions: []types.IpPermission{permission("tcp", 1, 1, "10.0.0.0/8")}}),
		"revoking a missing id":        refuse("InvalidSecurityGroupRuleId.NotFound", revoke, ec2.RevokeSecurityGroupIngressInput{GroupId: group, SecurityGroupRuleIds: []string{"sgr-00000000"}}),
		"deleting the default group":   refuse("CannotDelete", remove, ec2.DeleteSecurityGroupInput{GroupId: aws.String(vpcGroup)}),
		"deleting what is in use":      refuse("DependencyViolation", remove, ec2.DeleteSecurityGroupInput{GroupId: group}),
		"deleting a missing group":     refuse("InvalidGroup.NotFound", remove, ec2.DeleteSecurityGroupInput{GroupId: aws.String("sg-00000000")}),
		"describing a missing group":   refuse("InvalidGroup.NotFound", describe, ec2.DescribeSecurityGroupsInput{GroupIds: []string{nodeGroup, "sg-00000000"}}),
		"an unknown filter":            refuse("InvalidParameterValue", describe, ec2.DescribeSecurityGroupsInput{Filters: []types.Filter{filter("colour", "red")}}),
		"201 filter values":            refuse("FilterLimitExceeded", describe, ec2.DescribeSecurityGroupsInput{Filters: []types.Filter{filter("group-id", make([]string, 201)...)}}),
		"pages of four":                refuse("InvalidParameterValue", describe, ec2.DescribeSecurityGroupsInput{MaxResults: aws.Int32(4)}),
		"a token that is none":         refuse("InvalidPaginationToken", describe, ec2.DescribeSecurityGroupsInput{NextToken: aws.String("x")}),
	})
}

func TestAGroupThatAnotherOneNamesCannotBeDeleted(t *testing.T) {
	b := newBench(t)
	id := call(b, b.CreateSecurityGroup, ec2.CreateSecurityGroupInput{GroupName: aws.String("lb"), Description: aws.String("lb"), VpcId: aws.String(testVPC)}).GroupId
	call(b, b.AuthorizeSecurityGroupIngress, ec2.AuthorizeSecurityGroupIngressInput{GroupId: id, IpPermissions: []types.IpPermission{fromGroup(*id)}})
	call(b, b.AuthorizeSecurityGroupIngress, ec2.AuthorizeSecurityGroupIngressInput{GroupId: aws.String(nodeGroup), IpPermissions: []types.IpPermission{fromGroup(*id)}})
	if _, err := b.DeleteSecurityGroup(t.Context(), &ec2.DeleteSecurityGroupInput{GroupId: id}); codeOf(err) != "DependencyViolation" {
		t.Errorf("deleted although the nodes' group names it: %v", err)
	}
	call(b, b.RevokeSecurityGroupIngress, ec2.RevokeSecurityGroupIngressInput{GroupId: aws.String(nodeGroup), IpPermissions: []types.IpPermission{fromGroup(*id)}})
	if _, err := b.world.AddInterface(world.Interface{Subnet: publicA, SecurityGroups: []string{*id}, Description: "ELB app/web/1", Requester: "amazon-elb"}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.DeleteSecurityGroup(t.Context(), &ec2.DeleteSecurityGroupInput{GroupId: id}); codeOf(err) != "DependencyViolation" {
		t.Errorf("deleted although a load balancer carries it: %v", err)
	}
	b.world.RemoveInterfaces("ELB app/web/1")
	call(b, b.DeleteSecurityGroup, ec2.DeleteSecurityGroupInput{GroupId: id}) // its rule from itself does not keep it
}

func TestPrefixListsCountAsManyRulesAsTheySay(t *testing.T) {
	b := newBench(t)
	id := call(b, b.CreateSecurityGroup, ec2.CreateSecurityGroupInput{GroupName: aws.String("cf"), Description: aws.String("cf"), VpcId: aws.String(testVPC)}).GroupId
	list := types.IpPermission{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(80), ToPort: aws.Int32(80), PrefixListIds: []types.PrefixListId{{PrefixListId: aws.String("pl-22a6434b")}}}
	call(b, b.AuthorizeSecurityGroupIngress, ec2.AuthorizeSecurityGroupIngressInput{GroupId: id, IpPermissions: []types.IpPermission{list}})
	call(b, b.AuthorizeSecurityGroupIngress, ec2.AuthorizeSecurityGroupIngressInput{GroupId: id, IpPermissions: []types.IpPermission{
		permission("tcp", 80, 80, "10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24", "10.0.4.0/24"),
	}})
	_, err := b.AuthorizeSecurityGroupIngress(t.Context(), &ec2.AuthorizeSecurityGroupIngressInput{GroupId: id, IpPermissions: []types.IpPermission{permission("tcp", 80, 80, "10.0.5.0/24")}})
	if codeOf(err) != "RulesPerSecurityGroupLimitExceeded" {
		t.Errorf("a sixty-first rule: %v", err)
	}
}

func TestRulesOfOnePortRangeAreShownTogetherInTheirOrder(t *testing.T) {
	b := newBench(t)
	id := call(b, b.CreateSecurityGroup, ec2.CreateSecurityGroupInput{GroupName: aws.String("x"), Description: aws.String("x"), VpcId: aws.String(testVPC)}).GroupId
	add := func(p types.IpPermission) {
		call(b, b.AuthorizeSecurityGroupIngress, ec2.AuthorizeSecurityGroupIngressInput{GroupId: id, IpPermissions: []types.IpPermission{p}})
	}
	add(permission("TCP", 443, 443, "10.9.1.1/16"))
	add(permission("icmp", 8, -1, "0.0.0.0/0"))
	add(types.IpPermission{IpProtocol: aws.String("-1"), Ipv6Ranges: []types.Ipv6Range{{CidrIpv6: aws.String("::/0"), Description: aws.String("all")}}})
	add(permission("tcp", 443, 443, "10.8.0.0/16"))
	got := call(b, b.DescribeSecurityGroups, ec2.DescribeSecurityGroupsInput{GroupIds: []string{*id}}).SecurityGroups[0].IpPermissions
	if len(got) != 3 {
		t.Fatalf("%d permissions", len(got))
	}
	if p := got[0]; *p.IpProtocol != "tcp" || *p.FromPort != 443 || len(p.IpRanges) != 2 || *p.IpRanges[0].CidrIp != "10.9.0.0/16" || *p.IpRanges[1].CidrIp != "10.8.0.0/16" {
		t.Errorf("first %+v", p)
	}
	if p := got[1]; *p.FromPort != 8 || *p.ToPort != -1 {
		t.Errorf("second %+v", p)
	}
	if p := got[2]; p.FromPort != nil || *p.Ipv6Ranges[0].Description != "all" || p.IpRanges == nil {
		t.Errorf("third %+v", p)
	}
}

func TestNetworksAreRefusedWithTheCodesOfEC2(t *testing.T) {
	vpc := func(b *bench) func(context.Context, *ec2.CreateVpcInput) (*ec2.CreateVpcOutput, error) {
		return b.CreateVpc
	}
	deleteVPC := func(b *bench) func(context.Context, *ec2.DeleteVpcInput) (*ec2.DeleteVpcOutput, error) {
		return b.DeleteVpc
	}
	subnet := func(b *bench) func(context.Context, *ec2.CreateSubnetInput) (*ec2.CreateSubnetOutput, error) {
		return b.CreateSubnet
	}
	deleteSubnet := func(b *bench) func(context.Context, *ec2.DeleteSubnetInput) (*ec2.DeleteSubnetOutput, error) {
		return b.DeleteSubnet
	}
	attach := func(b *bench) func(context.Context, *ec2.AttachInternetGatewayInput) (*ec2.AttachInternetGatewayOutput, error) {
		return b.AttachInternetGateway
	}
	deleteIGW := func(b *bench) func(context.Context, *ec2.DeleteInternetGatewayInput) (*ec2.DeleteInternetGatewayOutput, error) {
		return b.DeleteInternetGateway
	}
	detachIGW := func(b *bench) func(context.Context, *ec2.DetachInternetGatewayInput) (*ec2.DetachInternetGatewayOutput, error) {
		return b.DetachInternetGateway
	}
	route := func(b *bench) func(context.Context, *ec2.CreateRouteInput) (*ec2.CreateRouteOutput, error) {
		return b.CreateRoute
	}
	deleteTable := func(b *bench) func(context.Context, *ec2.DeleteRouteTableInput) (*ec2.DeleteRouteTableOutput, error) {
		return b.DeleteRouteTable
	}
	associate := func(b *bench) func(context.Context, *ec2.AssociateRouteTableInput) (*ec2.AssociateRouteTableOutput, error) {
		return b.AssociateRouteTable
	}
	disassociate := func(b *bench) func(context.Context, *ec2.DisassociateRouteTableInput) (*ec2.DisassociateRouteTableOutput, error) {
		return b.DisassociateRouteTable
	}
	deleteRoute := func(b *bench) func(context.Context, *ec2.DeleteRouteInput) (*ec2.DeleteRouteOutput, error) {
		return b.DeleteRoute
	}
	attribute := func(b *bench) func(context.Context, *ec2.ModifyVpcAttributeInput) (*ec2.ModifyVpcAttributeOutput, error) {
		return b.ModifyVpcAttribute
	}
	id, igw, public, main := aws.String(testVPC), aws.String("igw-0a00000000000001a"), aws.String("rtb-0a00000000000001a"), aws.String("rtb-0a00000000000002a")
	on := &types.AttributeBooleanValue{Value: aws.Bool(true)}
	checkRefusals(t, nil, map[string]refusal{
		"a VPC that is too large":       refuse("InvalidVpc.Range", vpc, ec2.CreateVpcInput{CidrBlock: aws.String("10.0.0.0/8")}),
		"a VPC without network":         refuse("MissingParameter", vpc, ec2.CreateVpcInput{}),
		"a VPC of nonsense":             refuse("InvalidParameterValue", vpc, ec2.CreateVpcInput{CidrBlock: aws.String("ten")}),
		"a VPC with subnets":            refuse("DependencyViolation", deleteVPC, ec2.DeleteVpcInput{VpcId: id}),
		"no such VPC":                   refuse("InvalidVpcID.NotFound", deleteVPC, ec2.DeleteVpcInput{VpcId: aws.String("vpc-00000000")}),
		"two attributes at once":        refuse("InvalidParameterCombination", attribute, ec2.ModifyVpcAttributeInput{VpcId: id, EnableDnsSupport: on, EnableDnsHostnames: on}),
		"a subnet elsewhere":            refuse("InvalidSubnet.Range", subnet, ec2.CreateSubnetInput{VpcId: id, CidrBlock: aws.String("10.43.0.0/24")}),
		"a subnet that is too small":    refuse("InvalidSubnet.Range", subnet, ec2.CreateSubnetInput{VpcId: id, CidrBlock: aws.String("10.42.240.0/29")}),
		"a subnet that overlaps":        refuse("InvalidSubnet.Conflict", subnet, ec2.CreateSubnetInput{VpcId: id, CidrBlock: aws.String("10.42.1.0/24")}),
		"a zone that is not there":      refuse("InvalidParameterValue", subnet, ec2.CreateSubnetInput{VpcId: id, CidrBlock: aws.String("10.42.240.0/24"), AvailabilityZone: aws.String("ap-northeast-2d")}),
		"a subnet with nodes":           refuse("DependencyViolation", deleteSubnet, ec2.DeleteSubnetInput{SubnetId: aws.String(privateA)}),
		"no such subnet":                refuse("InvalidSubnetID.NotFound", deleteSubnet, ec2.DeleteSubnetInput{SubnetId: aws.String("subnet-00000000")}),
		"attaching twice":               refuse("Resource.AlreadyAssociated", attach, ec2.AttachInternetGatewayInput{InternetGatewayId: igw, VpcId: id}),
		"no such gateway":               refuse("InvalidInternetGatewayID.NotFound", attach, ec2.AttachInternetGatewayInput{InternetGatewayId: aws.String("igw-00000000"), VpcId: id}),
		"an attached gateway":           refuse("DependencyViolation", deleteIGW, ec2.DeleteInternetGatewayInput{InternetGatewayId: igw}),
		"detaching from a missing VPC":  refuse("InvalidVpcID.NotFound", detachIGW, ec2.DetachInternetGatewayInput{InternetGatewayId: igw, VpcId: aws.String("vpc-00000000")}),
		"a route that is there":         refuse("RouteAlreadyExists", route, ec2.CreateRouteInput{RouteTableId: public, DestinationCidrBlock: aws.String("0.0.0.0/0"), GatewayId: igw}),
		"a route in place of local":     refuse("RouteAlreadyExists", route, ec2.CreateRouteInput{RouteTableId: public, DestinationCidrBlock: aws.String("10.42.0.0/16"), GatewayId: igw}),
		"a route to a missing gateway":  refuse("InvalidGatewayID.NotFound", route, ec2.CreateRouteInput{RouteTableId: main, DestinationCidrBlock: aws.String("0.0.0.0/0"), GatewayId: aws.String("igw-00000000")}),
		"a route of a missing table":    refuse("InvalidRouteTableID.NotFound", route, ec2.CreateRouteInput{RouteTableId: aws.String("rtb-00000000"), DestinationCidrBlock: aws.String("0.0.0.0/0"), GatewayId: igw}),
		"a route without destination":   refuse("MissingParameter", route, ec2.CreateRouteInput{RouteTableId: main, GatewayId: igw}),
		"deleting a missing route":      refuse("InvalidRoute.NotFound", deleteRoute, ec2.DeleteRouteInput{RouteTableId: main, DestinationCidrBlock: aws.String("0.0.0.0/0")}),
		"deleting the local route":      refuse("InvalidParameterValue", deleteRoute, ec2.DeleteRouteInput{RouteTableId: main, DestinationCidrBlock: aws.String("10.42.0.0/16")}),
		"deleting the main table":       refuse("DependencyViolation", deleteTable, ec2.DeleteRouteTableInput{RouteTableId: main}),
		"deleting a table in use":       refuse("DependencyViolation", deleteTable, ec2.DeleteRouteTableInput{RouteTableId: public}),
		"a subnet that has a table":     refuse("Resource.AlreadyAssociated", associate, ec2.AssociateRouteTableInput{RouteTableId: main, SubnetId: aws.String(publicA)}),
		"disassociating a missing id":   refuse("InvalidAssociationID.NotFound", disassociate, ec2.DisassociateRouteTableInput{AssociationId: aws.String("rtbassoc-0")}),
		"disassociating the main table": refuse("InvalidParameterValue", disassociate, ec2.DisassociateRouteTableInput{AssociationId: aws.String(associationID(*main, asMain))}),
		"IPv6 addresses without a prefix": refuse("InvalidParameterValue", func(b *bench) func(context.Context, *ec2.ModifySubnetAttributeInput) (*ec2.ModifySubnetAttributeOutput, error) {
			return b.ModifySubnetAttribute
		}, ec2.ModifySubnetAttributeInput{SubnetId: aws.String(publicA), AssignIpv6AddressOnCreation: on}),
	})
}

func TestTagsAreRefusedWithTheCodesOfEC2(t *testing.T) {
	create := func(b *bench) func(context.Context, *ec2.CreateTagsInput) (*ec2.CreateTagsOutput, error) {
		return b.CreateTags
	}
	tag := func(k, v string) []types.Tag { return []types.Tag{{Key: &k, Value: &v}} }
	var many []types.Tag
	for i := range 49 {
		many = append(many, tag(fmt.Sprintf("k%02d", i), "v")...)
	}
	checkRefusals(t, nil, map[string]refusal{
		"no resource":            refuse("MissingParameter", create, ec2.CreateTagsInput{Tags: tag("a", "b")}),
		"no tags":                refuse("MissingParameter", create, ec2.CreateTagsInput{Resources: []string{testVPC}}),
		"a resource of no kind":  refuse("InvalidID", create, ec2.CreateTagsInput{Resources: []string{"x"}, Tags: tag("a", "b")}),
		"one missing resource":   refuse("InvalidSubnetID.NotFound", create, ec2.CreateTagsInput{Resources: []string{testVPC, "subnet-00000000"}, Tags: tag("a", "b")}),
		"a reserved key":         refuse("InvalidParameterValue", create, ec2.CreateTagsInput{Resources: []string{testVPC}, Tags: tag("aws:x", "b")}),
		"a key that is too long": refuse("InvalidParameterValue", create, ec2.CreateTagsInput{Resources: []string{testVPC}, Tags: tag(string(make([]byte, 129)), "b")}),
		"more than fifty":        refuse("TagLimitExceeded", create, ec2.CreateTagsInput{Resources: []string{testVPC}, Tags: many}),
	})
}

func TestInstancesAreRefusedWithTheCodesOfEC2(t *testing.T) {
	run := func(b *bench) func(context.Context, *ec2.RunInstancesInput) (*ec2.RunInstancesOutput, error) {
		return b.RunInstances
	}
	in := func(change func(*ec2.RunInstancesInput)) ec2.RunInstancesInput {
		x := ec2.RunInstancesInput{ImageId: aws.String("ami-1"), MinCount: aws.Int32(1), MaxCount: aws.Int32(1), SubnetId: aws.String(privateA)}
		change(&x)
		return x
	}
	checkRefusals(t, nil, map[string]refusal{
		"no image":          refuse("MissingParameter", run, in(func(x *ec2.RunInstancesInput) { x.ImageId = nil })),
		"none at all":       refuse("InvalidParameterValue", run, in(func(x *ec2.RunInstancesInput) { x.MinCount = aws.Int32(0) })),
		"no default subnet": refuse("MissingInput", run, in(func(x *ec2.RunInstancesInput) { x.SubnetId = nil })),
		"a missing subnet":  refuse("InvalidSubnetID.NotFound", run, in(func(x *ec2.RunInstancesInput) { x.SubnetId = aws.String("subnet-00000000") })),
		"a missing group":   refuse("InvalidGroup.NotFound", run, in(func(x *ec2.RunInstancesInput) { x.SecurityGroupIds = []string{"sg-00000000"} })),
		"an address in use": refuse("InvalidIPAddress.InUse", run, in(func(x *ec2.RunInstancesInput) { x.PrivateIpAddress = aws.String("10.42.64.10") })),
		"an address beyond": refuse("InvalidParameterValue", run, in(func(x *ec2.RunInstancesInput) { x.PrivateIpAddress = aws.String("10.42.0.10") })),
		"too many":          refuse("InstanceLimitExceeded", run, in(func(x *ec2.RunInstancesInput) { x.MinCount, x.MaxCount = aws.Int32(19), aws.Int32(19) })),
		"a missing instance": refuse("InvalidInstanceID.NotFound", func(b *bench) func(context.Context, *ec2.TerminateInstancesInput) (*ec2.TerminateInstancesOutput, error) {
			return b.TerminateInstances
		}, ec2.TerminateInstancesInput{InstanceIds: []string{nodeA, "i-00000000"}}),
	})
}

func TestInterfacesAreFoundByTheAddressesOfPods(t *testing.T) {
	b := newBench(t)
	eni, _ := b.world.InterfaceOf(nodeA)
	if err := b.world.AssignAddresses(eni.ID, netip.MustParseAddr("10.42.64.32"), netip.MustParseAddr("10.42.64.33")); err != nil {
		t.Fatal(err)
	}
	out := call(b, b.DescribeNetworkInterfaces, ec2.DescribeNetworkInterfacesInput{Filters: []types.Filter{
		filter("vpc-id", testVPC), filter("addresses.private-ip-address", "10.42.64.33", "10.42.99.99"),
	}}).NetworkInterfaces
	if len(out) != 1 || *out[0].NetworkInterfaceId != eni.ID || len(out[0].PrivateIpAddresses) != 3 || *out[0].Groups[0].GroupId != nodeGroup || *out[0].Attachment.InstanceId != nodeA {
		t.Errorf("interfaces %+v", out)
	}
	if !*out[0].PrivateIpAddresses[0].Primary || *out[0].PrivateIpAddresses[1].Primary {
		t.Error("the first address alone is the primary one")
	}
}
