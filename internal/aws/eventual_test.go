package aws_test

import (
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/aws/awserr"
)

func TestWhatIsNotVisibleYetIsWaitedForInPlace(t *testing.T) {
	for _, rule := range []string{
		"elbv2:CreateListener=fail-before,code=LoadBalancerNotFound,count=2", "elbv2:CreateRule=fail-before,code=ListenerNotFound,count=3",
		"elbv2:RegisterTargets=fail-before,code=TargetGroupNotFound,count=2", "ec2:AuthorizeSecurityGroupIngress=fail-before,code=InvalidGroup.NotFound,count=2",
		"elbv2:CreateLoadBalancer=fail-before,code=InvalidSecurityGroup,count=2",
	} {
		t.Run(rule, func(t *testing.T) {
			p := newCloud(t).start(nil)
			p.fail(rule)
			m := stackOf(group, "a.example")
			p.reconcile(group, m)
			p.faults.Clear()
			_, writes, text := p.calls()
			if writes > 12 { // 8 that are needed, and those that failed
				t.Errorf("%d writes\n%s", writes, text)
			}
			p.one(group, m)
		})
	}
}

func TestWhatIsStillInUseIsDeletedLater(t *testing.T) {
	for _, rule := range []string{
		"elbv2:DeleteTargetGroup=fail-before,code=ResourceInUse", "ec2:DeleteSecurityGroup=fail-before,code=DependencyViolation",
	} {
		t.Run(rule, func(t *testing.T) {
			p := newCloud(t).start(nil)
			p.reconcile(group, stackOf(group, "a.example"))
			p.fail(rule + ",count=2")
			if out := p.reconcile(group, nil); rule[:3] == "elb" && !out.Gone {
				t.Errorf("a short while: %+v", out)
			}
			p.settle(group, nil)
			p.reconcile(group, stackOf(group, "a.example"))
			p.fail(rule)
			out, err := p.realizer.Reconcile(t.Context(), group, nil)
			if err != nil || out.Waiting == "" || out.RequeueAfter == 0 {
				t.Errorf("a long while: %+v, %v", out, err)
			}
			p.faults.Clear()
			p.settle(group, nil)
			if lbs, tgs, groups := p.inventory(); lbs+tgs+groups > 0 {
				t.Errorf("left: %d, %d, %d", lbs, tgs, groups)
			}
		})
	}
}

func TestAMissingPermissionIsSaidInWords(t *testing.T) {
	p := newCloud(t).start(nil)
	p.fail("elbv2:CreateLoadBalancer=fail-before,code=AccessDenied,message=not for you")
	_, err := p.realizer.Reconcile(t.Context(), group, stackOf(group, "a.example"))
	if awserr.Classify(err) != awserr.Terminal || !awserr.Denied(err) || !strings.Contains(err.Error(), "CreateLoadBalancer alb/web: AccessDenied: not for you") {
		t.Errorf("got %v", err)
	}
	p.faults.Clear()
	p.calls()
	p.reconcile(group, stackOf(group, "a.example"))
	if all, writes, text := p.calls(); all != writes || writes != 3 {
		t.Errorf("what is left is a load balancer, a listener and a rule: %d calls\n%s", all, text)
	}
}

func TestThrottlingCostsNoSecondLook(t *testing.T) {
	p := newCloud(t).start(nil)
	p.reconcile(group, stackOf(group, "a.example"))
	m := stackOf(group, "a.example", "b.example")
	p.fail("elbv2:CreateRule=throttle")
	if _, err := p.realizer.Reconcile(t.Context(), group, m); awserr.Classify(err) != awserr.Transient {
		t.Errorf("got %v", err)
	}
	p.faults.Clear()
	p.calls()
	p.reconcile(group, m)
	p.quiet("afterwards", 1, 1)
}
