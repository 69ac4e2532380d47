package ingressnginx

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
)

// clientAuthority is the certificate of an authority, PEM.
var clientAuthority = sync.OnceValue(func() []byte {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "clients"}, IsCA: true, BasicConstraintsValid: true,
		NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
})

func TestTrustStoresThatCannotBeReadAreNamed(t *testing.T) {
	broken := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")})
	for _, c := range []struct {
		authorities, revocations []byte
		want                     string
	}{
		{clientAuthority(), nil, ""},
		{nil, nil, "there is no certificate in ca.crt"},
		{[]byte("x"), nil, "there is no certificate in ca.crt"},
		{broken, nil, "certificate 1 of ca.crt"},
		{append(clientAuthority(), broken...), nil, "certificate 2 of ca.crt"},
		{clientAuthority(), broken, "a revocation list of ca.crl"},
	} {
		got := brokenStore(&model.TrustStore{Authorities: c.authorities, Revocations: c.revocations})
		if !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
