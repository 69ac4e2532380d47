package cloud

import (
	"context"
	"net"
	"slices"
	"testing"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/controller"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
	"github.com/gwanmun/gwanmun/internal/testkit/lab"
)

func TestTargetsOfAnotherClusterInASharedGroupAreLeftAlone(t *testing.T) {
	account, err := lab.New(lab.Options{Dial: func(context.Context, string, string) (net.Conn, error) { return nil, net.ErrClosed }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = account.Close() })
	const vpc = "vpc-0a1b2c3d4e5f60718"
	kept := &lab.Kept{}
	start := func() (*lab.Process, *Cloud) {
		p, err := account.Start(t.Context(), lab.ProcessOptions{Cluster: "one", VPC: vpc, Kept: kept})
		if err != nil {
			t.Fatal(err)
		}
		return p, New(Options{Clients: p.Clients, Cluster: "one", VPC: vpc, Checkpoints: kept})
	}
	p, c := start()
	name, network, port := "shared", vpc, int32(80)
	made, err := p.Clients.ELB.CreateTargetGroup(t.Context(), &elbv2.CreateTargetGroupInput{
		Name: &name, VpcId: &network, Port: &port, Protocol: elbtypes.ProtocolEnumHttp, TargetType: elbtypes.TargetTypeEnumIp,
	})
	if err != nil {
		t.Fatal(err)
	}
	arn := *made.TargetGroups[0].TargetGroupArn
	target := func(ip string) model.Target { return model.Target{ID: ip, Port: 80} }
	if err := p.Registrar.Register(t.Context(), arn, []model.Target{target("10.42.64.99")}); err != nil {
		t.Fatal(err)
	}
	want := controller.Registration{
		Binding: objects.Name{Namespace: "shop", Name: "b"}, ARN: arn, Type: model.TargetIP, MultiCluster: true,
	}
	has := func(what string, want ...string) {
		t.Helper()
		out, err := p.Clients.ELB.DescribeTargetHealth(t.Context(), &elbv2.DescribeTargetHealthInput{TargetGroupArn: &arn})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range out.TargetHealthDescriptions {
			if d.TargetHealth.State != elbtypes.TargetHealthStateEnumDraining {
				got = append(got, *d.Target.Id)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: the group has %v, want %v", what, got, want)
		}
	}
	for _, ip := range []string{"10.42.64.32", "10.42.64.33"} {
		want.Targets = []model.Target{target(ip)}
		if _, err := c.Register(t.Context(), want); err != nil {
			t.Fatal(err)
		}
	}
	has("after our target has moved", "10.42.64.33", "10.42.64.99")
	_, c = start()
	if err := c.Clean(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	has("after another process has cleaned up", "10.42.64.99")
}
