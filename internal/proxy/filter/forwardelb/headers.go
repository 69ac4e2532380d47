package forwardelb

import (
	"strconv"

	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/http1"
)

// Names and values of fields towards targets. They are shared and must not be written to.
var (
	xFor   = []byte("X-Forwarded-For")
	xProto = []byte("X-Forwarded-Proto")
	xPort  = []byte("X-Forwarded-Port")
	plain  = []byte("http")
	secure = []byte("https")
	comma  = []byte(", ")
)

// headers writes the forwarding fields.
type headers struct {
	settings *compile.Settings
	name     []byte
}

// NewHeaders makes the last step before a target. name is the load balancer's, used as Host where the client sent none
// (HTTP/1.0).
func NewHeaders(s *compile.Settings, name string) exchange.Filter {
	return headers{s, []byte(name)}
}

// Request writes the fields.
func (h headers) Request(x *exchange.Exchange) exchange.Verdict {
	header := &x.Request.Header
	var was []byte
	header.DelFunc(func(f exchange.Field) bool { return h.take(x, f, &was) })
	switch h.settings.ForwardedFor {
	case compile.ForwardedForAppend:
		header.Add(xFor, h.list(x, was))
	case compile.ForwardedForPreserve:
		if was != nil {
			header.Add(xFor, was)
		}
	}
	proto := plain
	if x.HTTPS {
		proto = secure
	}
	header.Add(xProto, proto)
	header.Add(xPort, x.Build(func(b []byte) []byte { return strconv.AppendUint(b, uint64(x.Port), 10) }))
	if h.settings.TLSHeaders && x.Conn.TLS != nil {
		// The names may be the listener's own, so what a client sent under them has to go.
		names := &h.settings.Fields
		header.Del(names.TLSVersion)
		header.Del(names.TLSCipher)
		header.AddString(names.TLSVersion, []byte(exchange.TLSVersionName(x.Conn.TLS.Version)))
		header.AddString(names.TLSCipher, []byte(exchange.CipherName(x.Conn.TLS.CipherSuite)))
	}
	if x.UpstreamHost == nil { // no transform has set it
		x.UpstreamHost = h.host(x)
	}
	return exchange.Continue
}

// take says whether a field is ours to write, and keeps the client's X-Forwarded-For, of which several lines are one list
// (RFC 9110 section 5.3). Fields by which the load balancer tells
// of logins and client certificates are never the client's to send.
func (h *headers) take(x *exchange.Exchange, f exchange.Field, was *[]byte) bool {
	if len(f.Name) < 8 || f.Name[0]|0x20 != 'x' {
		return false
	}
	switch {
	case exchange.EqualFold(f.Name, "x-forwarded-for"):
		if len(*was) > 0 && len(f.Value) > 0 {
			f.Value = x.Scratch(*was, comma, f.Value)
		}
		if *was == nil || len(f.Value) > 0 {
			*was = f.Value
		}
	case exchange.EqualFold(f.Name, "x-forwarded-proto"), exchange.EqualFold(f.Name, "x-forwarded-port"):
	default:
		return hasPrefixFold(f.Name, "x-amzn-oidc-") || hasPrefixFold(f.Name, "x-amzn-mtls-") ||
			hasPrefixFold(f.Name, "x-amzn-tls-")
	}
	return true
}

func hasPrefixFold(name []byte, prefix string) bool {
	return len(name) >= len(prefix) && exchange.EqualFold(name[:len(prefix)], prefix)
}

// list is X-Forwarded-For with the peer's address behind what the client sent. With its port an IPv6 address stands in
// brackets.
func (h *headers) list(x *exchange.Exchange, was []byte) []byte {
	return x.Build(func(b []byte) []byte {
		if len(was) > 0 {
			b = append(b, was...)
			b = append(b, comma...)
		}
		if !h.settings.ForwardedForPort {
			return x.ClientIP.AppendTo(b)
		}
		if x.ClientIP.Is4() {
			b = x.ClientIP.AppendTo(b)
		} else {
			b = append(b, '[')
			b = x.ClientIP.AppendTo(b)
			b = append(b, ']')
		}
		b = append(b, ':')
		return strconv.AppendUint(b, uint64(x.Conn.Remote.Port()), 10)
	})
}

// host is Host towards the target; nil keeps what the client sent. By default it is in lower case, with the listener's
// port unless that is 80 or 443, where a port that says the same is cut off.
func (h *headers) host(x *exchange.Exchange) []byte {
	authority := x.Request.Authority
	if len(authority) == 0 {
		return h.name
	}
	if h.settings.PreserveHost {
		return nil
	}
	host, port, ok := http1.SplitAuthority(authority)
	if !ok {
		return nil
	}
	own := uint64(x.Conn.Port)
	standard := own == 80 || own == 443
	if standard && sameNumber(port, own) {
		port = nil
	}
	return x.Build(func(b []byte) []byte {
		for _, c := range host {
			if c >= 'A' && c <= 'Z' {
				c += 'a' - 'A'
			}
			b = append(b, c)
		}
		switch {
		case len(port) > 0:
			b = append(b, ':')
			b = append(b, port...)
		case !standard:
			b = append(b, ':')
			b = strconv.AppendUint(b, own, 10)
		}
		return b
	})
}

// sameNumber says whether digits are a number. Leading zeros do not matter.
func sameNumber(digits []byte, n uint64) bool {
	got := uint64(0)
	for _, c := range digits {
		got = got*10 + uint64(c-'0')
	}
	return len(digits) > 0 && got == n
}
