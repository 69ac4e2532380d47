package aws_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/gwanmun/gwanmun/internal/aws"
	"github.com/gwanmun/gwanmun/internal/model"
)

// settle reconciles until it works; faults end by themselves.
func (p *process) settle(id aws.StackID, m *model.Model) {
	p.t.Helper()
	var err error
	for range 12 {
		var out aws.Outcome
		out, err = p.realizer.Reconcile(p.t.Context(), id, m)
		if err == nil && out.Waiting == "" {
			return
		}
	}
	p.t.Fatalf("it does not settle: %v", err)
}

// one demands that the cloud holds exactly the resources of a model, each once.
func (p *process) one(id aws.StackID, m *model.Model) {
	p.t.Helper()
	q := p.start(nil) // knows nothing
	q.calls()
	out, err := q.realizer.Reconcile(p.t.Context(), id, m)
	if err != nil || len(out.Operations) > 0 {
		p.t.Errorf("somebody who looks anew does %v, %v", out.Operations, err)
	}
	lbs, tgs, groups := p.inventory()
	if lbs != len(m.LoadBalancers) || tgs != len(m.TargetGroups) || groups != len(m.SecurityGroups) {
		p.t.Errorf("the cloud has %d load balancers, %d target groups, %d security groups of the cluster", lbs, tgs, groups)
	}
}

func TestEveryCallOfACreationMayFailAfterItTookEffect(t *testing.T) {
	for _, op := range []string{
		"CreateSecurityGroup", "AuthorizeSecurityGroupIngress", "CreateTargetGroup", "RegisterTargets", "CreateLoadBalancer", "CreateListener",
		"CreateRule", "DescribeLoadBalancers", "DescribeTags", "DescribeSecurityGroups",
	} {
		for _, kind := range []string{"fail-after", "fail-before", "throttle"} {
			// Three failures exhaust the retries of the SDK in these tests, so that the Reconcile itself fails; two do not.
			for _, count := range []int{2, 3} {
				t.Run(fmt.Sprintf("%s %s %d", op, kind, count), func(t *testing.T) {
					p := newCloud(t).start(nil)
					p.fail(fmt.Sprintf(":%s=%s,count=%d", op, kind, count))
					m := stackOf(group, "a.example", "b.example")
					p.settle(group, m)
					p.faults.Clear()
					p.one(group, m)
				})
			}
		}
	}
}

func TestEveryCallOfADeletionMayFailAfterItTookEffect(t *testing.T) {
	for _, op := range []string{"DeleteLoadBalancer", "DeleteTargetGroup", "DeleteSecurityGroup"} {
		for _, kind := range []string{"fail-after", "fail-before"} {
			t.Run(op+" "+kind, func(t *testing.T) {
				p := newCloud(t).start(nil)
				p.reconcile(group, stackOf(group, "a.example"))
				p.fail(fmt.Sprintf(":%s=%s,count=3", op, kind))
				p.settle(group, nil)
				p.faults.Clear()
				if lbs, tgs, groups := p.inventory(); lbs+tgs+groups > 0 {
					t.Errorf("left: %d load balancers, %d target groups, %d security groups", lbs, tgs, groups)
				}
			})
		}
	}
}

// A process that is killed between two calls leaves what it has done; the next one finishes the work.
func TestAProcessMayDieAfterAnyWrite(t *testing.T) {
	m := stackOf(group, "a.example", "b.example")
	for writes := 1; ; writes++ {
		p := newCloud(t).start(nil)
		ctx, die := context.WithCancel(t.Context())
		p.dieAfter(writes, die)
		_, err := p.realizer.Reconcile(ctx, group, m)
		die()
		if err == nil {
			if writes < 8 {
				t.Fatalf("only %d writes", writes)
			}
			return
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("after %d writes: %v", writes, err)
		}
		q := p.restart()
		q.settle(group, m)
		q.one(group, m)
	}
}
