package action

import (
	"context"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
)

// ModifyListener changes a listener; what is not given stays. Its default actions are replaced as a whole.
func (a *Actions) ModifyListener(_ context.Context, in *elbv2.ModifyListenerInput) (*elbv2.ModifyListenerOutput, error) {
	out := &elbv2.ModifyListenerOutput{}
	err := a.store.Update(func(t *store.Tx) error {
		have, err := listener(t.State, in.ListenerArn)
		if err != nil {
			return err
		}
		b, next := t.LoadBalancer(have.LoadBalancer), *have
		next.Protocol = orElse(in.Protocol, next.Protocol)
		if in.Port != nil {
			next.Port = *in.Port
		}
		if err := checkPort(b, &next); err != nil {
			return err
		}
		if other := listenerAt(t.State, &next); other != nil {
			return &types.DuplicateListenerException{Message: said("Listener '%s' is on port '%d' already", other.ARN, next.Port)}
		}
		if err := a.resolveSecure(t.State, &next, secureRequest{in.Certificates, in.SslPolicy, in.AlpnPolicy, in.MutualAuthentication}); err != nil {
			return err
		}
		used := certificatesOf(t.State, b.ARN)
		t.PutListener(&next)
		if err := a.changeRules(t, b, &next, in.DefaultActions, next.Protocol != have.Protocol); err != nil {
			return err
		}
		if err := a.checkReferences(t.State, b); err != nil {
			return err
		}
		a.settleCertificates(t.State, b.ARN, used)
		out.Listeners = []types.Listener{shapeListener(t.State, &next)}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// changeRules replaces the default actions when there are new ones; when the protocol is another one, it asks whether all
// rules still go with it.
func (a *Actions) changeRules(t *store.Tx, b *store.LoadBalancer, l *store.Listener, actions []types.Action, protocol bool) error {
	for _, r := range t.Rules(l.ARN) {
		next := *r
		c := actionChecker{a: a, state: t.State, balancer: b, listener: l, before: r.Actions}
		switch {
		case r.Priority == 0 && len(actions) > 0:
			next.Actions = actions
		case !protocol:
			continue
		}
		var err error
		if next.Actions, err = c.complete(next.Actions); err != nil {
			return err
		}
		t.PutRule(&next)
	}
	return nil
}
