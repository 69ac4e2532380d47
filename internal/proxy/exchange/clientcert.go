package exchange

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
	"sync"
	"time"
)

// ClientCertificate is what a client that was asked for a certificate has shown. It never changes.
type ClientCertificate struct {
	// Chain is what the client sent, its own certificate first; empty when it sent none.
	Chain []*x509.Certificate
	// Checked says that the chain was verified, and Status how that ended: VerifyOK when it is to be trusted.
	Checked bool
	Status  VerifyStatus
	// Host is the host whose settings asked for the certificate, where hosts differ in that (class nginx); "" for the whole
	// listener.
	Host string

	once sync.Once
	text ClientCertificateText
}

// ClientCertificateText is a client certificate in the forms in which targets are told of it. Its members are shared and
// must not be written to.
type ClientCertificateText struct {
	// Serial is the serial number: hexadecimal digits in upper case, two for each byte.
	Serial []byte
	// Issuer and Subject are names as RFC 2253 has them.
	Issuer, Subject []byte
	// Validity is NotBefore=2026-03-04T05:06:07Z;NotAfter=2027-03-04T05:06:07Z.
	Validity []byte
	// Leaf and Chain are PEM, percent-encoded with "+", "=" and "/" left as they are, as ELB has it.
	Leaf, Chain []byte
	// Escaped is Leaf as nginx has it: all but unreserved characters percent-encoded.
	Escaped []byte
}

// Text writes the certificate out, once for all requests on the connection. It is nil when the client sent none.
func (c *ClientCertificate) Text() *ClientCertificateText {
	if c == nil || len(c.Chain) == 0 {
		return nil
	}
	c.once.Do(c.write)
	return &c.text
}

func (c *ClientCertificate) write() {
	leaf := c.Chain[0]
	serial := leaf.SerialNumber.Bytes()
	if len(serial) == 0 {
		serial = []byte{0}
	}
	var own, all []byte
	for i, one := range c.Chain {
		text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: one.Raw})
		if i == 0 {
			own = text
		}
		all = append(all, text...)
	}
	c.text = ClientCertificateText{
		Serial: fmt.Appendf(nil, "%X", serial), Issuer: []byte(DN(leaf.RawIssuer)), Subject: []byte(DN(leaf.RawSubject)),
		Validity: fmt.Appendf(nil, "NotBefore=%s;NotAfter=%s",
			leaf.NotBefore.UTC().Format(time.RFC3339), leaf.NotAfter.UTC().Format(time.RFC3339)),
		Leaf: appendPercent(nil, own, "+=/"), Chain: appendPercent(nil, all, "+=/"), Escaped: appendPercent(nil, own, ""),
	}
}

// appendPercent appends text percent-encoded (RFC 3986 section 2.1); unreserved characters and those of keep stay.
func appendPercent(b, text []byte, keep string) []byte {
	const digits = "0123456789ABCDEF"
	for _, c := range text {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '.', c == '_', c == '~':
			b = append(b, c)
		default:
			if strings.IndexByte(keep, c) >= 0 {
				b = append(b, c)
				continue
			}
			b = append(b, '%', digits[c>>4], digits[c&15])
		}
	}
	return b
}
