package action

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
)

// secure says whether a listener protocol needs a certificate.
func secure(p types.ProtocolEnum) bool {
	return p == types.ProtocolEnumHttps || p == types.ProtocolEnumTls
}

// secureRequest is what a request says about TLS; nil and empty members leave what is there.
type secureRequest struct {
	certificates []types.Certificate
	policy       *string
	alpn         []string
	mutual       *types.MutualAuthenticationAttributes
}

// resolveSecure puts a request upon a listener, whose protocol is the new one, and checks the result.
func (a *Actions) resolveSecure(s *store.State, l *store.Listener, r secureRequest) error {
	if !secure(l.Protocol) {
		if len(r.certificates) > 0 || aws.ToString(r.policy) != "" || len(r.alpn) > 0 {
			return conflicting("Certificates, SslPolicy and AlpnPolicy are for HTTPS and TLS listeners only, this one has protocol '%s'", l.Protocol)
		}
		if r.mutual != nil && aws.ToString(r.mutual.Mode) != "off" {
			return conflicting("MutualAuthentication is for HTTPS listeners only, this one has protocol '%s'", l.Protocol)
		}
		l.Certificate, l.Certificates, l.SSLPolicy, l.ALPNPolicy, l.Mutual = "", nil, "", "", nil
		return nil
	}
	if len(r.certificates) > 0 {
		arn, err := a.defaultCertificate(r.certificates)
		if err != nil {
			return err
		}
		l.Certificate = arn
	}
	if l.Certificate == "" {
		return invalid("A certificate must be specified for %s listeners", l.Protocol)
	}
	l.SSLPolicy = orElse(aws.ToString(r.policy), orElse(l.SSLPolicy, defaultPolicy))
	if !knownPolicy(l.SSLPolicy) {
		return noPolicy(l.SSLPolicy)
	}
	if err := resolveALPN(l, r.alpn); err != nil {
		return err
	}
	return resolveMutual(s, l, r.mutual)
}

var alpnPolicies = []string{"HTTP1Only", "HTTP2Only", "HTTP2Optional", "HTTP2Preferred", "None"}

func resolveALPN(l *store.Listener, list []string) error {
	if l.Protocol != types.ProtocolEnumTls {
		l.ALPNPolicy = ""
		if len(list) > 0 {
			return conflicting("AlpnPolicy is for TLS listeners only, this one has protocol '%s'", l.Protocol)
		}
		return nil
	}
	if len(list) == 0 {
		return nil
	}
	if len(list) > 1 || !slices.Contains(alpnPolicies, list[0]) {
		return &types.ALPNPolicyNotSupportedException{Message: said("AlpnPolicy %v must be one of %v", list, alpnPolicies)}
	}
	l.ALPNPolicy = list[0]
	return nil
}

func resolveMutual(s *store.State, l *store.Listener, m *types.MutualAuthenticationAttributes) error {
	if l.Protocol != types.ProtocolEnumHttps {
		l.Mutual = nil
		if m != nil && aws.ToString(m.Mode) != "off" {
			return conflicting("MutualAuthentication is for HTTPS listeners only, this one has protocol '%s'", l.Protocol)
		}
		return nil
	}
	if m == nil {
		if l.Mutual == nil {
			l.Mutual = &store.Mutual{Mode: "off"}
		}
		return nil
	}
	next := &store.Mutual{
		Mode: orElse(aws.ToString(m.Mode), "off"), TrustStore: aws.ToString(m.TrustStoreArn),
		IgnoreExpiry: aws.ToBool(m.IgnoreClientCertificateExpiry), Advertise: string(m.AdvertiseTrustStoreCaNames),
	}
	switch {
	case !slices.Contains([]string{"off", "passthrough", "verify"}, next.Mode):
		return invalid("MutualAuthentication.Mode '%s' must be off, passthrough or verify", next.Mode)
	case next.Advertise != "" && !slices.Contains(m.AdvertiseTrustStoreCaNames.Values(), m.AdvertiseTrustStoreCaNames):
		return invalid("AdvertiseTrustStoreCaNames '%s' must be on or off", next.Advertise)
	case next.Mode != "verify" && (next.TrustStore != "" || m.IgnoreClientCertificateExpiry != nil || next.Advertise != ""):
		return conflicting("TrustStoreArn, IgnoreClientCertificateExpiry and AdvertiseTrustStoreCaNames need mode verify, not '%s'", next.Mode)
	}
	if next.Mode == "verify" {
		if _, err := trustStore(s, m.TrustStoreArn); err != nil {
			return err
		}
	}
	l.Mutual = next
	return nil
}

func shapeMutual(m *store.Mutual) *types.MutualAuthenticationAttributes {
	if m == nil {
		return nil
	}
	out := &types.MutualAuthenticationAttributes{Mode: aws.String(m.Mode)}
	if m.Mode == "verify" {
		out.TrustStoreArn, out.IgnoreClientCertificateExpiry = given(m.TrustStore), aws.Bool(m.IgnoreExpiry)
		out.AdvertiseTrustStoreCaNames = types.AdvertiseTrustStoreCaNamesEnum(orElse(m.Advertise, "off"))
		out.TrustStoreAssociationStatus = types.TrustStoreAssociationStatusEnumActive
	}
	return out
}
