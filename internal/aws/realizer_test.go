package aws_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/gwanmun/gwanmun/internal/aws"
	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/elbapi/action"
	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/plan"
)

func TestTheSharedSecurityGroupGoesWithTheLastStack(t *testing.T) {
	p := newCloud(t).start(nil)
	other := aws.StackID{Controller: "ingress.k8s.aws", Name: "shop"}
	p.reconcile(group, stackOf(group, "a.example"))
	p.reconcile(other, stackOf(other, "b.example"))
	q := p.restart() // knows of the other stack only by its load balancer
	q.reconcile(group, nil)
	if _, _, groups := p.inventory(); groups != 2 {
		t.Errorf("%d security groups, want those of the stack that is left", groups)
	}
	q.reconcile(other, nil)
	if lbs, tgs, groups := p.inventory(); lbs+tgs+groups > 0 {
		t.Errorf("left: %d, %d, %d", lbs, tgs, groups)
	}
}

func TestStacksAreMadeAtTheSameTimeWithOneList(t *testing.T) {
	p := newCloud(t).start(nil)
	var wg sync.WaitGroup
	for id, m := range tenGroups() {
		wg.Go(func() {
			if _, err := p.realizer.Reconcile(t.Context(), id, m); err != nil {
				t.Errorf("%s: %v", id, err)
			}
		})
	}
	wg.Wait()
	all, writes, text := p.calls()
	if all-writes > 6 {
		t.Errorf("%d calls only read\n%s", all-writes, text)
	}
	if lbs, tgs, groups := p.inventory(); lbs != 10 || tgs != 100 || groups != 11 {
		t.Errorf("made %d, %d, %d", lbs, tgs, groups)
	}
}

func TestNothingIsTakenAwayWhereThePolicyForbidsIt(t *testing.T) {
	for _, policy := range []plan.Policy{plan.NeverDelete, plan.UpsertOnly} {
		t.Run(string(policy), func(t *testing.T) {
			p := newCloud(t).start(nil, func(o *aws.Options) { o.Policy = policy })
			p.reconcile(group, stackOf(group, "a.example", "b.example"))
			out := p.reconcile(group, stackOf(group, "a.example"))
			if len(out.Operations) > 0 || len(out.Withheld) == 0 {
				t.Errorf("did %v, withheld %v", out.Operations, out.Withheld)
			}
			out = p.reconcile(group, nil)
			if out.Gone || len(out.Withheld) == 0 {
				t.Errorf("got %+v", out)
			}
			if lbs, tgs, groups := p.inventory(); lbs != 1 || tgs != 2 || groups != 2 {
				t.Errorf("left: %d, %d, %d", lbs, tgs, groups)
			}
		})
	}
}

func TestOneRefusedPartDoesNotStopTheOthers(t *testing.T) {
	p := newCloud(t).start(nil)
	m := stackOf(group, "a.example", "b.example")
	m.TargetGroups[0].HealthCheck.IntervalSeconds = 1 // AWS takes 5 to 300
	m.LoadBalancers[0].Attributes = []model.Attribute{{Key: "idle_timeout.timeout_seconds", Value: "never"}}
	out, err := p.realizer.Reconcile(t.Context(), group, m)
	if err == nil || awserr.Classify(err) != awserr.Terminal {
		t.Fatalf("got %v", err)
	}
	for _, part := range []string{"CreateTargetGroup alb/default/a-example/echo:80: ", "ModifyLoadBalancerAttributes alb/web: "} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error says nothing about %q: %v", part, err)
		}
	}
	if len(out.LoadBalancers) != 1 || len(out.TargetGroups) != 1 {
		t.Errorf("got %+v", out)
	}
	rules := 0
	for _, op := range out.Operations {
		if op.Call == plan.CreateRule {
			rules++
		}
	}
	if rules != 1 {
		t.Errorf("%d rules, want the one of the group that there is", rules)
	}
	// Mended, only what is missing is done.
	m = stackOf(group, "a.example", "b.example")
	out = p.reconcile(group, m)
	for _, op := range out.Operations {
		if op.Call == plan.CreateLoadBalancer || op.TargetGroup == m.TargetGroups[1].ID {
			t.Errorf("did %s again", op)
		}
	}
	p.one(group, m)
}

func TestAHeldRuleStaysUntilItsSuccessorIsThere(t *testing.T) {
	p := newCloud(t).start(nil)
	p.reconcile(group, stackOf(group, "a.example", "b.example"))
	m := stackOf(group, "a.example", "c.example")
	m.TargetGroups[1].HealthCheck.IntervalSeconds = 1
	if _, err := p.realizer.Reconcile(t.Context(), group, m); err == nil {
		t.Fatal("AWS took an interval of one second")
	}
	if _, tgs, _ := p.inventory(); tgs != 2 {
		t.Errorf("%d target groups: that of b.example must be there until that of c.example is", tgs)
	}
	m = stackOf(group, "a.example", "c.example")
	p.reconcile(group, m)
	p.one(group, m)
}

func TestProtectionFromDeletionIsTheUsersToLift(t *testing.T) {
	p := newCloud(t).start(nil)
	m := stackOf(group, "a.example")
	m.LoadBalancers[0].Attributes = []model.Attribute{{Key: "deletion_protection.enabled", Value: "true"}}
	p.reconcile(group, m)
	_, err := p.realizer.Reconcile(t.Context(), group, nil)
	if awserr.Classify(err) != awserr.Terminal || !strings.Contains(err.Error(), "DeleteLoadBalancer") {
		t.Fatalf("got %v", err)
	}
	if lbs, tgs, groups := p.inventory(); lbs != 1 || tgs != 1 || groups != 2 {
		t.Errorf("left: %d, %d, %d", lbs, tgs, groups)
	}
}

func TestWhatFailedIsNotPutOffToTheNextLook(t *testing.T) {
	p := newCloud(t).start(nil)
	p.fail("elbv2:CreateRule=fail-before,code=TooManyRules")
	out, err := p.realizer.Reconcile(t.Context(), group, stackOf(group, "a.example"))
	if err == nil || out.RequeueAfter != 0 {
		t.Errorf("got %v, again after %v; it is the caller who knows pauses between tries", err, out.RequeueAfter)
	}
}

func TestAFreshLoadBalancerIsWaitedFor(t *testing.T) {
	var now func() time.Time
	c := newCloud(t, func(o *action.Options) {
		o.Provisioning = time.Minute
		o.Now = func() time.Time { return now() }
	})
	now = c.clock.Now
	p := c.start(nil)
	m := stackOf(group, "a.example")
	out := p.reconcile(group, m)
	if !strings.Contains(out.Waiting, "k8s-web is provisioning") || out.RequeueAfter <= 0 || out.LoadBalancers[0].DNSName == "" {
		t.Errorf("got %+v", out)
	}
	p.calls()
	c.clock.advance(2 * time.Minute)
	if out = p.reconcile(group, m); out.Waiting != "" || out.LoadBalancers[0].State != "active" {
		t.Errorf("got %+v", out)
	}
	p.quiet("looking at the state", 1, 0)
}

func TestALookFromTimeToTimeMendsWhatOthersDid(t *testing.T) {
	p := newCloud(t).start(nil)
	m := rich(p.certificates())
	out := p.reconcile(group, m)
	if out.RequeueAfter < time.Hour {
		t.Errorf("requeue after %v", out.RequeueAfter)
	}
	arn := out.LoadBalancers[0].ARN
	p.breakByHand(arn)
	p.calls()
	p.reconcile(group, m)
	p.quiet("before the time", 0, 0)
	p.clock.advance(10 * time.Hour)
	if out := p.reconcile(group, m); len(out.Operations) == 0 {
		t.Error("nothing was mended")
	}
	p.one(group, m)
	p.calls()
	p.reconcile(group, m)
	p.quiet("right after the look", 0, 0)
}

func TestAChangeMendsWhatOthersDidAWhileAgo(t *testing.T) {
	p := newCloud(t).start(nil)
	m := rich(p.certificates())
	arn := p.reconcile(group, m).LoadBalancers[0].ARN
	p.breakByHand(arn)
	p.clock.advance(11 * time.Minute)
	m.LoadBalancers[0].Attributes = append(m.LoadBalancers[0].Attributes, model.Attribute{Key: "client_keep_alive.seconds", Value: "600"})
	if out := p.reconcile(group, m); len(out.Operations) < 2 {
		t.Errorf("nothing but the change was made: %v", out.Operations)
	}
	p.one(group, m)
}

func TestOnlyWhatCarriesOurTagsIsTouched(t *testing.T) {
	c := newCloud(t)
	theirs := c.start(nil, func(o *aws.Options) { o.Cluster = "another" })
	m := stackOf(group, "a.example")
	for _, list := range []*[]model.Tag{
		&m.LoadBalancers[0].Tags, &m.TargetGroups[0].Tags, &m.SecurityGroups[0].Tags, &m.SecurityGroups[1].Tags,
	} {
		for i := range *list {
			if (*list)[i].Key == "elbv2.k8s.aws/cluster" {
				(*list)[i].Value = "another"
			}
		}
	}
	theirs.reconcile(group, m)
	p := c.start(nil)
	ours := stackOf(group, "a.example")
	ours.LoadBalancers[0].Name, ours.TargetGroups[0].Name = "k8s-ours", "k8s-ours"
	ours.SecurityGroups[0].Name, ours.SecurityGroups[1].Name = "k8s-ours", "k8s-traffic-ours"
	p.reconcile(group, ours)
	p.reconcile(group, nil)
	p.empty()
	if lbs, tgs, _ := p.inventory(); lbs != 1 || tgs != 1 {
		t.Errorf("of the other cluster %d load balancers and %d target groups are left", lbs, tgs)
	}
	theirs.calls()
	fresh := c.start(nil, func(o *aws.Options) { o.Cluster = "another" })
	if out := fresh.reconcile(group, m); len(out.Operations) > 0 {
		t.Errorf("the other cluster has to mend %v", out.Operations)
	}
}

func TestADryRunSaysEverythingAndDoesNothing(t *testing.T) {
	p := newCloud(t).start(nil)
	m := stackOf(group, "a.example")
	planned, err := p.realizer.Plan(t.Context(), group, m)
	if err != nil || len(planned.Operations) == 0 || planned.Operations[0].SecurityGroup != "backend" {
		t.Fatalf("got %v, %v", planned.Operations, err)
	}
	if lbs, tgs, groups := p.inventory(); lbs+tgs+groups > 0 {
		t.Errorf("made %d, %d, %d", lbs, tgs, groups)
	}
	// What was said is what is done, but for the shared group.
	out := p.reconcile(group, m)
	if len(out.Operations) != len(planned.Operations)-1 {
		t.Errorf("planned %v, done %v", planned.Operations, out.Operations)
	}
	planned, err = p.realizer.Plan(t.Context(), group, m)
	if err != nil || len(planned.Operations) > 0 {
		t.Errorf("got %v, %v", planned.Operations, err)
	}
}

func TestWithoutSubnetsNoLoadBalancerIsMadeAndAnOldOneKeepsItsOwn(t *testing.T) {
	p := newCloud(t).start(nil)
	m := stackOf(group, "a.example")
	m.LoadBalancers[0].Subnets = nil
	_, err := p.realizer.Reconcile(t.Context(), group, m)
	if err == nil || !strings.Contains(err.Error(), "no subnets") || awserr.Classify(err) != awserr.Terminal {
		t.Errorf("got %v", err)
	}
	p.reconcile(group, stackOf(group, "a.example"))
	if out := p.reconcile(group, m); len(out.Operations) > 0 {
		t.Errorf("did %v", out.Operations)
	}
}

func TestBuildsLearnWhichLoadBalancerAStackHas(t *testing.T) {
	p := newCloud(t).start(nil)
	q := lookup.LoadBalancerOf(lookup.IngressStacks, "web")
	ask := func(p *process) lookup.Answer {
		a, ok := p.resolver.Answer(t.Context(), []lookup.Question{q})[q]
		if !ok || a.Err != "" {
			t.Fatalf("got %+v", a)
		}
		return a
	}
	if a := ask(p); a.LoadBalancer != nil {
		t.Errorf("got %+v", a.LoadBalancer)
	}
	out := p.reconcile(group, stackOf(group, "a.example"))
	for _, who := range []*process{p, p.start(nil)} {
		a := ask(who)
		if a.LoadBalancer == nil || a.LoadBalancer.ARN != out.LoadBalancers[0].ARN || a.LoadBalancer.Scheme != "internet-facing" ||
			len(a.LoadBalancer.Subnets) != 2 || len(a.LoadBalancer.SecurityGroups) != 2 {
			t.Errorf("got %+v", a.LoadBalancer)
		}
	}
}

// breakByHand deletes a rule, changes an attribute and a default action behind the controller's back.
func (p *process) breakByHand(lb string) {
	p.t.Helper()
	ctx := p.t.Context()
	listeners, err := p.clients.ELB.DescribeListeners(ctx, &elbv2.DescribeListenersInput{LoadBalancerArn: &lb})
	if err != nil {
		p.t.Fatal(err)
	}
	for _, l := range listeners.Listeners {
		rules, err := p.clients.ELB.DescribeRules(ctx, &elbv2.DescribeRulesInput{ListenerArn: l.ListenerArn})
		if err != nil {
			p.t.Fatal(err)
		}
		for _, r := range rules.Rules {
			if *r.Priority == "2" {
				if _, err := p.clients.ELB.DeleteRule(ctx, &elbv2.DeleteRuleInput{RuleArn: r.RuleArn}); err != nil {
					p.t.Fatal(err)
				}
			}
		}
	}
	out, err := p.clients.ELB.DescribeTargetGroups(ctx, &elbv2.DescribeTargetGroupsInput{LoadBalancerArn: &lb})
	if err != nil {
		p.t.Fatal(err)
	}
	path := "/by-hand"
	_, err = p.clients.ELB.ModifyTargetGroup(ctx, &elbv2.ModifyTargetGroupInput{TargetGroupArn: out.TargetGroups[0].TargetGroupArn, HealthCheckPath: &path})
	if err != nil {
		p.t.Fatal(err)
	}
}

func TestWhatWasDeletedByHandIsMadeAgainWhenACallShowsIt(t *testing.T) {
	for name, remove := range map[string]func(p *process, out aws.Outcome) error{
		"the load balancer": func(p *process, out aws.Outcome) error {
			_, err := p.clients.ELB.DeleteLoadBalancer(t.Context(), &elbv2.DeleteLoadBalancerInput{LoadBalancerArn: &out.LoadBalancers[0].ARN})
			return err
		},
		"a listener": func(p *process, out aws.Outcome) error {
			l, err := p.clients.ELB.DescribeListeners(t.Context(), &elbv2.DescribeListenersInput{LoadBalancerArn: &out.LoadBalancers[0].ARN})
			if err != nil {
				return err
			}
			_, err = p.clients.ELB.DeleteListener(t.Context(), &elbv2.DeleteListenerInput{ListenerArn: l.Listeners[0].ListenerArn})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newCloud(t).start(nil)
			out := p.reconcile(group, stackOf(group, "a.example"))
			if err := remove(p, out); err != nil {
				t.Fatal(err)
			}
			m := stackOf(group, "a.example", "b.example")
			p.reconcile(group, m)
			p.one(group, m)
		})
	}
}
