package cloud

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/aws/client"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/testkit/lab"
)

const clusterVPC = "vpc-0a1b2c3d4e5f60718"

// bench is our own AWS with somebody who looks at it.
type bench struct {
	t       *testing.T
	lab     *lab.Lab
	clients *client.Clients
	own     *ownInMemory
}

func newBench(t *testing.T) *bench {
	t.Helper()
	account, err := lab.New(lab.Options{Dial: func(context.Context, string, string) (net.Conn, error) { return nil, net.ErrClosed }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = account.Close() })
	b := &bench{t: t, lab: account, own: &ownInMemory{by: map[string][]string{}}}
	b.clients = b.process().Clients
	return b
}

func (b *bench) process() *lab.Process {
	b.t.Helper()
	p, err := b.lab.Start(b.t.Context(), lab.ProcessOptions{Cluster: "one", VPC: clusterVPC})
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

// start is a process that has just begun; what it keeps is still there.
func (b *bench) start() *Cloud {
	b.t.Helper()
	return New(Options{Clients: b.process().Clients, Cluster: "one", VPC: clusterVPC, Own: b.own})
}

// network makes another VPC.
func (b *bench) network(cidr string) string {
	b.t.Helper()
	out, err := b.clients.EC2.CreateVpc(b.t.Context(), &ec2.CreateVpcInput{CidrBlock: &cidr})
	if err != nil {
		b.t.Fatal(err)
	}
	return *out.Vpc.VpcId
}

// group makes a target group for addresses.
func (b *bench) group(name, vpc string) string {
	b.t.Helper()
	port := int32(80)
	out, err := b.clients.ELB.CreateTargetGroup(b.t.Context(), &elbv2.CreateTargetGroupInput{
		Name: &name, VpcId: &vpc, Port: &port, Protocol: elbtypes.ProtocolEnumHttp, TargetType: elbtypes.TargetTypeEnumIp,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return *out.TargetGroups[0].TargetGroupArn
}

// register is what somebody else does.
func (b *bench) register(arn string, list ...string) {
	b.t.Helper()
	in := &elbv2.RegisterTargetsInput{TargetGroupArn: &arn}
	for _, ip := range list {
		in.Targets = append(in.Targets, elbtypes.TargetDescription{Id: &ip})
	}
	if _, err := b.clients.ELB.RegisterTargets(b.t.Context(), in); err != nil {
		b.t.Fatal(err)
	}
}

// has compares the targets of a group, sorted; "address all" is registered for all zones.
func (b *bench) has(what, arn string, want ...string) {
	b.t.Helper()
	out, err := b.clients.ELB.DescribeTargetHealth(b.t.Context(), &elbv2.DescribeTargetHealthInput{TargetGroupArn: &arn})
	if err != nil {
		b.t.Fatal(err)
	}
	var got []string
	for _, d := range out.TargetHealthDescriptions {
		if d.TargetHealth.State == elbtypes.TargetHealthStateEnumDraining {
			continue
		}
		text := *d.Target.Id
		if d.Target.AvailabilityZone != nil && *d.Target.AvailabilityZone == "all" {
			text += " all"
		}
		got = append(got, text)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		b.t.Errorf("%s: the group has %v, want %v", what, got, want)
	}
}

// assumed counts how often a role was taken on since the last time.
func (b *bench) assumed() int {
	_, _, kinds := b.lab.Count()
	return strings.Count(kinds, "AssumeRole")
}

func pods(list ...string) []model.Target {
	var out []model.Target
	for _, ip := range list {
		out = append(out, model.Target{ID: ip, Port: 80, Zone: "ap-northeast-2a"})
	}
	return out
}
