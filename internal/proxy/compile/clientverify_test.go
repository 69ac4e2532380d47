package compile

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

var verifiedAt = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// authority is a certificate with its key.
type authority struct {
	*x509.Certificate
	key crypto.Signer
}

var serial int64

// issue makes a certificate by an authority; nil signs it by itself. change may be nil.
func issue(t *testing.T, by *authority, name string, change func(*x509.Certificate)) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return issueFor(t, by, name, key, change)
}

func issueFor(t *testing.T, by *authority, name string, key crypto.Signer, change func(*x509.Certificate)) *authority {
	t.Helper()
	serial++
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, BasicConstraintsValid: true,
		NotBefore: verifiedAt.Add(-time.Hour), NotAfter: verifiedAt.Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if change != nil {
		change(template)
	}
	parent, signer := template, key
	if by != nil {
		parent, signer = by.Certificate, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{c, key}
}

func asAuthority(c *x509.Certificate) {
	c.IsCA, c.KeyUsage, c.ExtKeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign, nil
}

// list makes a revocation list.
func list(t *testing.T, by *authority, change func(*x509.RevocationList), revoked ...*authority) []byte {
	t.Helper()
	l := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: verifiedAt.Add(-time.Hour), NextUpdate: verifiedAt.Add(time.Hour)}
	for _, r := range revoked {
		l.RevokedCertificateEntries = append(l.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: r.SerialNumber, RevocationTime: verifiedAt})
	}
	if change != nil {
		change(l)
	}
	der, err := x509.CreateRevocationList(rand.Reader, l, by.Certificate, by.key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})
}

func storeOf(t *testing.T, revocations []byte, authorities ...*authority) *TrustStore {
	t.Helper()
	m := &model.TrustStore{ID: "store", Revocations: revocations}
	for _, a := range authorities {
		m.Authorities = append(m.Authorities, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Raw})...)
	}
	s, err := parseTrustStore(m)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func chainOf(list ...*authority) []*x509.Certificate {
	out := make([]*x509.Certificate, len(list))
	for i, a := range list {
		out[i] = a.Certificate
	}
	return out
}

func TestClientCertificatesAreVerifiedAsALBDoes(t *testing.T) {
	root := issue(t, nil, "root", asAuthority)
	sub := issue(t, root, "sub", asAuthority)
	noAuthority := issue(t, root, "no authority", nil)
	imposter := issue(t, nil, "root", asAuthority)
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	leaf := issue(t, root, "leaf", nil)
	below := issue(t, sub, "below", nil)
	old := issue(t, root, "old", func(c *x509.Certificate) { c.NotAfter = verifiedAt.Add(-time.Minute) })
	expired := func(l *x509.RevocationList) { l.NextUpdate = verifiedAt.Add(-time.Minute) }
	for _, c := range []struct {
		name  string
		chain []*x509.Certificate
		lists []byte
		edit  func(*ClientAuth)
		want  exchange.VerifyStatus
	}{
		{name: "by the authority", chain: chainOf(leaf)},
		{name: "by an authority on the way", chain: chainOf(below, sub)},
		{name: "with the root sent along", chain: chainOf(below, sub, root)},
		{name: "the authority on the way is missing", chain: chainOf(below), want: exchange.VerifyUntrusted},
		{name: "by somebody with the name of the authority", chain: chainOf(issue(t, imposter, "x", nil)), want: exchange.VerifyUntrusted},
		{name: "signed by itself", chain: chainOf(issue(t, nil, "self", nil)), want: exchange.VerifyUntrusted},
		{name: "by a certificate that is no authority", chain: chainOf(issue(t, noAuthority, "x", nil), noAuthority), want: exchange.VerifyUntrusted},
		{name: "expired", chain: chainOf(old), want: exchange.VerifyExpired},
		{name: "expired, ignored", chain: chainOf(old), edit: func(a *ClientAuth) { a.IgnoreExpiry = true }},
		{name: "not yet valid", chain: chainOf(issue(t, root, "x", func(c *x509.Certificate) { c.NotBefore = verifiedAt.Add(time.Minute) })), edit: func(a *ClientAuth) { a.IgnoreExpiry = true }, want: exchange.VerifyNotYetValid},
		{name: "for servers", chain: chainOf(issue(t, root, "x", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })), want: exchange.VerifyPurposeInvalid},
		{name: "for anything", chain: chainOf(issue(t, root, "x", func(c *x509.Certificate) { c.ExtKeyUsage = nil }))},
		{name: "a short RSA key", chain: chainOf(issueFor(t, root, "x", small, nil)), want: exchange.VerifyTypeUnsupported},
		{name: "a short curve", chain: chainOf(issueFor(t, root, "x", p224, nil)), want: exchange.VerifyTypeUnsupported},
		{name: "too deep as sent", chain: chainOf(leaf, sub, sub, sub, sub, sub), want: exchange.VerifyChainTooDeep},
		{name: "too deep as verified", chain: chainOf(below, sub), edit: func(a *ClientAuth) { a.MaxDepth = 1 }, want: exchange.VerifyChainTooDeep},
		{name: "none", want: exchange.VerifyUnmapped},
		{name: "none, not required", edit: func(a *ClientAuth) { a.Required = false }},
		{name: "on a list", chain: chainOf(leaf), lists: list(t, root, nil, leaf), want: exchange.VerifyRevoked},
		{name: "not on the list", chain: chainOf(leaf), lists: list(t, root, nil, below)},
		{name: "its authority is on a list", chain: chainOf(below, sub), lists: list(t, root, nil, sub), want: exchange.VerifyRevoked},
		{name: "on a list that has ended", chain: chainOf(leaf), lists: list(t, root, expired, leaf), want: exchange.VerifyRevoked},
		{name: "not on a list that has ended", chain: chainOf(leaf), lists: list(t, root, expired), want: exchange.VerifyRevocationUnknown},
		{name: "on the list of another authority", chain: chainOf(leaf), lists: list(t, sub, nil, leaf)},
		{name: "on the list of somebody with the authority's name", chain: chainOf(leaf), lists: list(t, imposter, nil, leaf)},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := &ClientAuth{Store: storeOf(t, c.lists, root), Required: true, MaxDepth: elbClientDepth}
			if c.edit != nil {
				c.edit(a)
			}
			if got := a.Verify(c.chain, verifiedAt); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestWithoutAStoreChainsOfAReasonableSizeAreLetThrough(t *testing.T) {
	leaf := issue(t, nil, "self", nil)
	a := &ClientAuth{MaxDepth: elbClientDepth}
	if got := a.Verify(chainOf(leaf), verifiedAt); got != exchange.VerifyOK {
		t.Error(got)
	}
	huge := make([]*authority, 0, 1000)
	for range cap(huge) {
		huge = append(huge, leaf)
	}
	if got := a.Verify(chainOf(huge...), verifiedAt); got != exchange.VerifyTooLarge {
		t.Error(got)
	}
}

func TestBrokenTrustStoresAreRefused(t *testing.T) {
	block := func(kind, text string) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: []byte(text)})
	}
	root := issue(t, nil, "root", asAuthority)
	good := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw})
	for name, m := range map[string]*model.TrustStore{
		"no PEM": {Authorities: []byte("x")}, "no certificate": {Authorities: block("CERTIFICATE", "x")},
		"no list": {Authorities: good, Revocations: block("X509 CRL", "x")},
	} {
		if _, err := parseTrustStore(m); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestEverySuiteOfAPolicyIsSpokenOrNamed(t *testing.T) {
	unspoken := map[string]bool{"ECDHE-ECDSA-AES256-SHA384": true, "ECDHE-RSA-AES256-SHA384": true, "AES256-SHA256": true}
	for _, m := range model.SSLPolicies() {
		p, known := elbTLSPolicy(m.Name)
		if !known {
			t.Errorf("%s is not known", m.Name)
		}
		for _, name := range p.unspoken {
			if !unspoken[name] {
				t.Errorf("%s does not speak %s", m.Name, name)
			}
		}
		newest := 0
		for _, name := range m.Ciphers() {
			if _, old := exchange.CipherID(name); !old && !unspoken[name] {
				newest++
			}
		}
		if len(p.Suites)+len(p.unspoken)+newest != len(m.Ciphers()) {
			t.Errorf("%s: %d and %d of %d suites", m.Name, len(p.Suites), len(p.unspoken), len(m.Ciphers()))
		}
	}
	if p, known := elbTLSPolicy("ELBSecurityPolicy-2099-01"); known || p.Name != model.DefaultSSLPolicy {
		t.Errorf("an unknown policy is %+v", p)
	}
}
