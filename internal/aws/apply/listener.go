package apply

import (
	"context"
	"slices"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/aws/observe"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/plan"
)

func (r *run) createListener(ctx context.Context, op plan.Operation) error {
	arn, want := r.s.loadBalancer(op.LoadBalancer), op.WantListener
	in := &elbv2.CreateListenerInput{
		LoadBalancerArn: &arn, Port: &want.Port, Protocol: elbtypes.ProtocolEnum(want.Protocol),
		DefaultActions: r.actions(want.DefaultActions), Tags: elbTags(op.Tags), SslPolicy: text(want.SSLPolicy),
		MutualAuthentication: mutual(want.MutualAuthentication), Certificates: defaultCertificate(want), AlpnPolicy: alpn(want),
	}
	var out *elbv2.CreateListenerOutput
	err := r.seen(ctx, arn, func() (err error) {
		out, err = r.clients.ELB.CreateListener(ctx, in)
		return err
	})
	if err != nil {
		return err
	}
	listener := *out.Listeners[0].ListenerArn
	r.fresh[listener] = true
	r.s.Handles.Listeners[observe.At(arn, want.Port, want.Protocol)] = listener
	have := *want
	have.Rules, have.Certificates, have.Attributes = nil, nil, nil
	lb := r.s.lb(op.LoadBalancer)
	lb.Listeners = append(lb.Listeners, have)
	return nil
}

func defaultCertificate(l *model.Listener) []elbtypes.Certificate {
	if l.DefaultCertificate == "" {
		return nil
	}
	return []elbtypes.Certificate{{CertificateArn: &l.DefaultCertificate}}
}

func alpn(l *model.Listener) []string {
	if l.ALPNPolicy == "" {
		return nil
	}
	return []string{l.ALPNPolicy}
}

func mutual(m *model.MutualAuthentication) *elbtypes.MutualAuthenticationAttributes {
	if m == nil {
		return nil
	}
	out := &elbtypes.MutualAuthenticationAttributes{
		Mode: &m.Mode, TrustStoreArn: text(m.TrustStore),
		AdvertiseTrustStoreCaNames: elbtypes.AdvertiseTrustStoreCaNamesEnum(m.AdvertiseTrustStoreCANames),
	}
	if m.Mode == "verify" {
		out.IgnoreClientCertificateExpiry = &m.IgnoreClientCertificateExpiry
	}
	return out
}

// modifyListener sends the whole of a listener. The protocol goes along: it may be what changes.
func (r *run) modifyListener(ctx context.Context, op plan.Operation) error {
	have, at, arn := r.s.listener(op.LoadBalancer, op.Listener)
	want := op.WantListener
	in := &elbv2.ModifyListenerInput{
		ListenerArn: &arn, Port: &want.Port, Protocol: elbtypes.ProtocolEnum(want.Protocol),
		DefaultActions: r.actions(want.DefaultActions), SslPolicy: text(want.SSLPolicy),
		MutualAuthentication: mutual(want.MutualAuthentication), Certificates: defaultCertificate(want), AlpnPolicy: alpn(want),
	}
	if want.ALPNPolicy == "" && have != nil && have.ALPNPolicy != "" && want.Protocol == model.TLS {
		in.AlpnPolicy = []string{"None"}
	}
	err := r.seen(ctx, arn, func() error {
		_, err := r.clients.ELB.ModifyListener(ctx, in)
		return err
	})
	if err != nil {
		return err
	}
	r.s.Handles.Listeners[at] = arn
	have.Protocol, have.DefaultActions, have.ALPNPolicy = want.Protocol, want.DefaultActions, want.ALPNPolicy
	have.DefaultCertificate = want.DefaultCertificate
	if want.SSLPolicy != "" {
		have.SSLPolicy = want.SSLPolicy
	}
	if want.MutualAuthentication != nil {
		have.MutualAuthentication = want.MutualAuthentication
	}
	return nil
}

// addCertificates makes a call for each certificate: the API takes one at a time.
func (r *run) addCertificates(ctx context.Context, op plan.Operation) error {
	have, _, arn := r.s.listener(op.LoadBalancer, op.Listener)
	for _, c := range op.Certificates {
		err := r.seen(ctx, arn, func() error {
			_, err := r.clients.ELB.AddListenerCertificates(ctx, &elbv2.AddListenerCertificatesInput{
				ListenerArn: &arn, Certificates: []elbtypes.Certificate{{CertificateArn: &c}},
			})
			return err
		})
		if err != nil {
			return err
		}
		have.Certificates = append(slices.Clip(have.Certificates), c)
	}
	return nil
}

func (r *run) removeCertificates(ctx context.Context, op plan.Operation) error {
	have, _, arn := r.s.listener(op.LoadBalancer, op.Listener)
	for _, c := range op.Certificates {
		_, err := r.clients.ELB.RemoveListenerCertificates(ctx, &elbv2.RemoveListenerCertificatesInput{
			ListenerArn: &arn, Certificates: []elbtypes.Certificate{{CertificateArn: &c}},
		})
		if err != nil {
			return err
		}
		have.Certificates = slices.DeleteFunc(slices.Clone(have.Certificates), func(x string) bool { return x == c })
	}
	return nil
}

func (r *run) modifyListenerAttributes(ctx context.Context, op plan.Operation) error {
	have, _, arn := r.s.listener(op.LoadBalancer, op.Listener)
	in := &elbv2.ModifyListenerAttributesInput{ListenerArn: &arn}
	for i := range op.Attributes {
		in.Attributes = append(in.Attributes, elbtypes.ListenerAttribute{Key: &op.Attributes[i].Key, Value: &op.Attributes[i].Value})
	}
	err := r.seen(ctx, arn, func() error {
		_, err := r.clients.ELB.ModifyListenerAttributes(ctx, in)
		return err
	})
	if err == nil {
		have.Attributes = withAttributes(have.Attributes, op.Attributes)
	}
	return err
}

func (r *run) deleteListener(ctx context.Context, op plan.Operation) error {
	_, at, arn := r.s.listener(op.LoadBalancer, op.Listener)
	_, err := r.clients.ELB.DeleteListener(ctx, &elbv2.DeleteListenerInput{ListenerArn: &arn})
	if err != nil && !awserr.Is(err, "ListenerNotFound") {
		return err
	}
	r.s.Handles.ForgetListener(at, arn)
	lb := r.s.lb(op.LoadBalancer)
	lb.Listeners = slices.DeleteFunc(lb.Listeners, func(l model.Listener) bool { return observe.At(at.LoadBalancer, l.Port, l.Protocol) == at })
	return nil
}
