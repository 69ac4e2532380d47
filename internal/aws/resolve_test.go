package aws_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/gwanmun/gwanmun/internal/aws/resolve"
	"github.com/gwanmun/gwanmun/internal/lookup"
)

func (p *process) ask(q lookup.Question) lookup.Answer {
	p.t.Helper()
	a, ok := p.resolver.Answer(p.t.Context(), []lookup.Question{q})[q]
	if !ok {
		p.t.Fatalf("%+v has no answer", q)
	}
	return a
}

func TestQuestionsAboutSubnetsShareOneList(t *testing.T) {
	p := newCloud(t).start(nil)
	var wg sync.WaitGroup
	for _, q := range []lookup.Question{
		{Kind: lookup.Subnets, Scheme: "internal"},
		{Kind: lookup.Subnets, Scheme: "internet-facing"},
		{Kind: lookup.Subnets, Name: "private-b"},
		{Kind: lookup.Subnets, Name: "subnet-0a00000000000001a"},
		lookup.SubnetsTagged(map[string][]string{"Name": {"public-a"}}),
	} {
		wg.Go(func() { p.ask(q) })
	}
	wg.Wait()
	p.quiet("five questions", 2, 0)
	named := p.ask(lookup.Question{Kind: lookup.Subnets, Name: "private-b"}).Subnets
	if len(named) != 1 || named[0].ID != "subnet-0a00000000000002b" || named[0].Zone != "ap-northeast-2b" || named[0].VPC != vpc ||
		named[0].Locale != "availability-zone" || named[0].FreeAddresses < 1000 || named[0].IPv4CIDRs[0] != "10.42.80.0/20" {
		t.Errorf("got %+v", named)
	}
	if all := p.ask(lookup.Question{Kind: lookup.Subnets, Scheme: "internal"}).Subnets; len(all) != 6 {
		t.Errorf("%d subnets", len(all))
	}
	if a := p.ask(lookup.Question{Kind: lookup.Subnets, Name: "subnet-0fffffffffffffff0"}); a.Err != "" || len(a.Subnets) != 0 {
		t.Errorf("got %+v", a)
	}
	p.calls()
	p.clock.advance(2 * time.Minute)
	p.ask(lookup.Question{Kind: lookup.Subnets, Name: "private-b"})
	p.quiet("two minutes later", 1, 0)
}

func TestWithoutRoleTagsReachabilityDecides(t *testing.T) {
	p := newCloud(t).start(nil)
	var ids []string
	for _, s := range p.ask(lookup.Question{Kind: lookup.Subnets, Scheme: "internal"}).Subnets {
		ids = append(ids, s.ID)
	}
	if _, err := p.clients.EC2.DeleteTags(t.Context(), &ec2.DeleteTagsInput{Resources: ids}); err != nil {
		t.Fatal(err)
	}
	p.resolver.Forget()
	p.calls()
	for _, s := range p.ask(lookup.Question{Kind: lookup.Subnets, Scheme: "internet-facing"}).Subnets {
		public := s.ID <= "subnet-0a00000000000001c"
		if s.ReachesGateway != public {
			t.Errorf("%s reaches a gateway: %v", s.ID, s.ReachesGateway)
		}
	}
	p.quiet("subnets, zones and routes", 3, 0)
}

func TestCertificatesComeWithTheirNames(t *testing.T) {
	p := newCloud(t).start(nil)
	a := p.ask(lookup.Question{Kind: lookup.Certificates})
	if len(a.Certificates) != 2 {
		t.Fatalf("got %+v", a)
	}
	names := map[string]bool{}
	for _, c := range a.Certificates {
		for _, n := range c.Names {
			names[n] = true
		}
	}
	if !names["*.example.com"] || !names["example.com"] || !names["*.127.0.0.1.sslip.io"] {
		t.Errorf("got %v", names)
	}
	p.quiet("certificates", 3, 0)
}

func TestOtherThingsAreFoundByNameOrNot(t *testing.T) {
	p := newCloud(t).start(nil)
	if v := p.ask(lookup.Question{Kind: lookup.VPC}).VPC; v == nil || v.ID != vpc || v.IPv4CIDRs[0] != "10.42.0.0/16" {
		t.Errorf("got %+v", v)
	}
	g := p.ask(lookup.Question{Kind: lookup.SecurityGroups, Name: "gwanmun-local-nodes"}).SecurityGroups
	if len(g) != 1 || g[0].ID != nodeGroup {
		t.Errorf("got %+v", g)
	}
	if a := p.ask(lookup.Question{Kind: lookup.SecurityGroups, Name: "nobody"}); a.Err != "" || len(a.SecurityGroups) != 0 {
		t.Errorf("got %+v", a)
	}
	m := stackOf(group, "a.example")
	if a := p.ask(lookup.Question{Kind: lookup.TargetGroups, Name: m.TargetGroups[0].Name}); len(a.TargetGroups) != 0 {
		t.Errorf("got %+v", a)
	}
	arn := p.reconcile(group, m).TargetGroups[m.TargetGroups[0].ID]
	p.clock.advance(2 * time.Minute) // that there is none is not believed for long
	tg := p.ask(lookup.Question{Kind: lookup.TargetGroups, Name: m.TargetGroups[0].Name}).TargetGroups
	if len(tg) != 1 || tg[0].ARN != arn {
		t.Errorf("got %+v", tg)
	}
	if a := p.ask(lookup.Question{Kind: lookup.TargetGroups, Name: "nobody"}); a.Err != "" || len(a.TargetGroups) != 0 {
		t.Errorf("got %+v", a)
	}
}

func TestAQuestionWithoutAnAnswerSaysWhy(t *testing.T) {
	p := newCloud(t).start(nil)
	q := lookup.Question{Kind: lookup.Certificates}
	p.fail("acm:ListCertificates=fail-before,code=AccessDeniedException")
	if a := p.ask(q); a.Err == "" {
		t.Errorf("got %+v", a)
	}
	p.fail("acm:ListCertificates=throttle")
	if a := p.ask(q); !strings.Contains(a.Err, "Throttling") {
		t.Errorf("got %+v", a)
	}
	p.faults.Clear()
	if a := p.ask(q); len(a.Certificates) != 2 {
		t.Errorf("failures were kept: %+v", a)
	}
}

func TestTheVPCIsFoundByItsTags(t *testing.T) {
	p := newCloud(t).start(nil)
	for tag, want := range map[string]string{"gwanmun-local": vpc, "another": ""} {
		r := resolve.New(p.clients, resolve.Options{VPCTags: map[string]string{"Name": tag}})
		if id, err := r.VPC(t.Context()); id != want || (err == nil) != (want != "") {
			t.Errorf("%s: got %q, %v", tag, id, err)
		}
	}
	if _, err := resolve.New(p.clients, resolve.Options{}).VPC(t.Context()); err == nil {
		t.Error("a VPC was found although nobody named one")
	}
}
