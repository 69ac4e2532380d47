package testkit

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
)

// clientPKI is what certificates of clients in cases come from, the same for all cases of a run: an authority that trust
// stores hold, and certificates that each have something about them.
type clientPKI struct {
	authority, between *issued
	list, staleList    []byte
	certificates       map[string]tls.Certificate
}

// issued is a certificate with its key.
type issued struct {
	der []byte
	*x509.Certificate
	key crypto.Signer
}

// clientCertificates makes the PKI, once. The certificates are: good, rsa and p384 (in order), sub (by an authority under
// the one in the store, whose certificate is sent along), deep (five authorities under it), expired, early, revoked, server
// (not for clients), untrusted (by somebody else), small (RSA of 1024 bits), ed25519.
var clientCertificates = sync.OnceValues(func() (*clientPKI, error) {
	p := &clientPKI{certificates: map[string]tls.Certificate{}}
	var err error
	if p.authority, err = issue(nil, template("Case Clients", true), p256); err != nil {
		return nil, err
	}
	if p.between, err = issue(p.authority, template("Case Clients Sub", true), p256); err != nil {
		return nil, err
	}
	stranger, err := issue(nil, template("Somebody Else", true), p256)
	if err != nil {
		return nil, err
	}
	for _, c := range []struct {
		name   string
		by     *issued
		key    func() (crypto.Signer, error)
		change func(*x509.Certificate)
	}{
		{"good", p.authority, p256, nil},
		{"rsa", p.authority, func() (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, 2048) }, nil},
		{"p384", p.authority, func() (crypto.Signer, error) { return ecdsa.GenerateKey(elliptic.P384(), rand.Reader) }, nil},
		{"sub", p.between, p256, nil},
		{"expired", p.authority, p256, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }},
		{"early", p.authority, p256, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Hour) }},
		{"revoked", p.authority, p256, nil},
		{"server", p.authority, p256, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }},
		{"untrusted", stranger, p256, nil},
		{"small", p.authority, func() (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, 1024) }, nil},
		{"ed25519", p.authority, func() (crypto.Signer, error) { _, k, err := ed25519.GenerateKey(rand.Reader); return k, err }, nil},
	} {
		leaf := template(c.name, false)
		leaf.SerialNumber = big.NewInt(0x0a0b00 + int64(len(p.certificates)))
		if c.change != nil {
			c.change(leaf)
		}
		made, err := issue(c.by, leaf, c.key)
		if err != nil {
			return nil, fmt.Errorf("certificate %s: %w", c.name, err)
		}
		p.certificates[c.name] = made.chain(c.by)
	}
	if err := p.deep(); err != nil {
		return nil, err
	}
	return p, p.revoke()
})

func p256() (crypto.Signer, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

func template(name string, authority bool) *x509.Certificate {
	t := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name, Organization: []string{"Case, Inc."}, Country: []string{"KR"}},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(24 * time.Hour), BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if authority {
		t.IsCA, t.KeyUsage, t.ExtKeyUsage = true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign, nil
	}
	return t
}

func issue(by *issued, t *x509.Certificate, makeKey func() (crypto.Signer, error)) (*issued, error) {
	key, err := makeKey()
	if err != nil {
		return nil, err
	}
	parent, signer := t, key
	if by != nil {
		parent, signer = by.Certificate, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, t, parent, key.Public(), signer)
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParseCertificate(der)
	return &issued{der, parsed, key}, err
}

// chain is the certificate as a client has it, with those of authorities below the first one.
func (i *issued) chain(by ...*issued) tls.Certificate {
	out := tls.Certificate{Certificate: [][]byte{i.der}, PrivateKey: i.key}
	for _, b := range by {
		if !bytes.Equal(b.RawIssuer, b.RawSubject) {
			out.Certificate = append(out.Certificate, b.der)
		}
	}
	return out
}

// deep makes a certificate with five authorities between it and the one in the store.
func (p *clientPKI) deep() error {
	var above []*issued
	by := p.authority
	for i := range 5 {
		next, err := issue(by, template(fmt.Sprintf("Case Clients %d", i), true), p256)
		if err != nil {
			return err
		}
		above, by = append([]*issued{next}, above...), next
	}
	leaf, err := issue(by, template("deep", false), p256)
	if err != nil {
		return err
	}
	p.certificates["deep"] = leaf.chain(above...)
	return nil
}

// revoke makes a list that is in force, and one that has ended.
func (p *clientPKI) revoke() error {
	leaf, err := x509.ParseCertificate(p.certificates["revoked"].Certificate[0])
	if err != nil {
		return err
	}
	for _, l := range []struct {
		into *[]byte
		end  time.Duration
	}{{&p.list, 24 * time.Hour}, {&p.staleList, -time.Minute}} {
		der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
			Number: big.NewInt(1), ThisUpdate: time.Now().Add(-time.Hour), NextUpdate: time.Now().Add(l.end),
			RevokedCertificateEntries: []x509.RevocationListEntry{{SerialNumber: leaf.SerialNumber, RevocationTime: time.Now().Add(-time.Hour)}},
		}, p.authority.Certificate, p.authority.key)
		if err != nil {
			return err
		}
		*l.into = pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})
	}
	return nil
}

func (p *clientPKI) bundle() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.authority.der})
}

// trustStore is the content of a trust store: the authority, and its list of what is revoked unless the store's name holds
// "unlisted"; with "stale" the list has ended. A store whose name holds "unknown" has none that the proxy knows of.
func (p *clientPKI) trustStore(id string) model.TrustStore {
	s := model.TrustStore{ID: id}
	if strings.Contains(id, "unknown") {
		return s
	}
	s.Authorities = p.bundle()
	switch {
	case strings.Contains(id, "unlisted"):
	case strings.Contains(id, "stale"):
		s.Revocations = p.staleList
	default:
		s.Revocations = p.list
	}
	return s
}

// withTrustStores adds to a model the trust stores that its listeners name, as AWS would hold them.
func withTrustStores(m *model.Model) (*model.Model, error) {
	if m == nil {
		return nil, nil
	}
	out := *m
	for i := range m.LoadBalancers {
		for j := range m.LoadBalancers[i].Listeners {
			a := m.LoadBalancers[i].Listeners[j].MutualAuthentication
			if a == nil || !strings.HasPrefix(a.TrustStore, "arn:") {
				continue
			}
			p, err := clientCertificates()
			if err != nil {
				return nil, err
			}
			out.TrustStores = append(out.TrustStores[:len(out.TrustStores):len(out.TrustStores)], p.trustStore(a.TrustStore))
		}
	}
	return &out, nil
}
