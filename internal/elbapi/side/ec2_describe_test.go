package side

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
)

func subnetIDs(out *ec2.DescribeSubnetsOutput) []string {
	return shown(out.Subnets, func(s types.Subnet) string { return *s.SubnetId })
}

func TestAControllerFindsItsSubnetsByRoleTagAndByReachability(t *testing.T) {
	b := newBench(t)
	public := []string{"subnet-0a00000000000001a", "subnet-0a00000000000001b", "subnet-0a00000000000001c"}
	private := []string{"subnet-0a00000000000002a", "subnet-0a00000000000002b", "subnet-0a00000000000002c"}
	for name, c := range map[string]struct {
		filters []types.Filter
		want    []string
	}{
		"role tag":            {[]types.Filter{filter("vpc-id", testVPC), filter("tag:kubernetes.io/role/elb", "", "1")}, public},
		"internal role":       {[]types.Filter{filter("tag-key", "kubernetes.io/role/internal-elb")}, private},
		"name with a star":    {[]types.Filter{filter("tag:Name", "private-*")}, private},
		"zone":                {[]types.Filter{filter("availability-zone", "ap-northeast-2b")}, []string{public[1], private[1]}},
		"two names":           {[]types.Filter{filter("tag:Name", "public-a", "private-c")}, []string{public[0], private[2]}},
		"nothing of the kind": {[]types.Filter{filter("tag:Name", "public")}, []string{}},
		"all":                 {nil, slices.Concat(public, private)},
	} {
		if got := subnetIDs(call(b, b.DescribeSubnets, ec2.DescribeSubnetsInput{Filters: c.filters})); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	var reach []string
	for _, t := range call(b, b.DescribeRouteTables, ec2.DescribeRouteTablesInput{Filters: []types.Filter{filter("vpc-id", testVPC)}}).RouteTables {
		if slices.ContainsFunc(t.Routes, func(r types.Route) bool { return r.GatewayId != nil && *r.GatewayId == "igw-0a00000000000001a" }) {
			for _, a := range t.Associations {
				reach = append(reach, *a.SubnetId)
			}
		}
	}
	if !slices.Equal(reach, public) {
		t.Errorf("subnets that reach the internet: %v", reach)
	}
}

func TestListsCanBeReadPageByPage(t *testing.T) {
	b := newBench(t)
	var got []string
	var token *string
	for pages := 1; ; pages++ {
		out := call(b, b.DescribeSubnets, ec2.DescribeSubnetsInput{MaxResults: aws.Int32(5), NextToken: token})
		got = append(got, subnetIDs(out)...)
		if token = out.NextToken; token == nil {
			if pages != 2 {
				t.Errorf("%d pages", pages)
			}
			break
		}
	}
	if len(got) != 6 {
		t.Errorf("subnets %v", got)
	}
}

func TestTagsOfEC2CanBeAddedListedAndRemoved(t *testing.T) {
	b := newBench(t)
	rule := *call(b, b.DescribeSecurityGroupRules, ec2.DescribeSecurityGroupRulesInput{Filters: []types.Filter{filter("group-id", nodeGroup)}}).SecurityGroupRules[0].SecurityGroupRuleId
	tags := []types.Tag{{Key: aws.String("a"), Value: aws.String("1")}, {Key: aws.String("b"), Value: aws.String("")}}
	call(b, b.CreateTags, ec2.CreateTagsInput{Resources: []string{testVPC, rule}, Tags: tags})
	got := call(b, b.DescribeTags, ec2.DescribeTagsInput{Filters: []types.Filter{filter("resource-id", testVPC, rule), filter("key", "a", "b")}}).Tags
	if len(got) != 4 || got[0].ResourceType != types.ResourceTypeSecurityGroupRule {
		t.Errorf("tags %+v", got)
	}
	call(b, b.DeleteTags, ec2.DeleteTagsInput{Resources: []string{testVPC}, Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("other")}, {Key: aws.String("b")}}})
	got = call(b, b.DescribeTags, ec2.DescribeTagsInput{Filters: []types.Filter{filter("resource-id", testVPC), filter("key", "a", "b")}}).Tags
	if len(got) != 1 || *got[0].Key != "a" {
		t.Errorf("a tag with another value was removed, or one without was not: %+v", got)
	}
	call(b, b.DeleteTags, ec2.DeleteTagsInput{Resources: []string{testVPC}})
	if got = call(b, b.DescribeTags, ec2.DescribeTagsInput{Filters: []types.Filter{filter("resource-id", testVPC)}}).Tags; len(got) != 0 {
		t.Errorf("tags %+v", got)
	}
}

func TestInstancesComeAndGoWithTheirInterfaces(t *testing.T) {
	b := newBench(t)
	free := func() int32 {
		return *call(b, b.DescribeSubnets, ec2.DescribeSubnetsInput{SubnetIds: []string{privateA}}).Subnets[0].AvailableIpAddressCount
	}
	before := free()
	run := call(b, b.RunInstances, ec2.RunInstancesInput{
		ImageId: aws.String("ami-1"), MinCount: aws.Int32(1), MaxCount: aws.Int32(2), SubnetId: aws.String(privateA), InstanceType: types.InstanceTypeT3Large,
		SecurityGroupIds: []string{nodeGroup}, TagSpecifications: tagged(types.ResourceTypeInstance, "more"),
	})
	if len(run.Instances) != 2 || run.Instances[0].State.Name != types.InstanceStateNamePending || free() != before-2 {
		t.Fatalf("%d instances, %d addresses less", len(run.Instances), before-free())
	}
	id := *run.Instances[0].InstanceId
	found := call(b, b.DescribeInstances, ec2.DescribeInstancesInput{Filters: []types.Filter{filter("tag:Name", "more"), filter("instance-state-name", "running")}})
	if len(found.Reservations) != 2 || found.Reservations[0].Instances[0].InstanceType != types.InstanceTypeT3Large || len(found.Reservations[0].Instances[0].NetworkInterfaces) != 1 {
		t.Errorf("found %+v", found.Reservations)
	}
	call(b, b.TerminateInstances, ec2.TerminateInstancesInput{InstanceIds: []string{id, *run.Instances[1].InstanceId}})
	if free() != before {
		t.Errorf("%d addresses are not given back", before-free())
	}
	describe := func() []types.Reservation {
		out, err := b.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{InstanceIds: []string{id}})
		if err != nil && codeOf(err) != "InvalidInstanceID.NotFound" || err == nil && len(out.Reservations) != 1 {
			t.Fatalf("%v %v", out, err)
		}
		if err != nil {
			return nil
		}
		return out.Reservations
	}
	if got := describe(); got == nil || got[0].Instances[0].State.Name != types.InstanceStateNameTerminated {
		t.Errorf("shortly after its end: %+v", got)
	}
	b.now = b.now.Add(2 * time.Hour)
	if got := describe(); got != nil {
		t.Errorf("long after its end: %+v", got)
	}
}

func TestNodesHaveTheNamesAndZonesThatKubernetesExpects(t *testing.T) {
	b := newBench(t)
	i := call(b, b.DescribeInstances, ec2.DescribeInstancesInput{InstanceIds: []string{nodeA}}).Reservations[0].Instances[0]
	if *i.PrivateDnsName != "ip-10-42-64-10.ap-northeast-2.compute.internal" || *i.Placement.AvailabilityZone != "ap-northeast-2a" || *i.VpcId != testVPC {
		t.Errorf("%s in %s", *i.PrivateDnsName, *i.Placement.AvailabilityZone)
	}
}

func TestWhatTheWorldHasNoneOfIsListedEmpty(t *testing.T) {
	b := newBench(t)
	if out := call(b, b.DescribeAddresses, ec2.DescribeAddressesInput{}); out.Addresses == nil {
		t.Error("an empty list is written as one")
	}
	if out := call(b, b.DescribeCoipPools, ec2.DescribeCoipPoolsInput{}); out.CoipPools == nil {
		t.Error("an empty list is written as one")
	}
	if _, err := b.GetCoipPoolUsage(t.Context(), &ec2.GetCoipPoolUsageInput{PoolId: aws.String("ipv4pool-coip-1")}); codeOf(err) != "InvalidPoolID.NotFound" {
		t.Errorf("got %v", err)
	}
	if _, err := b.DescribeAddresses(t.Context(), &ec2.DescribeAddressesInput{AllocationIds: []string{"eipalloc-1"}}); codeOf(err) != "InvalidAllocationID.NotFound" {
		t.Errorf("got %v", err)
	}
	if out := call(b, b.DescribeAccountAttributes, ec2.DescribeAccountAttributesInput{AttributeNames: []types.AccountAttributeName{"default-vpc"}}); len(out.AccountAttributes) != 1 || *out.AccountAttributes[0].AttributeValues[0].AttributeValue != "none" {
		t.Errorf("attributes %+v", out.AccountAttributes)
	}
	if out := call(b, b.GetSecurityGroupsForVpc, ec2.GetSecurityGroupsForVpcInput{VpcId: aws.String(testVPC)}); len(out.SecurityGroupForVpcs) != 2 {
		t.Errorf("groups %+v", out.SecurityGroupForVpcs)
	}
	lists := call(b, b.DescribeManagedPrefixLists, ec2.DescribeManagedPrefixListsInput{Filters: []types.Filter{filter("prefix-list-name", "*cloudfront*")}}).PrefixLists
	if len(lists) != 1 || *lists[0].PrefixListId != "pl-22a6434b" || *lists[0].OwnerId != "AWS" {
		t.Errorf("prefix lists %+v", lists)
	}
}

func TestARouteThroughADetachedGatewayIsABlackhole(t *testing.T) {
	b := newBench(t)
	call(b, b.DetachInternetGateway, ec2.DetachInternetGatewayInput{InternetGatewayId: aws.String("igw-0a00000000000001a"), VpcId: aws.String(testVPC)})
	got := call(b, b.DescribeRouteTables, ec2.DescribeRouteTablesInput{Filters: []types.Filter{filter("route.state", "blackhole")}}).RouteTables
	if len(got) != 1 || *got[0].RouteTableId != "rtb-0a00000000000001a" {
		t.Errorf("route tables %+v", got)
	}
}

func TestAVPCWithIPv6HasItInItsSubnetsAndGroups(t *testing.T) {
	b := newBench(t)
	v := call(b, b.CreateVpc, ec2.CreateVpcInput{CidrBlock: aws.String("10.9.0.0/16"), AmazonProvidedIpv6CidrBlock: aws.Bool(true)}).Vpc
	block := *v.Ipv6CidrBlockAssociationSet[0].Ipv6CidrBlock
	if !strings.HasSuffix(block, "::/56") {
		t.Fatalf("block %s", block)
	}
	in := ec2.CreateSubnetInput{VpcId: v.VpcId, CidrBlock: aws.String("10.9.0.0/24"), Ipv6CidrBlock: aws.String(strings.Replace(block, "/56", "/64", 1))}
	x := call(b, b.CreateSubnet, in).Subnet
	if *x.Ipv6CidrBlockAssociationSet[0].Ipv6CidrBlock != *in.Ipv6CidrBlock {
		t.Errorf("subnet %+v", x)
	}
	in.CidrBlock = aws.String("10.9.1.0/24")
	if _, err := b.CreateSubnet(t.Context(), &in); codeOf(err) != "InvalidSubnet.Conflict" {
		t.Errorf("the same IPv6 block twice: %v", err)
	}
	g := call(b, b.CreateSecurityGroup, ec2.CreateSecurityGroupInput{GroupName: aws.String("six"), Description: aws.String("six"), VpcId: v.VpcId}).GroupId
	out := call(b, b.DescribeSecurityGroups, ec2.DescribeSecurityGroupsInput{GroupIds: []string{*g}}).SecurityGroups[0].IpPermissionsEgress
	if len(out) != 1 || len(out[0].IpRanges) != 1 || *out[0].Ipv6Ranges[0].CidrIpv6 != "::/0" {
		t.Errorf("egress %+v", out)
	}
	call(b, b.ModifySubnetAttribute, ec2.ModifySubnetAttributeInput{SubnetId: x.SubnetId, AssignIpv6AddressOnCreation: &types.AttributeBooleanValue{Value: aws.Bool(true)}})
}
