package aws_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/aws/targets"
	"github.com/gwanmun/gwanmun/internal/model"
)

func text(list []elbtypes.TargetDescription) string {
	var out []string
	for _, d := range list {
		s := fmt.Sprintf("%s:%d", *d.Id, *d.Port)
		if d.AvailabilityZone != nil && *d.AvailabilityZone == "all" {
			s += " all"
		}
		out = append(out, s)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

const (
	nodeA = "i-0a00000000000001a"
	nodeB = "i-0a00000000000001b"
)

// ipGroup makes a stack with one target group for addresses and gives its ARN.
func (p *process) ipGroup(list ...model.Target) string {
	m := stackOf(group, "a.example")
	m.TargetGroups[0].Type, m.TargetGroups[0].Targets = model.TargetIP, list
	out := p.reconcile(group, m)
	p.calls()
	return out.TargetGroups[m.TargetGroups[0].ID]
}

func TestTargetsThatAStackRegisteredAreNotAskedAboutAgain(t *testing.T) {
	p := newCloud(t).start(nil)
	first := model.Target{ID: "10.42.64.32", Port: 8080}
	second := model.Target{ID: "10.42.80.32", Port: 8080}
	arn := p.ipGroup(first)
	want := targets.Want{ARN: arn, Targets: []model.Target{first}}
	out, err := p.registrar.Reconcile(t.Context(), want)
	if err != nil || out.Checkpoint == "" {
		t.Fatalf("got %+v, %v", out, err)
	}
	p.quiet("nothing changed", 0, 0)
	// One pod goes, one comes.
	changing := 0
	want.Targets, want.Changing = []model.Target{second}, func(context.Context) error { changing++; return nil }
	if out, err = p.registrar.Reconcile(t.Context(), want); err != nil || changing != 1 {
		t.Fatalf("got %+v, %v, told %d times", out, err, changing)
	}
	p.quiet("one went and one came", 2, 2)
	if got := text(p.registered(arn)); got != "10.42.80.32:8080" {
		t.Errorf("registered: %s", got)
	}
	p.calls()
	// A process that has just started believes the checkpoint.
	q := p.restart()
	want.Checkpoint = out.Checkpoint
	if _, err := q.registrar.Reconcile(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	q.quiet("after a restart", 0, 0)
	// The first target drains; wanted again, it is registered again.
	want.Targets = []model.Target{first, second}
	if out, err := q.registrar.Reconcile(t.Context(), want); err != nil || len(out.Registered) != 1 {
		t.Fatalf("got %+v, %v", out, err)
	}
	if got := text(p.registered(arn)); got != "10.42.64.32:8080, 10.42.80.32:8080" {
		t.Errorf("registered: %s", got)
	}
}

func TestAChangeAfterAWhileMendsWhatOthersDid(t *testing.T) {
	p := newCloud(t).start(nil)
	first, second, third := model.Target{ID: "10.42.64.32", Port: 8080}, model.Target{ID: "10.42.64.33", Port: 8080}, model.Target{ID: "10.42.64.34", Port: 8080}
	arn := p.ipGroup(first, second)
	_, err := p.clients.ELB.DeregisterTargets(t.Context(), &elasticloadbalancingv2.DeregisterTargetsInput{
		TargetGroupArn: &arn, Targets: []elbtypes.TargetDescription{{Id: &first.ID, Port: &first.Port}},
	})
	if err != nil {
		t.Fatal(err)
	}
	p.clock.advance(6 * time.Minute)
	p.calls()
	want := targets.Want{ARN: arn, Targets: []model.Target{first, second, third}}
	if out, err := p.registrar.Reconcile(t.Context(), want); err != nil || len(out.Registered) != 2 {
		t.Fatalf("got %+v, %v", out, err)
	}
	p.quiet("the list was read once", 2, 1)
	if got := text(p.registered(arn)); got != "10.42.64.32:8080, 10.42.64.33:8080, 10.42.64.34:8080" {
		t.Errorf("registered: %s", got)
	}
}

func TestAnOldCheckpointIsNotBelieved(t *testing.T) {
	p := newCloud(t).start(nil)
	arn := p.ipGroup(model.Target{ID: "10.42.64.32", Port: 8080}, model.Target{ID: "10.42.64.33", Port: 8080})
	q := p.restart()
	out, err := q.registrar.Reconcile(t.Context(), targets.Want{
		ARN: arn, Targets: []model.Target{{ID: "10.42.64.33", Port: 8080}}, Checkpoint: "0123",
	})
	if err != nil || len(out.Deregistered) != 1 || len(out.Registered) != 0 {
		t.Fatalf("got %+v, %v", out, err)
	}
	if got := text(p.registered(arn)); got != "10.42.64.33:8080" {
		t.Errorf("registered: %s", got)
	}
}

func TestTargetsOutsideOfTheVPCAreForAllZones(t *testing.T) {
	p := newCloud(t).start(nil)
	arn := p.ipGroup()
	_, err := p.registrar.Reconcile(t.Context(), targets.Want{
		ARN: arn, Targets: []model.Target{{ID: "10.99.0.1", Port: 80}, {ID: "10.42.64.40", Port: 80}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := text(p.registered(arn)); got != "10.42.64.40:80, 10.99.0.1:80 all" {
		t.Errorf("registered: %s", got)
	}
	if _, err := p.registrar.Reconcile(t.Context(), targets.Want{ARN: arn}); err != nil {
		t.Fatal(err)
	}
	if got := text(p.registered(arn)); got != "" {
		t.Errorf("left: %s", got)
	}
}

func TestAGroupOfAnotherVPCHasOtherAddressesInside(t *testing.T) {
	p := newCloud(t).start(nil)
	cidr := "10.99.0.0/16"
	out, err := p.clients.EC2.CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: &cidr})
	if err != nil {
		t.Fatal(err)
	}
	arn := p.ipGroup()
	_, err = p.registrar.Reconcile(t.Context(), targets.Want{
		ARN: arn, VPC: *out.Vpc.VpcId, Targets: []model.Target{{ID: "10.42.64.40", Port: 80}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := text(p.registered(arn)); got != "10.42.64.40:80 all" {
		t.Errorf("registered: %s", got)
	}
}

func TestOneBadTargetDoesNotKeepTheOthersOut(t *testing.T) {
	p := newCloud(t).start(nil)
	m := stackOf(group, "a.example")
	m.TargetGroups[0].Targets = nil
	arn := p.reconcile(group, m).TargetGroups[m.TargetGroups[0].ID]
	_, err := p.registrar.Reconcile(t.Context(), targets.Want{ARN: arn, Targets: []model.Target{
		{ID: nodeA, Port: 30080}, {ID: "i-0bad0000000000000", Port: 30080}, {ID: nodeB, Port: 30080},
	}})
	if err == nil || !strings.Contains(err.Error(), "i-0bad0000000000000") {
		t.Errorf("got %v", err)
	}
	if got := text(p.registered(arn)); got != nodeA+":30080, "+nodeB+":30080" {
		t.Errorf("registered: %s", got)
	}
}

func TestASharedGroupLosesOnlyOurOwnTargets(t *testing.T) {
	p := newCloud(t).start(nil)
	ours, theirs := model.Target{ID: "10.42.64.32", Port: 80}, model.Target{ID: "10.42.64.99", Port: 80}
	arn := p.ipGroup(ours, theirs)
	q := p.restart()
	out, err := q.registrar.Reconcile(t.Context(), targets.Want{ARN: arn, Shared: true, Targets: []model.Target{ours}})
	if err != nil || len(out.Deregistered) > 0 || len(out.Own) != 1 {
		t.Fatalf("got %+v, %v", out, err)
	}
	if err := q.registrar.Clean(t.Context(), arn, true, out.Own); err != nil {
		t.Fatal(err)
	}
	if got := text(p.registered(arn)); got != "10.42.64.99:80" {
		t.Errorf("registered: %s", got)
	}
	if err := q.registrar.Clean(t.Context(), arn, false, nil); err != nil {
		t.Fatal(err)
	}
	if got := text(p.registered(arn)); got != "" {
		t.Errorf("left: %s", got)
	}
	if err := q.registrar.Clean(t.Context(), strings.Replace(arn, "targetgroup/", "targetgroup/no-", 1), false, nil); err != nil {
		t.Errorf("a group that is gone: %v", err)
	}
}

func TestALimitLeavesTargetsOut(t *testing.T) {
	p := newCloud(t).start(nil)
	arn := p.ipGroup()
	out, err := p.registrar.Reconcile(t.Context(), targets.Want{ARN: arn, Max: 1, Targets: []model.Target{
		{ID: "10.42.64.32", Port: 80}, {ID: "10.42.64.33", Port: 80},
	}})
	if err != nil || len(out.Registered) != 1 || len(out.Left) != 1 || out.Checkpoint != "" {
		t.Errorf("got %+v, %v", out, err)
	}
}

func TestManyTargetsGoInCallsOfTwoHundred(t *testing.T) {
	p := newCloud(t).start(nil)
	arn := p.ipGroup()
	var list []model.Target
	for i := range 450 {
		list = append(list, model.Target{ID: fmt.Sprintf("10.42.%d.%d", 64+i/250, 1+i%250), Port: 80})
	}
	if _, err := p.registrar.Reconcile(t.Context(), targets.Want{ARN: arn, Targets: list}); err != nil {
		t.Fatal(err)
	}
	p.quiet("450 targets", 4, 3)
}

func TestAFailureBeforeTheChangeIsToldStopsIt(t *testing.T) {
	p := newCloud(t).start(nil)
	arn := p.ipGroup()
	broken := errors.New("no API server")
	_, err := p.registrar.Reconcile(t.Context(), targets.Want{
		ARN: arn, Targets: []model.Target{{ID: "10.42.64.32", Port: 80}}, Changing: func(context.Context) error { return broken },
	})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if got := text(p.registered(arn)); got != "" {
		t.Errorf("registered: %s", got)
	}
}
