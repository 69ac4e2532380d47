package aws_test

import (
	"testing"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/plan"
)

func TestARotatedSecretIsSentAlsoWhenNobodyWasRunning(t *testing.T) {
	p := newCloud(t).start(nil)
	certificates := p.certificates()
	p.reconcile(group, rich(certificates))
	rotated := func(secret string) *model.Model {
		m := rich(certificates)
		m.LoadBalancers[0].Listeners[1].Rules[1].Actions[0].AuthenticateOIDC.ClientSecret = secret
		return m
	}
	sent := func(p *process, m *model.Model) {
		t.Helper()
		out := p.reconcile(group, m)
		if len(out.Operations) != 1 || out.Operations[0].Call != plan.ModifyRule || out.Operations[0].Priority != 2 {
			t.Errorf("did %v", out.Operations)
		}
		if out = p.reconcile(group, m); len(out.Operations) > 0 {
			t.Errorf("again %v", out.Operations)
		}
	}
	sent(p, rotated("second"))
	sent(p.restart(), rotated("third"))
	// A process that dies in the middle of a change leaves behind that the secret may not have been sent.
	q := p.restart()
	q.fail("elbv2:ModifyRule=fail-before")
	if _, err := q.realizer.Reconcile(t.Context(), group, rotated("fourth")); err == nil {
		t.Fatal("a failure was lost")
	}
	q.faults.Clear()
	sent(q.restart(), rotated("fourth"))
	for key, text := range q.kept.text {
		if len(text) > 120 {
			t.Errorf("the checkpoint %s is long: %s", key, text)
		}
	}
}
