package ingressnginx

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"testing"
)

func TestWhichHostsACertificateCovers(t *testing.T) {
	names := &x509.Certificate{DNSNames: []string{"A.example", "*.b.example"}, Subject: pkix.Name{CommonName: "cn.example"}}
	common := &x509.Certificate{Subject: pkix.Name{CommonName: "cn.example"}}
	for _, c := range []struct {
		leaf *x509.Certificate
		host string
		want bool
	}{
		{names, "a.example", true},
		{names, "x.b.example", true},
		{names, "*.b.example", true},
		{names, "b.example", false},
		{names, "x.y.b.example", false},
		{names, "*.x.b.example", false},
		{names, "cn.example", false},
		{common, "cn.example", true},
		{common, "other.example", false},
		{&x509.Certificate{}, "a.example", false},
	} {
		if got := covers(c.leaf, c.host); got != c.want {
			t.Errorf("%v covers %s: %t", namesOf(c.leaf), c.host, got)
		}
	}
}
