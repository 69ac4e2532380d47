package ingressnginx

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// hostTLS is what a host has for TLS.
type hostTLS struct {
	// present says that plain HTTP may be redirected: the host, or the wildcard host above it, has a certificate, be it
	// the default one in place of one that is missing.
	present bool
	// certificate is the host's own; nil for the default one.
	certificate *model.Certificate
}

// hostTLS finds the certificate of the host, reporting why one cannot be used. The oldest Ingress with a tls section
// decides: the Secret of the entry that names the host, else one of its Secrets whose certificate covers the host, else
// the default certificate. Rules for every host never have one.
func (h *hostBuild) hostTLS(host string) hostTLS {
	if host == "" {
		return hostTLS{}
	}
	for _, m := range h.mains {
		if len(m.ing.Spec.TLS) == 0 {
			continue
		}
		return hostTLS{present: true, certificate: h.assign(m, host)}
	}
	return hostTLS{present: len(h.mains) > 0 && h.wildcardHasTLS(host)}
}

// wildcardHasTLS asks the Ingresses of the wildcard host one level above.
func (h *hostBuild) wildcardHasTLS(host string) bool {
	domain := objects.DomainOf(host)
	if domain == "" || strings.HasPrefix(host, "*.") {
		return false
	}
	for _, n := range h.in.Objects.IngressesOfHost("*." + domain) {
		ing := h.in.Objects.Ingress(n)
		if ing == nil || len(ing.Spec.TLS) == 0 || !h.verdict(h.in, ing).ours {
			continue
		}
		if s := h.readSettings(ing, nil); !s.dropped && !s.canaryEnabled {
			return true
		}
	}
	return false
}

func (h *hostBuild) assign(m *member, host string) *model.Certificate {
	for i, entry := range m.ing.Spec.TLS {
		if !slices.ContainsFunc(entry.Hosts, func(name string) bool { return strings.EqualFold(name, host) }) {
			continue
		}
		if entry.SecretName == "" {
			return nil
		}
		name := objects.Name{Namespace: m.ing.Namespace, Name: entry.SecretName}
		cert, err := h.readCertificate(name, host)
		if err != nil {
			h.diags.Add(diag.NginxTLSSecret, m.object, fmt.Sprintf("spec.tls[%d].secretName", i),
				diag.A("host", host), diag.A("secret", name), diag.A("reason", err))
		}
		return cert
	}
	for _, entry := range m.ing.Spec.TLS {
		if entry.SecretName == "" {
			continue
		}
		cert, err := h.readCertificate(objects.Name{Namespace: m.ing.Namespace, Name: entry.SecretName}, host)
		if err == nil {
			return cert
		}
	}
	return nil
}

// readCertificate reads a Secret of type kubernetes.io/tls and checks that the key fits and the host is covered. An empty
// host is not checked.
func (c *class) readCertificate(name objects.Name, host string) (*model.Certificate, error) {
	secret := c.in.Objects.Secret(name)
	if secret == nil {
		return nil, fmt.Errorf("the Secret %s does not exist", name)
	}
	chain, hasChain := dataOf(secret, "tls.crt")
	key, hasKey := dataOf(secret, "tls.key")
	if !hasChain || !hasKey {
		return nil, fmt.Errorf("the Secret %s lacks tls.crt or tls.key", name)
	}
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		// The error names no content, but it may be long.
		return nil, fmt.Errorf("the Secret %s holds no certificate with a key that fits: %w", name, err)
	}
	leaf := pair.Leaf
	if leaf == nil {
		if leaf, err = x509.ParseCertificate(pair.Certificate[0]); err != nil {
			return nil, errors.New("its first certificate cannot be read")
		}
	}
	if host != "" && !covers(leaf, host) {
		return nil, fmt.Errorf("it is valid for %s only", strings.Join(namesOf(leaf), ", "))
	}
	return &model.Certificate{ID: "secret/" + name.String(), Hosts: namesOf(leaf), Chain: chain, Key: key}, nil
}

// covers says whether a certificate is valid for a host, by its alternative names, and by its common name if it has none.
// A wildcard host is covered by the same wildcard.
func covers(leaf *x509.Certificate, host string) bool {
	for _, name := range namesOf(leaf) {
		if name == host {
			return true
		}
		domain, wildcard := strings.CutPrefix(name, "*.")
		if wildcard && !strings.HasPrefix(host, "*.") && objects.DomainOf(host) == domain {
			return true
		}
	}
	return false
}

// namesOf lists the DNS names of a certificate, lower case, sorted.
func namesOf(leaf *x509.Certificate) []string {
	var out []string
	for _, n := range leaf.DNSNames {
		out = append(out, strings.ToLower(n))
	}
	if len(out) == 0 && leaf.Subject.CommonName != "" {
		out = append(out, strings.ToLower(leaf.Subject.CommonName))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// unusedTLSHosts reports hosts of the tls section that no rule names.
func unusedTLSHosts(ing *networkingv1.Ingress, into *diag.Collector) {
	hosts := objects.HostsOf(ing)
	for i, entry := range ing.Spec.TLS {
		for j, name := range entry.Hosts {
			if !slices.ContainsFunc(hosts, func(h string) bool { return strings.EqualFold(h, name) }) {
				into.Add(diag.NginxTLSHostUnused, objectOf(ing), fmt.Sprintf("spec.tls[%d].hosts[%d]", i, j), diag.A("host", name))
			}
		}
	}
}
