package world

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"slices"
	"strings"
	"time"
)

// Authority is the world's own certificate authority. It signs what the file asks to generate and what RequestCertificate
// asks for. Clients that should trust those certificates are given its certificate.
type Authority struct {
	Chain string `json:"chain"`
	Key   string `json:"key"`
}

const (
	authorityLife   = 10 * 365 * 24 * time.Hour
	certificateLife = 395 * 24 * time.Hour // as ACM's public certificates
	backdate        = time.Hour
)

// Certificate finds a certificate by ARN, with its users.
func (w *World) Certificate(arn string) (Certificate, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	c, ok := w.state.Certificates[arn]
	if !ok {
		return Certificate{}, false
	}
	out := c.clone()
	out.InUseBy = slices.Clone(w.state.Uses[arn])
	return out, true
}

// UseCertificate says that something (a load balancer, by ARN) uses a certificate, or no longer does. A certificate that is
// in use cannot be deleted.
func (w *World) UseCertificate(arn, user string, used bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	users := w.state.Uses[arn]
	at, found := slices.BinarySearch(users, user)
	switch {
	case used == found:
		return
	case used:
		users = slices.Insert(slices.Clone(users), at, user)
	default:
		users = slices.Delete(slices.Clone(users), at, at+1)
	}
	w.state.Uses[arn] = users
	if len(users) == 0 {
		delete(w.state.Uses, arn)
	}
	w.version++
}

// AuthorityPEM is the certificate of the world's own authority, empty as long as nothing was signed with it.
func (w *World) AuthorityPEM() string {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.state.Authority == nil {
		return ""
	}
	return w.state.Authority.Chain
}

// Algorithms of keys that Issue can make, in ACM's words.
const (
	ECP256  = "EC_prime256v1"
	ECP384  = "EC_secp384r1"
	RSA2048 = "RSA_2048"
)

// newKey makes a key; it takes a tenth of a second or more for RSA, and next to nothing for the others.
func newKey(algorithm string, random io.Reader) (crypto.Signer, error) {
	switch algorithm {
	case ECP256:
		return ecdsa.GenerateKey(elliptic.P256(), random)
	case ECP384:
		return ecdsa.GenerateKey(elliptic.P384(), random)
	case RSA2048:
		return rsa.GenerateKey(random, 2048)
	}
	return nil, fmt.Errorf("no keys of algorithm %q are made here", algorithm)
}

// Issue makes a key and a certificate for names, signed by the world's authority, which it makes if there is none yet. The
// chain holds the authority's certificate too.
func (s *State) Issue(names []string, algorithm string, now time.Time, random io.Reader) (chain, key string, err error) {
	if s.Authority == nil {
		a, err := newAuthority(now, random)
		if err != nil {
			return "", "", err
		}
		s.Authority = a
	}
	ca, err := tls.X509KeyPair([]byte(s.Authority.Chain), []byte(s.Authority.Key))
	if err != nil {
		return "", "", fmt.Errorf("read the authority of the world: %w", err)
	}
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: names[0]},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if len(names[0]) > 64 { // RFC 5280, appendix A.1: ub-common-name
		template.Subject.CommonName = ""
	}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, n)
		}
	}
	span(template, now, certificateLife)
	signer, ok := ca.PrivateKey.(crypto.Signer)
	if !ok {
		return "", "", errors.New("the authority of the world has a key that cannot sign")
	}
	private, err := newKey(algorithm, random)
	if err != nil {
		return "", "", err
	}
	if algorithm == RSA2048 {
		template.KeyUsage |= x509.KeyUsageKeyEncipherment // for TLS 1.2 without Diffie-Hellman
	}
	leaf, key, err := sign(template, private, issuer{ca.Leaf, signer}, random)
	if err != nil {
		return "", "", fmt.Errorf("make a certificate for %s: %w", names[0], err)
	}
	return leaf + s.Authority.Chain, key, nil
}

func newAuthority(now time.Time, random io.Reader) (*Authority, error) {
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "Gwanmun local authority"}, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		IsCA: true, BasicConstraintsValid: true,
	}
	span(template, now, authorityLife)
	private, err := newKey(ECP256, random)
	if err != nil {
		return nil, err
	}
	chain, key, err := sign(template, private, issuer{template, private}, random)
	if err != nil {
		return nil, fmt.Errorf("make the authority of the world: %w", err)
	}
	return &Authority{Chain: chain, Key: key}, nil
}

func span(c *x509.Certificate, now time.Time, life time.Duration) {
	c.NotBefore, c.NotAfter = now.Add(-backdate).UTC(), now.Add(life).UTC()
}

// issuer is who signs a certificate: its own certificate and key.
type issuer struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

// sign makes a certificate for a key, and writes both as PEM.
func sign(template *x509.Certificate, private crypto.Signer, by issuer, random io.Reader) (chain, key string, err error) {
	serial, err := rand.Int(random, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return "", "", err
	}
	template.SerialNumber = serial.Add(serial, big.NewInt(1))
	der, err := x509.CreateCertificate(random, template, by.certificate, private.Public(), by.key)
	if err != nil {
		return "", "", err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return "", "", err
	}
	chain = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return chain, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})), nil
}

// LeafNames are the names that a certificate is for: its subject alternative names, or the common name of one without.
func LeafNames(c *x509.Certificate) []string {
	names := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 && c.Subject.CommonName != "" {
		names = []string{c.Subject.CommonName}
	}
	return names
}

// certificateARN is the ARN of a certificate that a file names without one.
func certificateARN(i Identity, names []string) string {
	sum := sha256.Sum256([]byte(strings.Join(names, "\x00")))
	h := hex.EncodeToString(sum[:16])
	return i.ARN("acm", "certificate/"+strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-"))
}

// Issue is State.Issue with the world's own clock and randomness, for use within Change.
func (w *World) Issue(s *State, names []string, algorithm string) (chain, key string, err error) {
	return s.Issue(names, algorithm, w.options.Now(), randomness{w})
}

// randomness is the world's source of randomness, one caller at a time.
type randomness struct{ w *World }

// Read fills b.
func (r randomness) Read(b []byte) (int, error) { return copy(b, r.w.random(len(b))), nil }
