package action

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
)

// certificatesOf lists the certificates that the listeners of a load balancer use, each once, sorted.
func certificatesOf(s *store.State, lb string) []string {
	var out []string
	for _, l := range s.Listeners(lb) {
		out = append(out, l.Certificates...)
		if l.Certificate != "" {
			out = append(out, l.Certificate)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// settleCertificates tells the surroundings which certificates a load balancer uses now, and which no more.
func (a *Actions) settleCertificates(s *store.State, lb string, before []string) {
	now := certificatesOf(s, lb)
	for _, arn := range before {
		if !slices.Contains(now, arn) {
			a.world.UseCertificate(arn, lb, false)
		}
	}
	for _, arn := range now {
		if !slices.Contains(before, arn) {
			a.world.UseCertificate(arn, lb, true)
		}
	}
}

// checkCertificate says whether a certificate can be served.
func (a *Actions) checkCertificate(arn string) error {
	c, ok := a.world.Certificate(arn)
	if !ok {
		return &types.CertificateNotFoundException{Message: said("Certificate '%s' not found", arn)}
	}
	if c.Status != "" && c.Status != "ISSUED" {
		return &types.CertificateNotFoundException{Message: said("Certificate '%s' cannot be used: its status is %s", arn, c.Status)}
	}
	return nil
}

// defaultCertificate reads the one certificate that a listener is made or changed with.
func (a *Actions) defaultCertificate(list []types.Certificate) (string, error) {
	if len(list) != 1 {
		return "", invalid("Certificates holds %d entries; a listener is given exactly one, its default certificate", len(list))
	}
	arn := aws.ToString(list[0].CertificateArn)
	switch {
	case arn == "":
		return "", required("Certificates.CertificateArn")
	case list[0].IsDefault != nil:
		return "", invalid("IsDefault cannot be given for certificate '%s'", arn)
	}
	return arn, a.checkCertificate(arn)
}

// AddListenerCertificates adds certificates that are chosen by the name a client asks for.
func (a *Actions) AddListenerCertificates(_ context.Context, in *elbv2.AddListenerCertificatesInput) (*elbv2.AddListenerCertificatesOutput, error) {
	err := a.store.Update(func(t *store.Tx) error {
		have, err := listener(t.State, in.ListenerArn)
		switch {
		case err != nil:
			return err
		case len(in.Certificates) == 0:
			return required("Certificates")
		case !secure(have.Protocol):
			return conflicting("Listener '%s' has protocol '%s', which knows no certificates", have.ARN, have.Protocol)
		}
		next, used := *have, certificatesOf(t.State, have.LoadBalancer)
		next.Certificates = slices.Clone(have.Certificates)
		for _, c := range in.Certificates {
			arn := aws.ToString(c.CertificateArn)
			if c.IsDefault != nil {
				return invalid("IsDefault cannot be given for certificate '%s'", arn)
			}
			if err := a.checkCertificate(arn); err != nil {
				return err
			}
			if !slices.Contains(next.Certificates, arn) {
				next.Certificates = append(next.Certificates, arn)
			}
		}
		t.PutListener(&next)
		if err := a.checkCertificateQuota(t.State, t.LoadBalancer(have.LoadBalancer)); err != nil {
			return err
		}
		a.settleCertificates(t.State, have.LoadBalancer, used)
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := &elbv2.AddListenerCertificatesOutput{}
	for _, c := range in.Certificates {
		out.Certificates = append(out.Certificates, types.Certificate{CertificateArn: c.CertificateArn, IsDefault: aws.Bool(false)})
	}
	return out, nil
}

func (a *Actions) checkCertificateQuota(s *store.State, b *store.LoadBalancer) error {
	quota := quotaALBCertificates
	if b.Type == types.LoadBalancerTypeEnumNetwork {
		quota = quotaNLBCertificates
	}
	n := 0
	for _, l := range s.Listeners(b.ARN) {
		n += len(l.Certificates)
	}
	if most := a.quota(quota); n > most {
		return &types.TooManyCertificatesException{
			Message: said("Load balancer '%s' would have %d certificates besides the default ones; the quota is %d", b.ARN, n, most),
		}
	}
	return nil
}

// RemoveListenerCertificates takes certificates off a listener; not its default one. One that is not there is no mistake.
func (a *Actions) RemoveListenerCertificates(_ context.Context, in *elbv2.RemoveListenerCertificatesInput) (*elbv2.RemoveListenerCertificatesOutput, error) {
	err := a.store.Update(func(t *store.Tx) error {
		have, err := listener(t.State, in.ListenerArn)
		switch {
		case err != nil:
			return err
		case len(in.Certificates) == 0:
			return required("Certificates")
		}
		next, used := *have, certificatesOf(t.State, have.LoadBalancer)
		next.Certificates = slices.Clone(have.Certificates)
		for _, c := range in.Certificates {
			arn := aws.ToString(c.CertificateArn)
			at := slices.Index(next.Certificates, arn)
			if at < 0 && arn == have.Certificate {
				return forbidden("Certificate '%s' is the default one of listener '%s' and cannot be removed", arn, have.ARN)
			}
			if at >= 0 {
				next.Certificates = slices.Delete(next.Certificates, at, at+1)
			}
		}
		t.PutListener(&next)
		a.settleCertificates(t.State, have.LoadBalancer, used)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &elbv2.RemoveListenerCertificatesOutput{}, nil
}

// DescribeListenerCertificates lists a listener's certificates, the default one first.
func (a *Actions) DescribeListenerCertificates(_ context.Context, in *elbv2.DescribeListenerCertificatesInput) (*elbv2.DescribeListenerCertificatesOutput, error) {
	var all []types.Certificate
	var err error
	a.store.View(func(s *store.State) {
		var l *store.Listener
		if l, err = listener(s, in.ListenerArn); err != nil {
			return
		}
		if l.Certificate != "" {
			all = append(all, types.Certificate{CertificateArn: aws.String(l.Certificate), IsDefault: aws.Bool(true)})
		}
		for _, arn := range l.Certificates {
			all = append(all, types.Certificate{CertificateArn: aws.String(arn), IsDefault: aws.Bool(false)})
		}
	})
	if err != nil {
		return nil, err
	}
	cut, next, err := pageFixed(all, in.Marker, in.PageSize)
	if err != nil {
		return nil, err
	}
	return &elbv2.DescribeListenerCertificatesOutput{Certificates: cut, NextMarker: next}, nil
}
