package telemetry

import (
	"crypto/x509"
	"strconv"
	"strings"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// WriteHandshake logs one attempt of a client to set up TLS, for the connection log of its load balancer. Nothing is
// written for load balancers that did not ask for one.
func (l *AccessLog) WriteHandshake(listener *compile.Listener, h *exchange.Handshake) {
	to, resource := l.deliveries.connection(listener.LoadBalancer)
	if to == nil || h.Conn == nil {
		return
	}
	b := lines.Get().(*[]byte)
	*b = append(l.appendHandshake((*b)[:0], resource, h), '\n')
	to.Append(h.Conn.Local.Addr(), *b)
	lines.Put(b)
}

// appendHandshake appends a line of an Application Load Balancer's connection log: 15 fields.
func (l *AccessLog) appendHandshake(b []byte, resource string, h *exchange.Handshake) []byte {
	c := h.Conn
	b = l.clock.appendISO(b, h.Start.Add(h.Took))
	b = append(b, ' ')
	b = c.Remote.Addr().AppendTo(b)
	b = strconv.AppendUint(append(b, ' '), uint64(c.Remote.Port()), 10)
	b = strconv.AppendUint(append(b, ' '), uint64(c.Port), 10)
	b = append(b, ' ')
	if h.Version != 0 {
		b = append(b, exchange.TLSVersionName(h.Version)...)
		b = append(b, ' ')
		b = append(b, exchange.CipherName(h.Cipher)...)
		b = append(b, ' ')
	} else {
		b = append(b, "- - "...)
	}
	if h.Failed {
		b = append(b, '-')
	} else {
		b = appendSeconds(b, h.Took)
	}
	b = appendLeaf(append(b, ' '), h.Leaf)
	b = appendBare(append(b, ' '), h.Status.String())
	b = appendConnection(append(b, ' '), c)
	b = append(b, ' ')
	b = appendGroup(b, h.Group)
	b = append(append(b, ' '), resource...)
	return c.Local.Addr().AppendTo(append(b, ' '))
}

// appendLeaf appends subject, validity and serial number of a client's certificate, never the certificate itself.
func appendLeaf(b []byte, leaf *x509.Certificate) []byte {
	if leaf == nil {
		return append(b, `"-" - -`...)
	}
	b = append(b, '"')
	b = appendQuoted(b, exchange.DN(leaf.RawSubject))
	b = append(b, `" NotBefore=`...)
	b = leaf.NotBefore.UTC().AppendFormat(b, time.RFC3339)
	b = append(b, ";NotAfter="...)
	b = leaf.NotAfter.UTC().AppendFormat(b, time.RFC3339)
	b = append(b, ' ')
	if leaf.SerialNumber == nil {
		return append(b, '-')
	}
	return append(b, strings.ToUpper(leaf.SerialNumber.Text(16))...)
}
