package testkit

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gwanmun/gwanmun/internal/build/ingressnginx"
	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/objects"
	"github.com/gwanmun/gwanmun/internal/proxy"
)

// awsOptions are those of worlds without class nginx.
var awsOptions = Options{Class: "alb", AnyClient: true}

// awsObject draws an object that AWS has a part in.
func awsObject(t *rapid.T) any {
	if rapid.IntRange(0, 3).Draw(t, "network load balancer?") == 0 {
		d := short{Ports: []string{rapid.SampledFrom([]string{"80", "80->8080", "http=80"}).Draw(t, "ports")}}
		d.balance(t)
		return d.object(t, awsOptions)
	}
	for {
		o := randomObject(t, awsOptions)
		if k, _ := objects.KeyOf(o); k.Kind != objects.KindIngress || strings.Contains(fmt.Sprint(o), "alb.ingress") {
			return o
		}
	}
}

// change changes a world by one object.
func (w *world) change(t *rapid.T, o any) {
	w.results = nil
	w.apply([]any{o}, nil)
	if t != nil && len(w.put) > 4 && rapid.IntRange(0, 4).Draw(t, "delete?") == 0 {
		gone, _ := objects.KeyOf(rapid.SampledFrom(w.put).Draw(t, "gone"))
		w.apply(nil, []objects.Key{gone})
	}
}

// know tells builds which load balancers their stacks have by now: a network load balancer that was made without security groups
// can have none, for instance.
func (w *world) know(t *rapid.T, p *awsPath) {
	for q := range w.answers {
		if q.Kind != lookup.LoadBalancers {
			continue
		}
		a, ok := p.live.Resolver.Answer(t.Context(), []lookup.Question{q})[q]
		if !ok || a.Err != "" {
			t.Fatalf("%v has no answer: %v", q, a)
		}
		if a.LoadBalancer != nil {
			lb := *a.LoadBalancer
			lb.Subnets = slices.Clone(lb.Subnets)
			for i := range lb.Subnets {
				lb.Subnets[i] = p.ids.word(lb.Subnets[i])
			}
			a.LoadBalancer = &lb
		}
		w.answers[q] = a
	}
	w.state.SetLookups(lookup.NewTable(maps.Clone(w.answers)))
	w.ask()
}

// Property 1: what was made true is true for somebody who looks at it anew. And in the end nothing is left.
func TestRandomWorldsAreMadeTrueByOnePlanAndLeaveNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, err := newWorld(awsOptions)
		if err != nil {
			t.Fatal(err)
		}
		p := newAWSPath(t, w, nil)
		for range rapid.IntRange(1, 4).Draw(t, "steps") {
			for range rapid.IntRange(1, 3).Draw(t, "objects") {
				w.change(t, awsObject(t))
			}
			got := p.apply(t, w)
			w.know(t, p)
			if len(got.again) > 0 {
				t.Fatalf("after\n  %s\nsomebody else would still do\n  %s", strings.Join(got.calls, "\n  "), strings.Join(got.again, "\n  "))
			}
			onlyExpected(t, p, got)
		}
		if left := p.finish(t); len(left) > 0 {
			t.Fatalf("left in AWS:\n  %s", strings.Join(left, "\n  "))
		}
	})
}

// onlyExpected demands that AWS refuses nothing but the attribute that it does not know and that random Ingresses ask for.
func onlyExpected(t *rapid.T, p *awsPath, got awsStep) {
	for _, code := range got.refused {
		if code != "ValidationError" {
			t.Fatalf("AWS refuses: %v\n  %s", p.said, strings.Join(got.calls, "\n  "))
		}
	}
}

// Property 4: model, calls, API, model again, requests: the answers are those of the model served in process.
func TestRandomWorldsAnswerThroughAWSAsInProcess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, err := newWorld(awsOptions)
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(2, 8).Draw(t, "objects") {
			w.apply([]any{awsObject(t)}, nil)
		}
		f, err := startFront(w.options)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.close() }) // the AWS path dials through it until it ends
		if err := f.take(w); err != nil {
			t.Fatal(err)
		}
		p := newAWSPath(t, w, f.network)
		got := p.apply(t, w)
		onlyExpected(t, p, got)
		p.failed = nil // attributes alone do not change the answers
		places := slices.DeleteFunc(f.server.Addresses(), func(at proxy.Placement) bool { return at.LoadBalancer == ingressnginx.LoadBalancer })
		if len(places) == 0 {
			t.Skip("nothing is served")
		}
		for range rapid.IntRange(1, 6).Draw(t, "requests") {
			at := rapid.SampledFrom(places).Draw(t, "at")
			there := p.serving(at)
			if at.Port == 443 && len(got.refused) > 0 && !there.Address.IsValid() {
				continue // AWS takes no HTTPS listener without a certificate; in process a self-made one serves
			}
			if !there.Address.IsValid() {
				t.Fatalf("%s:%d is not served through AWS: %v", at.LoadBalancer, at.Port, p.said)
			}
			r := randomRequest(t, map[bool]string{true: "https", false: "http"}[at.Port == 443])
			here, errHere := r.send(at.Address)
			aws, errThere := r.send(there.Address)
			if d := cmp.Diff(summary(here, errHere), summary(aws, errThere)); d != "" {
				t.Fatalf("%s:%d: %s (- in process, + through AWS):\n%s", at.LoadBalancer, at.Port, r.line, d)
			}
			if errThere == nil {
				if problems := p.front.explained(r, *there, aws); len(problems) > 0 {
					t.Fatalf("through AWS: %s: %v", r.line, problems)
				}
			}
		}
	})
}

// summary is what must be the same in two answers to a request; pods take turns.
func summary(got *reply, err error) []string {
	if err != nil {
		return []string{"no answer"}
	}
	out := []string{fmt.Sprint(got.status), got.header.Get("Location"), got.header.Get("Server"), got.header.Get("Content-Type")}
	if seen, ok := got.echo(); ok {
		return append(out, seen.Namespace, seen.Service, seen.Method, seen.Path, seen.Host, fmt.Sprint(seen.BodySize))
	}
	return append(out, string(got.body))
}

// Property 8: what carries other tags, or none, is as it was, whatever our cluster does and even when it goes.
func TestNothingOfOthersIsTouched(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ours, err := newWorld(awsOptions)
		if err != nil {
			t.Fatal(err)
		}
		// Another cluster has objects of the same names.
		theirs, err := newWorld(Options{Class: "alb", AnyClient: true, ALB: map[string]any{"clusterName": "another"}})
		if err != nil {
			t.Fatal(err)
		}
		p := newAWSPath(t, ours, nil)
		other := startAWSPath(t, theirs, p.lab, p.ids)
		for range rapid.IntRange(1, 4).Draw(t, "their objects") {
			o := awsObject(t)
			theirs.apply([]any{o}, nil)
			if rapid.Bool().Draw(t, "ours too") {
				ours.apply([]any{o}, nil)
			}
		}
		other.apply(t, theirs)
		byHand(t, p)
		before := map[string]resource{}
		for _, r := range p.inventory() {
			before[r.id] = r
			p.theirs = append(p.theirs, r.id)
		}
		for range rapid.IntRange(1, 3).Draw(t, "steps") {
			ours.change(t, awsObject(t))
			p.apply(t, ours)
			ours.know(t, p)
		}
		if left := p.finish(t); len(left) > 0 {
			t.Fatalf("left in AWS:\n  %s", strings.Join(left, "\n  "))
		}
		after := map[string]resource{}
		for _, r := range p.inventory() {
			after[r.id] = r
		}
		for _, id := range p.theirs {
			if d := cmp.Diff(before[id].text, after[id].text); d != "" {
				t.Fatalf("%s was changed:\n%s", before[id].what, d)
			}
		}
	})
}

// byHand makes a load balancer, a target group and a security group that carry no tags.
func byHand(t *rapid.T, p *awsPath) {
	name, subnets := "k8s-default-one-byhand", []string{p.ids.make("subnet-3"), p.ids.make("subnet-4")}
	port := int32(80)
	if err := p.furnishNetwork(); err != nil {
		t.Fatal(err)
	}
	c, ctx := p.live.Clients, t.Context()
	group, err := c.ELB.CreateTargetGroup(ctx, &elbv2.CreateTargetGroupInput{
		Name: &name, Protocol: elbtypes.ProtocolEnumHttp, Port: &port, TargetType: elbtypes.TargetTypeEnumIp, VpcId: &p.start.VPC,
	})
	if err != nil {
		t.Fatal(err)
	}
	lb, err := c.ELB.CreateLoadBalancer(ctx, &elbv2.CreateLoadBalancerInput{
		Name: &name, Subnets: subnets, Scheme: elbtypes.LoadBalancerSchemeEnumInternal,
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.ELB.CreateListener(ctx, &elbv2.CreateListenerInput{
		LoadBalancerArn: lb.LoadBalancers[0].LoadBalancerArn, Protocol: elbtypes.ProtocolEnumHttp, Port: &port,
		DefaultActions: []elbtypes.Action{{Type: elbtypes.ActionTypeEnumForward, TargetGroupArn: group.TargetGroups[0].TargetGroupArn}},
	})
	if err != nil {
		t.Fatal(err)
	}
	about := "by hand"
	if _, err := c.EC2.CreateSecurityGroup(ctx, &ec2.CreateSecurityGroupInput{GroupName: &name, Description: &about, VpcId: &p.start.VPC}); err != nil {
		t.Fatal(err)
	}
}

// furnishNetwork adds the default VPC with its subnets.
func (p *awsPath) furnishNetwork() error {
	c, err := readCloud("")
	if err != nil {
		return err
	}
	return p.addNetwork(c)
}
