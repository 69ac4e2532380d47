package side

import (
	"bytes"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func tagged(kind types.ResourceType, name string) []types.TagSpecification {
	return []types.TagSpecification{{ResourceType: kind, Tags: []types.Tag{{Key: aws.String("Name"), Value: aws.String(name)}}}}
}

// What terraform's AWS provider does for a VPC with two subnets, a gateway and a security group, in its order, and then for
// destroying them.
func TestATerraformApplyAndDestroyLeavesTheWorldAsItWas(t *testing.T) {
	b := newBench(t)
	before := b.snapshot()

	vpc := *call(b, b.CreateVpc, ec2.CreateVpcInput{CidrBlock: aws.String("10.99.0.0/16"), TagSpecifications: tagged(types.ResourceTypeVpc, "tf")}).Vpc.VpcId
	v := call(b, b.DescribeVpcs, ec2.DescribeVpcsInput{VpcIds: []string{vpc}}).Vpcs[0]
	if v.State != types.VpcStateAvailable || *v.CidrBlockAssociationSet[0].CidrBlock != "10.99.0.0/16" || *v.Tags[0].Value != "tf" {
		t.Errorf("VPC %+v", v)
	}
	call(b, b.ModifyVpcAttribute, ec2.ModifyVpcAttributeInput{VpcId: &vpc, EnableDnsHostnames: &types.AttributeBooleanValue{Value: aws.Bool(true)}})
	for attribute, want := range map[types.VpcAttributeName]bool{
		types.VpcAttributeNameEnableDnsHostnames: true, types.VpcAttributeNameEnableDnsSupport: true, types.VpcAttributeNameEnableNetworkAddressUsageMetrics: false,
	} {
		out := call(b, b.DescribeVpcAttribute, ec2.DescribeVpcAttributeInput{VpcId: &vpc, Attribute: attribute})
		for _, got := range []*types.AttributeBooleanValue{out.EnableDnsHostnames, out.EnableDnsSupport, out.EnableNetworkAddressUsageMetrics} {
			if got != nil && *got.Value != want {
				t.Errorf("%s is %v", attribute, *got.Value)
			}
		}
	}
	inVPC := filter("vpc-id", vpc)
	if n := len(call(b, b.DescribeRouteTables, ec2.DescribeRouteTablesInput{Filters: []types.Filter{filter("association.main", "true"), inVPC}}).RouteTables); n != 1 {
		t.Errorf("%d main route tables", n)
	}
	if n := len(call(b, b.DescribeNetworkAcls, ec2.DescribeNetworkAclsInput{Filters: []types.Filter{filter("default", "true"), inVPC}}).NetworkAcls); n != 1 {
		t.Errorf("%d default network ACLs", n)
	}
	if n := len(call(b, b.DescribeSecurityGroups, ec2.DescribeSecurityGroupsInput{Filters: []types.Filter{filter("group-name", "default"), inVPC}}).SecurityGroups); n != 1 {
		t.Errorf("%d default security groups", n)
	}

	var subnets []string
	for i, zone := range call(b, b.DescribeAvailabilityZones, ec2.DescribeAvailabilityZonesInput{}).AvailabilityZones[:2] {
		out := call(b, b.CreateSubnet, ec2.CreateSubnetInput{
			VpcId: &vpc, AvailabilityZone: zone.ZoneName, CidrBlock: aws.String("10.99." + string(rune('0'+i)) + ".0/24"), TagSpecifications: tagged(types.ResourceTypeSubnet, "tf"),
		})
		subnets = append(subnets, *out.Subnet.SubnetId)
		call(b, b.ModifySubnetAttribute, ec2.ModifySubnetAttributeInput{SubnetId: out.Subnet.SubnetId, MapPublicIpOnLaunch: &types.AttributeBooleanValue{Value: aws.Bool(true)}})
	}
	x := call(b, b.DescribeSubnets, ec2.DescribeSubnetsInput{SubnetIds: subnets[:1]}).Subnets[0]
	if *x.AvailableIpAddressCount != 251 || !*x.MapPublicIpOnLaunch || *x.AvailabilityZoneId != "apne2-az1" {
		t.Errorf("subnet %+v", x)
	}

	igw := *call(b, b.CreateInternetGateway, ec2.CreateInternetGatewayInput{TagSpecifications: tagged(types.ResourceTypeInternetGateway, "tf")}).InternetGateway.InternetGatewayId
	call(b, b.AttachInternetGateway, ec2.AttachInternetGatewayInput{InternetGatewayId: &igw, VpcId: &vpc})
	if g := call(b, b.DescribeInternetGateways, ec2.DescribeInternetGatewaysInput{InternetGatewayIds: []string{igw}}).InternetGateways[0]; *g.Attachments[0].VpcId != vpc {
		t.Errorf("gateway %+v", g)
	}
	table := *call(b, b.CreateRouteTable, ec2.CreateRouteTableInput{VpcId: &vpc}).RouteTable.RouteTableId
	call(b, b.CreateRoute, ec2.CreateRouteInput{RouteTableId: &table, DestinationCidrBlock: aws.String("0.0.0.0/0"), GatewayId: &igw})
	association := call(b, b.AssociateRouteTable, ec2.AssociateRouteTableInput{RouteTableId: &table, SubnetId: &subnets[0]}).AssociationId
	out := call(b, b.DescribeRouteTables, ec2.DescribeRouteTablesInput{Filters: []types.Filter{filter("association.subnet-id", subnets[0])}})
	if len(out.RouteTables) != 1 || len(out.RouteTables[0].Routes) != 2 || *out.RouteTables[0].Routes[1].GatewayId != igw {
		t.Errorf("route tables %+v", out.RouteTables)
	}

	group := call(b, b.CreateSecurityGroup, ec2.CreateSecurityGroupInput{
		GroupName: aws.String("tf"), Description: aws.String("Managed by Terraform"), VpcId: &vpc, TagSpecifications: tagged(types.ResourceTypeSecurityGroup, "tf"),
	}).GroupId
	open := types.IpPermission{IpProtocol: aws.String("-1"), IpRanges: []types.IpRange{{CidrIp: aws.String("0.0.0.0/0")}}}
	call(b, b.RevokeSecurityGroupEgress, ec2.RevokeSecurityGroupEgressInput{GroupId: group, IpPermissions: []types.IpPermission{open}})
	http := types.IpPermission{IpProtocol: aws.String("tcp"), FromPort: aws.Int32(80), ToPort: aws.Int32(80), IpRanges: []types.IpRange{{CidrIp: aws.String("0.0.0.0/0")}}}
	made := call(b, b.AuthorizeSecurityGroupIngress, ec2.AuthorizeSecurityGroupIngressInput{GroupId: group, IpPermissions: []types.IpPermission{http}}).SecurityGroupRules
	call(b, b.AuthorizeSecurityGroupEgress, ec2.AuthorizeSecurityGroupEgressInput{GroupId: group, IpPermissions: []types.IpPermission{open}})
	rules := call(b, b.DescribeSecurityGroupRules, ec2.DescribeSecurityGroupRulesInput{Filters: []types.Filter{filter("group-id", *group)}}).SecurityGroupRules
	if len(rules) != 2 {
		t.Errorf("%d rules", len(rules))
	}

	call(b, b.RevokeSecurityGroupIngress, ec2.RevokeSecurityGroupIngressInput{GroupId: group, SecurityGroupRuleIds: []string{*made[0].SecurityGroupRuleId}})
	if n := len(call(b, b.DescribeNetworkInterfaces, ec2.DescribeNetworkInterfacesInput{Filters: []types.Filter{filter("group-id", *group)}}).NetworkInterfaces); n != 0 {
		t.Errorf("%d interfaces carry the group", n)
	}
	call(b, b.DeleteSecurityGroup, ec2.DeleteSecurityGroupInput{GroupId: group})
	call(b, b.DisassociateRouteTable, ec2.DisassociateRouteTableInput{AssociationId: association})
	call(b, b.DeleteRoute, ec2.DeleteRouteInput{RouteTableId: &table, DestinationCidrBlock: aws.String("0.0.0.0/0")})
	call(b, b.DeleteRouteTable, ec2.DeleteRouteTableInput{RouteTableId: &table})
	call(b, b.DetachInternetGateway, ec2.DetachInternetGatewayInput{InternetGatewayId: &igw, VpcId: &vpc})
	call(b, b.DeleteInternetGateway, ec2.DeleteInternetGatewayInput{InternetGatewayId: &igw})
	for i := range subnets {
		call(b, b.DeleteSubnet, ec2.DeleteSubnetInput{SubnetId: &subnets[i]})
	}
	call(b, b.DeleteVpc, ec2.DeleteVpcInput{VpcId: &vpc})
	if _, err := b.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{VpcIds: []string{vpc}}); codeOf(err) != "InvalidVpcID.NotFound" {
		t.Errorf("describing the deleted VPC: %v", err)
	}
	if !bytes.Equal(before, b.snapshot()) {
		t.Errorf("something is left:\n%s", b.snapshot())
	}
}
