package observe

import (
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/model"
)

// listenerFrom is a listener without its rules, further certificates, attributes and tags.
func listenerFrom(l *elbtypes.Listener) model.Listener {
	out := model.Listener{
		Port: value(l.Port), Protocol: model.ListenerProtocol(l.Protocol), SSLPolicy: value(l.SslPolicy),
		DefaultActions: actionsFrom(l.DefaultActions),
	}
	if len(l.Certificates) > 0 {
		out.DefaultCertificate = value(l.Certificates[0].CertificateArn)
	}
	if len(l.AlpnPolicy) > 0 {
		out.ALPNPolicy = l.AlpnPolicy[0]
	}
	if m := l.MutualAuthentication; m != nil && value(m.Mode) != "" {
		out.MutualAuthentication = &model.MutualAuthentication{
			Mode: value(m.Mode), TrustStore: value(m.TrustStoreArn),
			IgnoreClientCertificateExpiry: value(m.IgnoreClientCertificateExpiry),
			AdvertiseTrustStoreCANames:    string(m.AdvertiseTrustStoreCaNames),
		}
	}
	return out
}

// secure says whether a protocol has certificates.
func secure(p model.ListenerProtocol) bool { return p == model.HTTPS || p == model.TLS }
