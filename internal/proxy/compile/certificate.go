package compile

import (
	"bytes"
	"cmp"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// Certificate is a parsed server certificate.
type Certificate struct {
	// ID is the ID in the model; "default" for the self-made one.
	ID  string
	TLS *tls.Certificate

	chain, key []byte
	// names are the leaf's host names, lower case: names, or "*." and a name.
	names []string
	// rank orders certificates for the same name, best first: key type, hash of the signature, key length.
	rank [3]int
}

// parseCertificate reads a certificate's content.
func parseCertificate(c *model.Certificate) (*Certificate, error) {
	pair, err := tls.X509KeyPair(c.Chain, c.Key)
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "tls: "))
	}
	if pair.Leaf == nil {
		if pair.Leaf, err = x509.ParseCertificate(pair.Certificate[0]); err != nil {
			return nil, err
		}
	}
	out := &Certificate{ID: c.ID, TLS: &pair, chain: c.Chain, key: c.Key, names: leafNames(pair.Leaf)}
	switch k := pair.Leaf.PublicKey.(type) {
	case *ecdsa.PublicKey:
		out.rank = [3]int{0, 0, -k.Curve.Params().BitSize}
	case ed25519.PublicKey:
		out.rank = [3]int{0, 0, -255}
	case *rsa.PublicKey:
		out.rank = [3]int{1, 0, -k.N.BitLen()}
	default:
		out.rank = [3]int{2, 0, 0}
	}
	out.rank[1] = hashRank(pair.Leaf.SignatureAlgorithm)
	return out, nil
}

// hashRank orders the hashes that certificates are signed with: SHA-2, SHA-1, MD5.
func hashRank(a x509.SignatureAlgorithm) int {
	switch a {
	case x509.MD5WithRSA, x509.MD2WithRSA:
		return 2
	case x509.SHA1WithRSA, x509.ECDSAWithSHA1, x509.DSAWithSHA1:
		return 1
	}
	return 0
}

// leaf is the encoding of the certificate itself.
func (c *Certificate) leaf() []byte {
	if c.TLS == nil || len(c.TLS.Certificate) == 0 {
		return nil
	}
	return c.TLS.Certificate[0]
}

// leafNames are the host names that a certificate is for: the alternative names, or the common name without any.
func leafNames(leaf *x509.Certificate) []string {
	names := leaf.DNSNames
	if len(names) == 0 && leaf.Subject.CommonName != "" {
		names = []string{leaf.Subject.CommonName}
	}
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = strings.TrimSuffix(strings.ToLower(n), ".")
	}
	return out
}

// covers says whether the certificate is for a host, which may be "*." and a name.
func (c *Certificate) covers(host string) bool {
	_, rest, _ := strings.Cut(host, ".")
	return slices.Contains(c.names, host) || slices.Contains(c.names, "*."+rest)
}

// best orders certificates for one name: ECDSA before RSA, the better hash, the longer key, the later end, and the ID so
// that the order is always the same.
func best(a, b *Certificate) int {
	return cmp.Or(
		slices.Compare(a.rank[:], b.rank[:]),
		b.TLS.Leaf.NotAfter.Compare(a.TLS.Leaf.NotAfter), cmp.Compare(a.ID, b.ID),
	)
}

// sameCertificate says whether a parsed certificate still has the model's content.
func (c *Certificate) same(m *model.Certificate) bool {
	return bytes.Equal(c.chain, m.Chain) && bytes.Equal(c.key, m.Key)
}

// parseCertificates reads the unit's certificates. Content that is already known, from the unit before or from another
// unit, is not read again.
func (e *edit) parseCertificates(u, old *unit) {
	for i := range u.model.Certificates {
		c := &u.model.Certificates[i]
		if len(c.Chain) == 0 && len(c.Key) == 0 {
			continue
		}
		if u.certs == nil {
			u.certs = map[string]*Certificate{}
		}
		if old != nil && old.certs[c.ID] != nil && old.certs[c.ID].same(c) {
			u.certs[c.ID] = old.certs[c.ID]
			continue
		}
		if known, ok := e.parsed.Get(c.ID); ok && known.same(c) {
			u.certs[c.ID] = known.Certificate
			continue
		}
		parsed, err := parseCertificate(c)
		if err != nil {
			if u.broken == nil {
				u.broken = map[string]bool{}
			}
			u.broken[c.ID] = true
			u.diags = append(u.diags, diag.New(diag.CertificateBroken, certificateObject(c.ID), "",
				diag.A("certificate", c.ID), diag.A("reason", err)))
			continue
		}
		u.certs[c.ID] = parsed
	}
	for id, c := range u.certs {
		e.countCertificate(id, c, 1)
	}
}

// parsedCertificate is a certificate with the number of units that use it.
type parsedCertificate struct {
	*Certificate
	units int
}

// countCertificate keeps parsed certificates as long as a unit uses them.
func (e *edit) countCertificate(id string, c *Certificate, by int) {
	have, _ := e.parsed.Get(id)
	have.units += by
	if by > 0 {
		have.Certificate = c
	}
	if have.units <= 0 {
		e.parsed.Delete(id)
		return
	}
	e.parsed.Set(id, have)
}

// certificateKind is what a certificate that is no Secret's is called in messages.
const certificateKind = "Certificate"

// certificateObject names the Secret behind a certificate.
func certificateObject(id string) diag.Object {
	if rest, ok := strings.CutPrefix(id, "secret/"); ok {
		namespace, name, _ := strings.Cut(rest, "/")
		return diag.Object{Kind: "Secret", Namespace: namespace, Name: name}
	}
	return diag.Object{Kind: certificateKind, Name: id}
}

// certificate resolves a reference of a listener; nil when the default certificate has to do.
func (u *unit) certificate(id, lb string) (*Certificate, []diag.Diagnostic) {
	if id == "" || id == "default" && u.certs[id] == nil {
		return nil, nil
	}
	if c := u.certs[id]; c != nil {
		return c, nil
	}
	if u.broken[id] {
		return nil, nil // said when it was parsed
	}
	message := diag.CertificateMissing
	if strings.HasPrefix(id, "arn:") {
		message = diag.CertificateElsewhere
	}
	return nil, []diag.Diagnostic{diag.New(message, certificateObject(id), "", diag.A("certificate", id), diag.A("lb", lb))}
}
