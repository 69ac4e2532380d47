package aws_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/shield"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	waftypes "github.com/aws/aws-sdk-go-v2/service/wafv2/types"

	"github.com/gwanmun/gwanmun/internal/aws/observe"
	"github.com/gwanmun/gwanmun/internal/model"
)

// webACL makes a web ACL with a name and gives its ARN.
func (p *process) webACL(name string) string {
	p.t.Helper()
	out, err := p.clients.WAF.CreateWebACL(p.t.Context(), &wafv2.CreateWebACLInput{
		Name: &name, Scope: waftypes.ScopeRegional, DefaultAction: &waftypes.DefaultAction{Allow: &waftypes.AllowAction{}},
		VisibilityConfig: &waftypes.VisibilityConfig{MetricName: &name},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return *out.Summary.ARN
}

func TestAWebACLIsFoundByNameAndTakenAwayOnRequestOnly(t *testing.T) {
	p := newCloud(t).start(nil)
	arn := p.webACL("shield-wall")
	m := stackOf(group, "a.example")
	m.LoadBalancers[0].WebACL = "name/shield-wall"
	out := p.reconcile(group, m)
	associated := func() string {
		r, err := p.clients.WAF.GetWebACLForResource(t.Context(), &wafv2.GetWebACLForResourceInput{ResourceArn: &out.LoadBalancers[0].ARN})
		if err != nil {
			t.Fatal(err)
		}
		if r.WebACL == nil {
			return ""
		}
		return *r.WebACL.ARN
	}
	if got := associated(); got != arn {
		t.Errorf("associated: %q", got)
	}
	p.one(group, m)
	p.reconcile(group, stackOf(group, "a.example"))
	if got := associated(); got != arn {
		t.Errorf("without a wish: %q", got)
	}
	m.LoadBalancers[0].WebACL = "none"
	p.reconcile(group, m)
	if got := associated(); got != "" {
		t.Errorf("with the wish for none: %q", got)
	}
	p.one(group, m)
	m.LoadBalancers[0].WebACL = "name/unknown"
	if _, err := p.realizer.Reconcile(t.Context(), group, m); err == nil || !strings.Contains(err.Error(), "unknown") {
		t.Errorf("got %v", err)
	}
}

func TestAProtectionOfOursIsMadeAndRemovedAndOthersAreLeftAlone(t *testing.T) {
	p := newCloud(t).start(nil)
	if _, err := p.clients.Shield.CreateSubscription(t.Context(), &shield.CreateSubscriptionInput{}); err != nil {
		t.Fatal(err)
	}
	m := stackOf(group, "a.example")
	m.LoadBalancers[0].Shield = "true"
	arn := p.reconcile(group, m).LoadBalancers[0].ARN
	name := func() string {
		r, err := p.clients.Shield.DescribeProtection(t.Context(), &shield.DescribeProtectionInput{ResourceArn: &arn})
		if err != nil || r.Protection == nil {
			return ""
		}
		return *r.Protection.Name
	}
	if got := name(); got != observe.ProtectionName {
		t.Errorf("protection: %q", got)
	}
	p.one(group, m)
	m.LoadBalancers[0].Shield = "none"
	q := p.restart()
	q.reconcile(group, m)
	if got := name(); got != "" {
		t.Errorf("left: %q", got)
	}
	theirs := "somebody else's"
	if _, err := p.clients.Shield.CreateProtection(t.Context(), &shield.CreateProtectionInput{Name: &theirs, ResourceArn: &arn}); err != nil {
		t.Fatal(err)
	}
	p.one(group, m)
	if got := name(); got != theirs {
		t.Errorf("protection: %q", got)
	}
}

func TestCapacityIsReserved(t *testing.T) {
	p := newCloud(t).start(nil)
	m := stackOf(group, "a.example")
	m.LoadBalancers[0].MinimumCapacityUnits = 200
	p.settle(group, m)
	p.one(group, m)
}

func TestATrustStoreThatIsNotThereStopsTheStack(t *testing.T) {
	p := newCloud(t).start(nil)
	m := rich(p.certificates())
	m.LoadBalancers[0].Listeners[1].MutualAuthentication = &model.MutualAuthentication{Mode: "verify", TrustStore: "partners"}
	if _, err := p.realizer.Reconcile(t.Context(), group, m); err == nil || !strings.Contains(err.Error(), "trust store partners") {
		t.Errorf("got %v", err)
	}
	if lbs, _, _ := p.inventory(); lbs != 0 {
		t.Error("a load balancer was made that would let everybody in")
	}
}
