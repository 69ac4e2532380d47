package alb

import (
	"errors"
	"fmt"

	"github.com/gwanmun/gwanmun/internal/annotation"
)

const noACM = "certificates are not requested from ACM yet; name one with certificate-arn"

// TLS of listeners.
var (
	CertificateARN = annotation.Declare[[]string](annotation.StringList{}, annotation.Entry{
		Suffix: "certificate-arn", Kinds: onIngress(), Scope: annotation.ScopeListener, ParamsField: "certificateArn",
		Merge: annotation.MergeUnion, OnInvalid: annotation.FailUnit, External: full(),
		Internal: partly("our own data plane cannot fetch a key from ACM; it serves certificates whose key it was given, and a self-made one otherwise"),
		Doc:      "Certificates of the Ingress' HTTPS ports. The first one of the group is the default; the others are chosen by server name. Without it, certificates are found in ACM by the hosts of the Ingress.",
		Example:  "arn:aws:acm:ap-northeast-2:123456789012:certificate/0123abcd", Since: since, Group: "TLS",
	})
	SSLPolicy = annotation.Declare[string](annotation.Bounded{What: "the name of a security policy", Needed: true}, annotation.Entry{
		Suffix: "ssl-policy", Kinds: onIngress(), Scope: annotation.ScopeListener, ParamsField: "sslPolicy",
		Default: "ELBSecurityPolicy-2016-08", Flag: "default-ssl-policy", Merge: annotation.MergePerPort,
		OnInvalid: annotation.FailUnit, External: full(),
		Internal: partly("our own data plane has the versions, ciphers and key exchanges of each policy but ECDHE-*-AES256-SHA384 and AES256-SHA256, and always all three ciphers of TLS 1.3"),
		Doc:      "The security policy of HTTPS listeners: TLS versions and ciphers.",
		Example:  "ELBSecurityPolicy-TLS13-1-2-2021-06", Since: since, Group: "TLS",
	})
	MutualAuthentication = annotation.Declare[[]MutualTLS](annotation.JSON[[]MutualTLS]{
		What: "a list of ports with their client certificate modes", Validate: validateMutualTLS,
	}, annotation.Entry{
		Suffix: "mutual-authentication", Kinds: onIngress(), Scope: annotation.ScopeListener,
		Merge: annotation.MergePerPort, OnInvalid: annotation.FailUnit,
		External: partly("a trust store is passed on as written; names are not resolved to ARNs yet"),
		Internal: partly("our own data plane verifies where it knows the content of the trust store, as behind our own AWS API; otherwise it refuses all requests to a listener that verifies"),
		Doc:      "Client certificates for HTTPS ports: `off`, `passthrough` (hand them to targets) or `verify` (against a trust store).",
		Example:  `[{"port":443,"mode":"verify","trustStore":"arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:truststore/clients/0123456789abcdef"}]`,
		Since:    since,
	})
	CreateACMCert = annotation.Declare[bool](annotation.Bool{}, annotation.Entry{
		Suffix: "create-acm-cert", Kinds: onIngress(), Scope: annotation.ScopeListener, Default: "false",
		Merge: annotation.MergeOwn, External: no(noACM), Internal: no(noACM), Inert: []string{"false"},
		Doc:     "Requests a certificate for the hosts of the Ingress.",
		Example: "true", Since: since, Group: "TLS",
	})
	ACMPCAARN = annotation.Declare[string](annotation.Bounded{What: "an ARN"}, annotation.Entry{
		Suffix: "acm-pca-arn", Kinds: onIngress(), Scope: annotation.ScopeListener, Flag: "default-pca-arn",
		Merge: annotation.MergeOwn, External: no(noACM), Internal: no(noACM),
		Doc:     "The private authority that issues requested certificates.",
		Example: "arn:aws:acm-pca:ap-northeast-2:123456789012:certificate-authority/0123abcd", Since: since, Group: "TLS",
	})
)

// MutualTLS is what one HTTPS port does about client certificates.
type MutualTLS struct {
	Port                          int32  `json:"port"`
	Mode                          string `json:"mode"`
	TrustStore                    string `json:"trustStore,omitempty"`
	IgnoreClientCertificateExpiry *bool  `json:"ignoreClientCertificateExpiry,omitempty"`
	AdvertiseTrustStoreCANames    string `json:"advertiseTrustStoreCaNames,omitempty"`
}

func validateMutualTLS(list []MutualTLS) error {
	if len(list) == 0 {
		return errors.New("the list is empty")
	}
	for _, m := range list {
		if m.Port < 1 || m.Port > 65535 {
			return fmt.Errorf("the port %d is outside 1 to 65535", m.Port)
		}
		switch m.Mode {
		case "verify":
			if m.TrustStore == "" {
				return fmt.Errorf("port %d: mode verify needs a trustStore", m.Port)
			}
		case "off", "passthrough":
			if m.TrustStore != "" || m.IgnoreClientCertificateExpiry != nil || m.AdvertiseTrustStoreCANames != "" {
				return fmt.Errorf("port %d: mode %s takes no other members", m.Port, m.Mode)
			}
		default:
			return fmt.Errorf("port %d: the mode %q is none of off, passthrough and verify", m.Port, m.Mode)
		}
		switch m.AdvertiseTrustStoreCANames {
		case "", "on", "off":
		default:
			return fmt.Errorf("port %d: advertiseTrustStoreCaNames is neither on nor off", m.Port)
		}
	}
	return nil
}
