package cloud

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/gwanmun/gwanmun/internal/controller"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

const theirRole = "arn:aws:iam::210987654321:role/targets"

func TestATargetGroupOfAnotherAccountIsFilledAndCleanedWithItsRole(t *testing.T) {
	b := newBench(t)
	c := b.start()
	arn := b.group("theirs", b.network("10.99.0.0/16"))
	want := controller.Registration{
		Binding: objects.Name{Namespace: "shop", Name: "b"}, Name: "theirs", RoleARN: theirRole, ExternalID: "gate",
	}
	b.assumed()
	found, err := c.Describe(t.Context(), want)
	if err != nil || found.ARN != arn || found.Type != model.TargetIP || found.VPC == "" {
		t.Fatalf("got %+v, %v", found, err)
	}
	if n := b.assumed(); n != 1 {
		t.Errorf("the role was taken on in %d kinds of calls, want 1", n)
	}
	want.ARN, want.Type, want.VPC, want.Targets, want.Health = arn, found.Type, found.VPC, pods("10.42.64.32", "10.99.0.7"), true
	r, err := c.Register(t.Context(), want)
	if err != nil || r.Changes != 2 || len(r.Healthy) != 2 {
		t.Fatalf("got %+v, %v", r, err)
	}
	// Which addresses their VPC has is theirs to know: all are registered for all zones.
	b.has("registered", arn, "10.42.64.32 all", "10.99.0.7 all")
	if err := c.Clean(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	b.has("cleaned up", arn)
	if n := b.assumed(); n != 0 {
		t.Error("the role was taken on again, although its credentials are good for an hour")
	}
}

func TestClientsAreKeptByRoleAndExternalID(t *testing.T) {
	c := newBench(t).start()
	of := func(role, id string) any {
		return c.registrarOf(controller.Registration{RoleARN: role, ExternalID: id})
	}
	first := of(theirRole, "gate")
	if of(theirRole, "gate") != first {
		t.Error("the same role has another registrar")
	}
	if of(theirRole, "door") == first || of(theirRole+"2", "gate") == first || of("", "") == first {
		t.Error("another role has the same registrar")
	}
	c.Reset()
	if of(theirRole, "gate") == first {
		t.Error("what was known of the role's groups is not forgotten")
	}
}

func TestARoleThatIsNoneIsToldAsAWSTellsIt(t *testing.T) {
	b := newBench(t)
	arn := b.group("theirs", clusterVPC)
	_, err := b.start().Register(t.Context(), controller.Registration{
		ARN: arn, Type: model.TargetIP, RoleARN: "no-role", Targets: pods("10.42.64.32"),
	})
	if err == nil || !strings.Contains(err.Error(), "no-role") {
		t.Errorf("got %v", err)
	}
	b.has("without a role", arn)
}

func TestATargetGroupInAPeeredVPCHasOtherAddressesInside(t *testing.T) {
	b := newBench(t)
	vpc := b.network("10.99.0.0/16")
	arn := b.group("peered", vpc)
	want := controller.Registration{
		Binding: objects.Name{Namespace: "shop", Name: "b"}, ARN: arn, Type: model.TargetIP, VPC: vpc,
		Targets: pods("10.42.64.32", "10.99.0.7"),
		// The pods are in the cluster's VPC, and so are their security groups.
		Hosts:      []controller.Host{{Instance: "i-0a00000000000001a"}, {Instance: "i-0a00000000000001a"}},
		Networking: []model.BindingRule{{CIDR: "10.99.0.0/16", Ports: []model.BindingPort{{Protocol: "TCP", Port: "80"}}}},
	}
	c := b.start()
	if _, err := c.Register(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	b.has("registered", arn, "10.42.64.32 all", "10.99.0.7")
	if heard, err := c.Allow(t.Context(), want); err != nil || !heard {
		t.Fatalf("heard %v, %v", heard, err)
	}
	groups, err := b.clients.EC2.DescribeSecurityGroups(t.Context(), &ec2.DescribeSecurityGroupsInput{GroupIds: []string{"sg-0a00000000000001a"}})
	if err != nil {
		t.Fatal(err)
	}
	open := false
	for _, p := range groups.SecurityGroups[0].IpPermissions {
		for _, r := range p.IpRanges {
			open = open || *r.CidrIp == "10.99.0.0/16" && p.FromPort != nil && *p.FromPort == 80
		}
	}
	if !open {
		t.Errorf("the nodes' security group lets nobody of the other VPC in: %+v", groups.SecurityGroups[0].IpPermissions)
	}
	if err := c.Clean(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	b.has("cleaned up", arn)
}

func TestATargetGroupInTheClustersOwnVPCNeedsNoWordAboutIt(t *testing.T) {
	b := newBench(t)
	for what, role := range map[string]string{"ours": "", "theirs, in a VPC that they share": theirRole} {
		arn := b.group("g"+strings.ReplaceAll(role[max(0, len(role)-3):], "/", ""), clusterVPC)
		_, err := b.start().Register(t.Context(), controller.Registration{
			ARN: arn, Type: model.TargetIP, VPC: clusterVPC, RoleARN: role, Targets: pods("10.42.64.32"),
		})
		if err != nil {
			t.Fatal(err)
		}
		b.has(what, arn, "10.42.64.32")
	}
}
