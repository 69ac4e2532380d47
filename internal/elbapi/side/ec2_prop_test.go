package side

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"pgregory.net/rapid"

	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

// walker makes calls of EC2 at random, most of them about things that exist.
type walker struct {
	*bench
	r *rapid.T
}

// pick draws an id of a kind, sometimes one that is not there.
func (w walker) pick(prefix string) *string {
	var ids []string
	_ = w.world.View(func(st *world.State) error {
		ids = slices.Concat(slices.Sorted(maps.Keys(st.VPCs)), slices.Sorted(maps.Keys(st.Subnets)), slices.Sorted(maps.Keys(st.RouteTables)),
			slices.Sorted(maps.Keys(st.InternetGateways)), slices.Sorted(maps.Keys(st.SecurityGroups)), slices.Sorted(maps.Keys(st.Instances)))
		return nil
	})
	ids = slices.DeleteFunc(ids, func(id string) bool { return !strings.HasPrefix(id, prefix+"-") })
	return aws.String(rapid.SampledFrom(append(ids, prefix+"-00000000")).Draw(w.r, prefix))
}

func (w walker) cidr(bits int) *string {
	return aws.String(fmt.Sprintf("10.%d.%d.0/%d", rapid.IntRange(42, 44).Draw(w.r, "b"), 16*rapid.IntRange(0, 8).Draw(w.r, "c"), bits))
}

func (w walker) permission() []types.IpPermission {
	if rapid.Bool().Draw(w.r, "from a group") {
		return []types.IpPermission{fromGroup(*w.pick("sg"))}
	}
	port := int32(rapid.IntRange(80, 82).Draw(w.r, "port"))
	return []types.IpPermission{permission("tcp", port, port, "0.0.0.0/0")}
}

// steps are the calls that a walk is made of.
func (w walker) steps() []func(context.Context) error {
	name := func() *string { return aws.String(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(w.r, "name")) }
	return []func(context.Context) error{
		func(c context.Context) error { return drop(w.CreateVpc(c, &ec2.CreateVpcInput{CidrBlock: w.cidr(16)})) },
		func(c context.Context) error { return drop(w.DeleteVpc(c, &ec2.DeleteVpcInput{VpcId: w.pick("vpc")})) },
		func(c context.Context) error {
			return drop(w.CreateSubnet(c, &ec2.CreateSubnetInput{VpcId: w.pick("vpc"), CidrBlock: w.cidr(20)}))
		},
		func(c context.Context) error {
			return drop(w.DeleteSubnet(c, &ec2.DeleteSubnetInput{SubnetId: w.pick("subnet")}))
		},
		func(c context.Context) error {
			return drop(w.CreateInternetGateway(c, &ec2.CreateInternetGatewayInput{}))
		},
		func(c context.Context) error {
			return drop(w.AttachInternetGateway(c, &ec2.AttachInternetGatewayInput{InternetGatewayId: w.pick("igw"), VpcId: w.pick("vpc")}))
		},
		func(c context.Context) error {
			return drop(w.DetachInternetGateway(c, &ec2.DetachInternetGatewayInput{InternetGatewayId: w.pick("igw"), VpcId: w.pick("vpc")}))
		},
		func(c context.Context) error {
			return drop(w.DeleteInternetGateway(c, &ec2.DeleteInternetGatewayInput{InternetGatewayId: w.pick("igw")}))
		},
		func(c context.Context) error {
			return drop(w.CreateRouteTable(c, &ec2.CreateRouteTableInput{VpcId: w.pick("vpc")}))
		},
		func(c context.Context) error {
			return drop(w.DeleteRouteTable(c, &ec2.DeleteRouteTableInput{RouteTableId: w.pick("rtb")}))
		},
		func(c context.Context) error {
			return drop(w.AssociateRouteTable(c, &ec2.AssociateRouteTableInput{RouteTableId: w.pick("rtb"), SubnetId: w.pick("subnet")}))
		},
		func(c context.Context) error {
			return drop(w.CreateRoute(c, &ec2.CreateRouteInput{RouteTableId: w.pick("rtb"), DestinationCidrBlock: aws.String("0.0.0.0/0"), GatewayId: w.pick("igw")}))
		},
		func(c context.Context) error {
			return drop(w.CreateSecurityGroup(c, &ec2.CreateSecurityGroupInput{GroupName: name(), Description: name(), VpcId: w.pick("vpc")}))
		},
		func(c context.Context) error {
			return drop(w.DeleteSecurityGroup(c, &ec2.DeleteSecurityGroupInput{GroupId: w.pick("sg")}))
		},
		func(c context.Context) error {
			return drop(w.AuthorizeSecurityGroupIngress(c, &ec2.AuthorizeSecurityGroupIngressInput{GroupId: w.pick("sg"), IpPermissions: w.permission()}))
		},
		func(c context.Context) error {
			return drop(w.RevokeSecurityGroupIngress(c, &ec2.RevokeSecurityGroupIngressInput{GroupId: w.pick("sg"), IpPermissions: w.permission()}))
		},
		func(c context.Context) error {
			return drop(w.RunInstances(c, &ec2.RunInstancesInput{
				ImageId: aws.String("ami-1"), MinCount: aws.Int32(1), MaxCount: aws.Int32(3), SubnetId: w.pick("subnet"), SecurityGroupIds: []string{*w.pick("sg")},
			}))
		},
		func(c context.Context) error {
			return drop(w.TerminateInstances(c, &ec2.TerminateInstancesInput{InstanceIds: []string{*w.pick("i")}}))
		},
		func(c context.Context) error {
			return drop(w.CreateTags(c, &ec2.CreateTagsInput{Resources: []string{*w.pick("vpc"), *w.pick("sg")}, Tags: []types.Tag{{Key: name(), Value: name()}}}))
		},
	}
}

func drop[T any](_ *T, err error) error { return err }

func TestNoSequenceOfCallsLeavesAWorldThatContradictsItself(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := walker{newBench(t), r}
		steps := w.steps()
		for range rapid.IntRange(1, 25).Draw(r, "calls") {
			before := w.snapshot()
			err := rapid.SampledFrom(steps).Draw(r, "call")(t.Context())
			if code := codeOf(err); strings.HasPrefix(code, "no API error") || code == "InternalFailure" {
				r.Fatalf("refused without a code: %v", err)
			}
			if err != nil && !bytes.Equal(before, w.snapshot()) {
				r.Fatalf("a call that was refused changed the world: %v", err)
			}
			if err := w.world.View((*world.State).Sound); err != nil {
				r.Fatal(err)
			}
		}
	})
}
