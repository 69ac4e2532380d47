package apply

import (
	"context"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/aws/observe"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/plan"
)

func (r *run) createListener(ctx context.Context, op plan.Operation) error {
	arn, want := r.s.LoadBalancer(op.LoadBalancer), op.WantListener
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
	at, arn := r.s.listener(op.LoadBalancer, op.Listener)
	want := op.WantListener
	in := &elbv2.ModifyListenerInput{
		ListenerArn: &arn, Port: &want.Port, Protocol: elbtypes.ProtocolEnum(want.Protocol),
		DefaultActions: r.actions(want.DefaultActions), SslPolicy: text(want.SSLPolicy),
		MutualAuthentication: mutual(want.MutualAuthentication), Certificates: defaultCertificate(want), AlpnPolicy: alpn(want),
	}
	if have := r.s.have(op); want.ALPNPolicy == "" && have != nil && have.ALPNPolicy != "" && want.Protocol == model.TLS {
		in.AlpnPolicy = []string{"None"}
	}
	err := r.seen(ctx, arn, func() error {
		_, err := r.clients.ELB.ModifyListener(ctx, in)
		return err
	})
	if err == nil {
		r.s.Handles.Listeners[at] = arn
	}
	return err
}

// addCertificates and removeCertificates are given one certificate at a time (parts), as the API takes them.
func (r *run) addCertificates(ctx context.Context, op plan.Operation) error {
	_, arn := r.s.listener(op.LoadBalancer, op.Listener)
	return r.seen(ctx, arn, func() error {
		_, err := r.clients.ELB.AddListenerCertificates(ctx, &elbv2.AddListenerCertificatesInput{
			ListenerArn: &arn, Certificates: certificates(op.Certificates),
		})
		return err
	})
}

func (r *run) removeCertificates(ctx context.Context, op plan.Operation) error {
	_, arn := r.s.listener(op.LoadBalancer, op.Listener)
	_, err := r.clients.ELB.RemoveListenerCertificates(ctx, &elbv2.RemoveListenerCertificatesInput{
		ListenerArn: &arn, Certificates: certificates(op.Certificates),
	})
	return err
}

func certificates(arns []string) []elbtypes.Certificate {
	out := make([]elbtypes.Certificate, len(arns))
	for i := range arns {
		out[i].CertificateArn = &arns[i]
	}
	return out
}

func (r *run) modifyListenerAttributes(ctx context.Context, op plan.Operation) error {
	_, arn := r.s.listener(op.LoadBalancer, op.Listener)
	in := &elbv2.ModifyListenerAttributesInput{ListenerArn: &arn}
	for i := range op.Attributes {
		in.Attributes = append(in.Attributes, elbtypes.ListenerAttribute{Key: &op.Attributes[i].Key, Value: &op.Attributes[i].Value})
	}
	return r.seen(ctx, arn, func() error {
		_, err := r.clients.ELB.ModifyListenerAttributes(ctx, in)
		return err
	})
}

func (r *run) deleteListener(ctx context.Context, op plan.Operation) error {
	at, arn := r.s.listener(op.LoadBalancer, op.Listener)
	_, err := r.clients.ELB.DeleteListener(ctx, &elbv2.DeleteListenerInput{ListenerArn: &arn})
	if err != nil && !awserr.Is(err, "ListenerNotFound") {
		return err
	}
	r.s.Handles.ForgetListener(at, arn)
	return nil
}
