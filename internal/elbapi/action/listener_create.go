package action

import (
	"context"
	"maps"
	"reflect"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
)

// CreateListener makes a listener with its default rule. The same request again returns the one that is there.
func (a *Actions) CreateListener(_ context.Context, in *elbv2.CreateListenerInput) (*elbv2.CreateListenerOutput, error) {
	tags, err := a.tagsOf(in.Tags)
	if err != nil {
		return nil, err
	}
	out := &elbv2.CreateListenerOutput{}
	err = a.store.Update(func(t *store.Tx) error {
		b, err := loadBalancer(t.State, in.LoadBalancerArn)
		if err != nil {
			return err
		}
		l := &store.Listener{LoadBalancer: b.ARN, Protocol: in.Protocol, Port: aws.ToInt32(in.Port), Tags: tags}
		if err := checkPort(b, l); err != nil {
			return err
		}
		if err := a.resolveSecure(t.State, l, secureRequest{in.Certificates, in.SslPolicy, in.AlpnPolicy, in.MutualAuthentication}); err != nil {
			return err
		}
		c := actionChecker{a: a, state: t.State, balancer: b, listener: l}
		actions, err := c.complete(in.DefaultActions)
		if err != nil {
			return err
		}
		if have := listenerAt(t.State, l); have != nil {
			if !sameListener(have, l) || !reflect.DeepEqual(t.DefaultRule(have.ARN).Actions, actions) {
				return &types.DuplicateListenerException{
					Message: said("A listener already exists on port '%d' of load balancer '%s', with different settings", l.Port, b.ARN),
				}
			}
			out.Listeners = []types.Listener{shapeListener(t.State, have)}
			return nil
		}
		if err := a.admitListener(t, b, l, actions); err != nil {
			return err
		}
		out.Listeners = []types.Listener{shapeListener(t.State, l)}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// admitListener gives a new listener its ARN and its default rule and puts both into the store.
func (a *Actions) admitListener(t *store.Tx, b *store.LoadBalancer, l *store.Listener, actions []types.Action) error {
	quota := quotaALBListeners
	if b.Type == types.LoadBalancerTypeEnumNetwork {
		quota = quotaNLBListeners
	}
	if most := a.quota(quota); len(t.Listeners(b.ARN)) >= most {
		return &types.TooManyListenersException{Message: said("Load balancer '%s' has %d listeners, which is the quota", b.ARN, most)}
	}
	used := certificatesOf(t.State, b.ARN)
	l.ARN, l.Seq = within(b.ARN, listenerKind, t.ID()), t.Next()
	t.PutListener(l)
	t.PutRule(&store.Rule{ARN: within(l.ARN, ruleKind, t.ID()), Seq: t.Next(), Listener: l.ARN, Actions: actions})
	if err := a.checkReferences(t.State, b); err != nil {
		return err
	}
	a.settleCertificates(t.State, b.ARN, used)
	return nil
}

var listenerProtocols = map[types.LoadBalancerTypeEnum][]types.ProtocolEnum{
	types.LoadBalancerTypeEnumApplication: {types.ProtocolEnumHttp, types.ProtocolEnumHttps},
	types.LoadBalancerTypeEnumNetwork: {
		types.ProtocolEnumTcp, types.ProtocolEnumTls, types.ProtocolEnumUdp, types.ProtocolEnumTcpUdp,
		types.ProtocolEnumQuic, types.ProtocolEnumTcpQuic,
	},
}

// checkPort checks the port and protocol of a listener.
func checkPort(b *store.LoadBalancer, l *store.Listener) error {
	allowed := listenerProtocols[b.Type]
	switch {
	case l.Protocol == "":
		return required("Protocol")
	case l.Port == 0:
		return required("Port")
	case l.Port < 1 || l.Port > 65535:
		return invalid("Port '%d' must be from 1 to 65535", l.Port)
	case !slices.Contains(allowed, l.Protocol):
		return &types.UnsupportedProtocolException{
			Message: said("Protocol '%s' is not one of %v, which listeners of %s load balancers can have", l.Protocol, allowed, b.Type),
		}
	}
	return nil
}

// listenerAt finds another listener of the same load balancer on the same port.
func listenerAt(s *store.State, l *store.Listener) *store.Listener {
	for _, o := range s.Listeners(l.LoadBalancer) {
		if o.ARN != l.ARN && o.Port == l.Port {
			return o
		}
	}
	return nil
}

// sameListener says whether a request asks for what is there, default actions aside.
func sameListener(have, want *store.Listener) bool {
	return have.Protocol == want.Protocol && have.SSLPolicy == want.SSLPolicy && have.ALPNPolicy == want.ALPNPolicy &&
		have.Certificate == want.Certificate && reflect.DeepEqual(have.Mutual, want.Mutual) && maps.Equal(have.Tags, want.Tags)
}

// shapeListener is the answer about a listener.
func shapeListener(s *store.State, l *store.Listener) types.Listener {
	out := types.Listener{
		ListenerArn: aws.String(l.ARN), LoadBalancerArn: aws.String(l.LoadBalancer), Port: aws.Int32(l.Port), Protocol: l.Protocol,
		DefaultActions: shown(s.DefaultRule(l.ARN).Actions), SslPolicy: given(l.SSLPolicy), MutualAuthentication: shapeMutual(l.Mutual),
	}
	if l.Certificate != "" {
		out.Certificates = []types.Certificate{{CertificateArn: aws.String(l.Certificate)}}
	}
	if l.ALPNPolicy != "" {
		out.AlpnPolicy = []string{l.ALPNPolicy}
	}
	return out
}
