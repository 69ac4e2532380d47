package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"time"
)

// How long things are valid. Certificates are made anew at each start, so only the authority has to last.
const (
	authorityLife   = 10 * 365 * 24 * time.Hour
	certificateLife = 365 * 24 * time.Hour
	// backdate forgives clocks that are a little behind.
	backdate = time.Hour
)

// Authority signs the certificates of one kubebox.
type Authority struct {
	// Cert is the authority's certificate in PEM.
	Cert []byte

	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// Pair is a certificate and its key, both in PEM.
type Pair struct{ Cert, Key []byte }

// newAuthority makes an authority from nothing.
func newAuthority(now time.Time) (*Authority, Pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, Pair{}, fmt.Errorf("make the authority's key: %w", err)
	}
	template, err := template("kubebox-ca", now, authorityLife)
	if err != nil {
		return nil, Pair{}, err
	}
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
	pair, err := sign(template, template, key, key)
	if err != nil {
		return nil, Pair{}, err
	}
	a, err := parseAuthority(pair, now)
	return a, pair, err
}

// parseAuthority reads an authority that was stored, and refuses one that cannot sign any more.
func parseAuthority(pair Pair, now time.Time) (*Authority, error) {
	cert, err := parseCertificate(pair.Cert)
	if err != nil {
		return nil, err
	}
	key, err := parseKey(pair.Key)
	if err != nil {
		return nil, err
	}
	if !key.PublicKey.Equal(cert.PublicKey) {
		return nil, errors.New("certificate and key do not belong together")
	}
	if now.After(cert.NotAfter.Add(-certificateLife)) {
		return nil, fmt.Errorf("the certificate authority ends on %s", cert.NotAfter.Format(time.DateOnly))
	}
	return &Authority{Cert: pair.Cert, cert: cert, key: key}, nil
}

// Server makes the certificate of a server that is reached under localhost and the given addresses and names.
func (a *Authority) Server(addresses []netip.Addr, names []string, now time.Time) (Pair, error) {
	t, err := template("kubebox-apiserver", now, certificateLife)
	if err != nil {
		return Pair{}, err
	}
	t.KeyUsage = x509.KeyUsageDigitalSignature
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	t.DNSNames = append([]string{"localhost"}, names...)
	for _, address := range addresses {
		t.IPAddresses = append(t.IPAddresses, address.AsSlice())
	}
	return a.issue(t)
}

// Client makes the certificate of a client: Kubernetes takes the common name as the user and the organisation as its group. An
// empty group means none.
func (a *Authority) Client(user, group string, now time.Time) (Pair, error) {
	t, err := template(user, now, certificateLife)
	if err != nil {
		return Pair{}, err
	}
	t.KeyUsage = x509.KeyUsageDigitalSignature
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	if group != "" {
		t.Subject.Organization = []string{group}
	}
	return a.issue(t)
}

func (a *Authority) issue(t *x509.Certificate) (Pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, fmt.Errorf("make the key of %s: %w", t.Subject.CommonName, err)
	}
	return sign(t, a.cert, key, a.key)
}

func template(name string, now time.Time, life time.Duration) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, fmt.Errorf("draw a serial number: %w", err)
	}
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    now.Add(-backdate),
		NotAfter:     now.Add(life),
	}, nil
}

func sign(t, issuer *x509.Certificate, key, issuerKey *ecdsa.PrivateKey) (Pair, error) {
	der, err := x509.CreateCertificate(rand.Reader, t, issuer, &key.PublicKey, issuerKey)
	if err != nil {
		return Pair{}, fmt.Errorf("sign the certificate of %s: %w", t.Subject.CommonName, err)
	}
	keyText, err := encodeKey(key)
	return Pair{Cert: encodeCertificate(der), Key: keyText}, err
}
