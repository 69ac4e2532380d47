package aws_test

import (
	"testing"

	"github.com/gwanmun/gwanmun/internal/aws/targets"
	"github.com/gwanmun/gwanmun/internal/model"
)

func TestAddressesAreForTheZonesOfTheirNodesWhereAWSDoesNotWantThemForAll(t *testing.T) {
	p := newCloud(t).start(nil)
	arn := p.ipGroup()
	first, second := model.Target{ID: "10.42.64.40", Port: 80, Zone: "ap-northeast-2a"}, model.Target{ID: "10.42.80.40", Port: 80}
	want := targets.Want{ARN: arn, AllZones: true, Targets: []model.Target{first}}
	p.fail("elbv2:RegisterTargets=fail-before,code=ValidationError,count=1")
	if _, err := p.registrar.Reconcile(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	if got := text(p.registered(arn)); got != "10.42.64.40:80" {
		t.Errorf("registered: %s", got)
	}
	p.calls()
	want.Targets = append(want.Targets, second)
	if _, err := p.registrar.Reconcile(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	p.quiet("what AWS wants is remembered", 1, 1)
	if got := text(p.registered(arn)); got != "10.42.64.40:80, 10.42.80.40:80" {
		t.Errorf("registered: %s", got)
	}
}

func TestAnAddressThatAWSDoesNotWantAtAllIsRefusedInItsOwnWords(t *testing.T) {
	p := newCloud(t).start(nil)
	arn := p.ipGroup()
	out, err := p.registrar.Reconcile(t.Context(), targets.Want{ARN: arn, Targets: []model.Target{{ID: "8.8.8.8", Port: 80, Zone: "ap-northeast-2a"}}})
	if err == nil || len(out.Registered) > 0 {
		t.Fatalf("got %+v, %v", out, err)
	}
	_, err = p.registrar.Reconcile(t.Context(), targets.Want{ARN: arn, Targets: []model.Target{{ID: "10.99.0.1", Port: 80}}})
	if err != nil {
		t.Errorf("an address outside that is wanted for all zones, after that: %v", err)
	}
}

func TestTargetsOnTheirWayOutTakeRoom(t *testing.T) {
	p := newCloud(t).start(nil)
	a, b, c := model.Target{ID: "10.42.64.32", Port: 80}, model.Target{ID: "10.42.64.33", Port: 80}, model.Target{ID: "10.42.64.34", Port: 80}
	arn := p.ipGroup(a, b)
	want := targets.Want{ARN: arn, Max: 2, Targets: []model.Target{b, c}}
	out, err := p.registrar.Reconcile(t.Context(), want)
	if err != nil || len(out.Deregistered) != 1 || len(out.Left) != 1 {
		t.Fatalf("one goes and one comes: %+v, %v", out, err)
	}
	// The one that went is wanted again: its place is its own.
	want.Targets = []model.Target{a, b}
	if out, err = p.registrar.Reconcile(t.Context(), want); err != nil || len(out.Left) > 0 {
		t.Fatalf("it comes back: %+v, %v", out, err)
	}
	if got := text(p.registered(arn)); got != "10.42.64.32:80, 10.42.64.33:80" {
		t.Errorf("registered: %s", got)
	}
}
