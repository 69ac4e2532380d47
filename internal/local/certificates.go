package local

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// certificates makes the stand-in certificates and keeps them for as long as the process lives, so that a change of
// manifests does not change certificates. It has one caller.
type certificates struct {
	made map[string]*madeCertificate
}

type madeCertificate struct {
	chain, key []byte
}

func newCertificates() *certificates { return &certificates{made: map[string]*madeCertificate{}} }

// fallback is what listeners serve whose certificate only AWS holds.
func (c *certificates) fallback() (*tls.Certificate, error) {
	m, err := c.get("default", "gwanmun.invalid")
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(m.chain, m.key)
	if err != nil {
		return nil, fmt.Errorf("making the default certificate: %w", err)
	}
	return &pair, nil
}

// get returns the certificate for some host names, which may be wildcards. id tells certificates for the same names
// apart.
func (c *certificates) get(id string, hosts ...string) (*madeCertificate, error) {
	name := id + "\x00" + strings.Join(hosts, "\x00")
	if m := c.made[name]; m != nil {
		return m, nil
	}
	m, err := selfMade(hosts)
	if err != nil {
		return nil, err
	}
	c.made[name] = m
	return m, nil
}

// selfMade makes a certificate that signs itself: ECDSA on P-256, for a year.
func selfMade(hosts []string) (*madeCertificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, fmt.Errorf("drawing a serial number: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{Organization: []string{"Gwanmun stand-in"}, CommonName: "Gwanmun stand-in certificate"},
		DNSNames:     hosts,
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().AddDate(1, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IsCA:         false,

		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("making a certificate: %w", err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encoding a key: %w", err)
	}
	return &madeCertificate{
		chain: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		key:   pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}),
	}, nil
}

// PodTLS is what stand-in pods serve TLS with, for Services whose backend protocol is HTTPS.
func PodTLS() (*tls.Config, error) {
	m, err := selfMade([]string{"stand-in.gwanmun.dev"})
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(m.chain, m.key)
	if err != nil {
		return nil, fmt.Errorf("reading a certificate that was just made: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

// standInARN is an ARN that no account has; it follows from the text alone.
func standInARN(service, kind, text string) string {
	sum := sha256.Sum256([]byte(text))
	return fmt.Sprintf("arn:aws:%s:%s:000000000000:%s/%x-%x-%x-%x-%x", service, region, kind, sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

// SelfMade makes a certificate that signs itself, as PEM, for whoever has to serve HTTPS before there is a real one.
func SelfMade(hosts ...string) (chain, key []byte, err error) {
	m, err := selfMade(hosts)
	if err != nil {
		return nil, nil, err
	}
	return m.chain, m.key, nil
}
