package testkit

import (
	"crypto/sha1"
	"encoding/base64"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gwanmun/gwanmun/internal/testkit/selfsigned"
)

func (d *short) secret(meta metav1.ObjectMeta) (any, error) {
	s := &corev1.Secret{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"}, ObjectMeta: meta, Data: map[string][]byte{}}
	for key, value := range d.Data {
		s.Data[key] = []byte(value)
	}
	if len(d.Certificate) > 0 {
		chain, key, err := selfsigned.Certificate(d.Certificate...)
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
