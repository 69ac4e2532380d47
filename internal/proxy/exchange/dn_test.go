package exchange

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"strings"
	"testing"
	"time"
)

func TestNamesAreWrittenAsRFC2253HasThem(t *testing.T) {
	part := func(oid asn1.ObjectIdentifier, value any) pkix.AttributeTypeAndValue {
		return pkix.AttributeTypeAndValue{Type: oid, Value: value}
	}
	c, o, cn := asn1.ObjectIdentifier{2, 5, 4, 6}, asn1.ObjectIdentifier{2, 5, 4, 10}, asn1.ObjectIdentifier{2, 5, 4, 3}
	mail, odd := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}, asn1.ObjectIdentifier{1, 2, 3, 4}
	for _, x := range []struct {
		name pkix.RDNSequence
		want string
	}{
		{pkix.RDNSequence{{part(c, "KR")}, {part(o, "Case, Inc.")}, {part(cn, "a.example")}}, `CN=a.example,O=Case\, Inc.,C=KR`},
		{pkix.RDNSequence{{part(cn, "a"), part(mail, "a@b.example")}}, "CN=a+emailAddress=a@b.example"},
		{pkix.RDNSequence{{part(cn, ` #a+b"c\d<e>f;g `)}}, `CN=\ #a\+b\"c\\d\<e\>f\;g\ `},
		{pkix.RDNSequence{{part(cn, "#a")}}, `CN=\#a`},
		{pkix.RDNSequence{{part(cn, "관")}}, `CN=\EA\B4\80`},
		{pkix.RDNSequence{{part(cn, "a\r\nX: y")}}, `CN=a\0D\0AX: y`},
		{pkix.RDNSequence{{part(odd, "x")}}, "1.2.3.4=#130178"},
		{nil, ""},
	} {
		raw, err := asn1.Marshal(x.name)
		if err != nil {
			t.Fatal(err)
		}
		if got := DN(raw); got != x.want {
			t.Errorf("%s, want %s", got, x.want)
		}
	}
	if got := DN([]byte("nonsense")); got != "" {
		t.Errorf("nonsense is %q", got)
	}
}

func FuzzDN(f *testing.F) {
	f.Add([]byte{0x30, 0x0c, 0x31, 0x0a, 0x30, 0x08, 0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x01, 0x61})
	f.Fuzz(func(t *testing.T, raw []byte) {
		if got := DN(raw); strings.ContainsFunc(got, func(r rune) bool { return r < 0x20 || r > 0x7e }) {
			t.Errorf("%q could end a header field", got)
		}
	})
}

func TestACertificateIsToldOfAsELBDoes(t *testing.T) {
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(0x3a5b1), NotBefore: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		NotAfter: time.Date(2027, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600)), Raw: []byte("\xfb\xff\xfe a certificate"),
	}
	c := &ClientCertificate{Chain: []*x509.Certificate{leaf, leaf}}
	text := c.Text()
	for _, x := range []struct{ got, want string }{
		{string(text.Serial), "03A5B1"},
		{string(text.Validity), "NotBefore=2026-01-02T03:04:05Z;NotAfter=2027-01-02T02:04:05Z"},
		{string(text.Leaf), "-----BEGIN%20CERTIFICATE-----%0A+//+IGEgY2VydGlmaWNhdGU=%0A-----END%20CERTIFICATE-----%0A"},
		{string(text.Chain), string(text.Leaf) + string(text.Leaf)},
		{string(text.Escaped), "-----BEGIN%20CERTIFICATE-----%0A%2B%2F%2F%2BIGEgY2VydGlmaWNhdGU%3D%0A-----END%20CERTIFICATE-----%0A"},
	} {
		if x.got != x.want {
			t.Errorf("%s, want %s", x.got, x.want)
		}
	}
	var none *ClientCertificate
	if none.Text() != nil || (&ClientCertificate{}).Text() != nil {
		t.Error("there is text of no certificate")
	}
}
