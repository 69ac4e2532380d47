package testkit

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func (d *short) secret(meta metav1.ObjectMeta) (any, error) {
	s := &corev1.Secret{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}, ObjectMeta: meta, Data: map[string][]byte{}}
	for key, value := range d.Data {
		s.Data[key] = []byte(value)
	}
	if len(d.Certificate) > 0 {
		chain, key, err := certificate(d.Certificate)
		if err != nil {
			return nil, err
		}
		s.Type = corev1.SecretTypeTLS
		s.Data[corev1.TLSCertKey], s.Data[corev1.TLSPrivateKeyKey] = chain, key
	}
	if d.Authority != "" {
		p, err := clientCertificates()
		if err != nil {
			return nil, err
		}
		s.Data["ca.crt"] = p.bundle()
		if d.Authority == "listed" {
			s.Data["ca.crl"] = p.list
		}
	}
	if len(d.Users) > 0 {
		var file strings.Builder
		for _, user := range slices.Sorted(maps.Keys(d.Users)) {
			file.WriteString(user + ":" + shaHash(d.Users[user]) + "\n")
		}
		s.Data["auth"] = []byte(file.String())
	}
	for user, password := range d.Passwords {
		s.Data[user] = []byte(shaHash(password))
	}
	return s, nil
}

// shaHash is the unsalted form of htpasswd -s: it is the same in every run, as the fingerprints in models must be.
func shaHash(password string) string {
	sum := sha1.Sum([]byte(password))
	return "{SHA}" + base64.StdEncoding.EncodeToString(sum[:])
}

// certificate makes a self-signed certificate for names, as PEM.
func certificate(names []string) (chain, key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: names[0]}, DNSNames: names,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		return nil, nil, err
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}), nil
}
