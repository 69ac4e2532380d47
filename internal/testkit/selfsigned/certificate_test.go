package selfsigned

import (
	"crypto/tls"
	"crypto/x509"
	"testing"
)

func TestACertificateServesItsNames(t *testing.T) {
	chain, key, err := Certificate("a.example", "b.example", "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(pair.Leaf)
	for _, name := range []string{"a.example", "b.example", "127.0.0.1"} {
		if _, err := pair.Leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots}); err != nil {
			t.Error(err)
		}
	}
	if err := pair.Leaf.VerifyHostname("c.example"); err == nil {
		t.Error("it serves another name")
	}
}
