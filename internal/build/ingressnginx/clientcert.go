package ingressnginx

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/nginx"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// Entries of the Secret with the authority of clients.
const (
	authorityEntry  = "ca.crt"
	revocationEntry = "ca.crl"
)

// clientCerts is what an Ingress says about certificates of clients.
type clientCerts struct {
	policy model.ClientCertificate
	store  model.TrustStore
	depth  int32
}

// readClientCerts reads the auth-tls-* annotations, which mean nothing without auth-tls-secret. A Secret that cannot be
// used closes the host: what it would have kept out must not get in.
func (c *class) readClientCerts(s *settings, r *annotation.Reader, ing *networkingv1.Ingress, into *diag.Collector) {
	ref := annotation.Get(r, nginx.AuthTLSSecret)
	if !ref.Set || ref.Err != nil {
		return // in the second case it is denied already
	}
	depth := annotation.Get(r, nginx.AuthTLSVerifyDepth).Value
	out := &clientCerts{depth: int32(depth), policy: model.ClientCertificate{
		Verify: annotation.Get(r, nginx.AuthTLSVerifyClient).Value, ErrorPage: annotation.Get(r, nginx.AuthTLSErrorPage).Value,
		Subject: annotation.Get(r, nginx.AuthTLSMatchCN).Value, PassCertificate: annotation.Get(r, nginx.AuthTLSPassCertificate).Value,
	}}
	s.clientCerts = out
	object := objectOf(ing)
	if page := out.policy.ErrorPage; page != "" && !isAbsolute(page) {
		e := &nginx.AuthTLSErrorPage.Entry
		full := nginx.Registry.FullKey(e)
		into.Add(diag.AnnotationUnsupported, object, annotation.FieldOf(full), diag.A("key", full), diag.A("why", e.Internal.Why))
		out.policy.ErrorPage = ""
	}
	name, allowed := c.secretName(ing, ref.Value)
	reason := ""
	if !allowed {
		reason = fmt.Sprintf("the Secret %s is of another namespace, which allow-cross-namespace-resources does not permit", name)
	} else if secret := c.in.Objects.Secret(name); secret == nil {
		reason = fmt.Sprintf("the Secret %s does not exist", name)
	} else {
		out.store.ID = "secret/" + name.String()
		out.store.Authorities, _ = dataOf(secret, authorityEntry)
		out.store.Revocations, _ = dataOf(secret, revocationEntry)
		reason = brokenStore(&out.store)
	}
	if reason != "" {
		out.policy.Broken = reason
		into.Add(diag.NginxClientAuthority, object, annotation.FieldOf(nginx.Registry.FullKey(&nginx.AuthTLSSecret.Entry)),
			diag.A("reason", reason))
	}
}

// isAbsolute says whether an error page is a URL that clients can be sent to as it is.
func isAbsolute(place string) bool {
	return (strings.HasPrefix(place, "http://") || strings.HasPrefix(place, "https://")) && !strings.Contains(place, "$")
}

// brokenStore says what is wrong with a trust store; empty when nothing is.
func brokenStore(s *model.TrustStore) string {
	found := 0
	for rest := s.Authorities; ; found++ {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return fmt.Sprintf("certificate %d of %s in %s cannot be read", found+1, authorityEntry, s.ID)
		}
	}
	if found == 0 {
		return fmt.Sprintf("there is no certificate in %s of %s", authorityEntry, s.ID)
	}
	for rest := s.Revocations; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return ""
		}
		if _, err := x509.ParseRevocationList(block.Bytes); err != nil {
			return fmt.Sprintf("a revocation list of %s in %s cannot be read", revocationEntry, s.ID)
		}
	}
}

// chooseClientCerts finds what holds for all paths of the host: what its oldest Ingress with something to say about it says,
// whether that one is served or not.
func (h *hostBuild) chooseClientCerts() {
	all := slices.Concat(h.mains, h.withheld)
	slices.SortFunc(all, func(a, b *member) int { return older(a.ing, b.ing) })
	for _, m := range all {
		if m.s.clientCerts != nil {
			h.clientCerts = m.s.clientCerts
			return
		}
	}
}

// clientPolicy is what the rules of the host do by the client's certificate; nil when they do not look at it.
func (h *hostBuild) clientPolicy() *model.ClientCertificate {
	if h.clientCerts == nil {
		return nil
	}
	p := h.clientCerts.policy
	p.Host = h.host
	return &p
}

// askForCerts puts into the host's model that its clients are asked for certificates.
func (h *hostBuild) askForCerts(lb *model.LoadBalancer, m *model.Model) {
	c := h.clientCerts
	if c == nil || c.policy.Broken != "" || c.policy.Verify == "off" {
		return
	}
	m.TrustStores = append(m.TrustStores, c.store)
	lb.Listeners[1].ClientAuth = []model.HostClientAuth{{Host: h.host, TrustStore: c.store.ID, Depth: c.depth}}
}
