package forwardnginx

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/http1"
)

// trust settles who the client is.
type trust struct {
	// realIP is the field that the address is taken from; empty to keep the peer.
	realIP    string
	protoHost bool
	everyone  bool
	cidrs     []netip.Prefix
}

// NewTrust makes the early step: it settles x.ClientIP, HTTPS, Port, ForwardedHost and RequestID. It fails on a CIDR block
// that cannot be read, because a peer might be believed that must not be.
func NewTrust(c *model.ForwardedHeaders) (exchange.Filter, error) {
	t := trust{}
	if c == nil {
		return t, nil
	}
	t.protoHost, t.everyone = c.TrustProtoHostPort, len(c.TrustedCIDRs) == 0
	if c.RealIP {
		t.realIP = c.Header
		if t.realIP == "" {
			t.realIP = "X-Forwarded-For"
		}
	}
	for _, v := range c.TrustedCIDRs {
		p, err := netip.ParsePrefix(v)
		if err != nil {
			a, err := netip.ParseAddr(v)
			if err != nil {
				return nil, fmt.Errorf("%q in the list of trusted proxies is not a CIDR block", v)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		t.cidrs = append(t.cidrs, p.Masked())
	}
	return t, nil
}

// Request believes forwarding fields of trusted peers.
func (t trust) Request(x *exchange.Exchange) exchange.Verdict {
	x.ForwardedHost = x.Request.Authority
	x.RequestID = requestID(x)
	peer := x.Conn.Remote.Addr().Unmap().WithZone("")
	if (t.realIP == "" && !t.protoHost) || !t.trusted(peer) {
		return exchange.Continue
	}
	if t.realIP != "" {
		x.ClientIP = t.client(x, peer)
	}
	if t.protoHost {
		believe(x)
	}
	return exchange.Continue
}

func (t *trust) trusted(a netip.Addr) bool {
	if t.everyone {
		return true
	}
	for _, p := range t.cidrs {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// client walks the list of addresses from its end (the fields of the name joined in order) and stops at the first one
// that is not a trusted proxy, or before one that is no address, or at the start.
func (t *trust) client(x *exchange.Exchange, peer netip.Addr) netip.Addr {
	client := peer
	for i := x.Request.Header.Len() - 1; i >= 0; i-- {
		f := x.Request.Header.At(i)
		if !exchange.EqualFold(f.Name, t.realIP) {
			continue
		}
		for rest := f.Value; len(rest) > 0; {
			item := rest
			if comma := bytes.LastIndexByte(rest, ','); comma >= 0 {
				item, rest = rest[comma+1:], rest[:comma]
			} else {
				rest = nil
			}
			if item = bytes.Trim(item, " \t"); len(item) == 0 {
				continue
			}
			a, ok := address(item)
			if !ok {
				return client
			}
			if client = a; !t.trusted(a) {
				return client
			}
		}
	}
	return client
}

// address reads an address with or without a port: 192.0.2.1, 192.0.2.1:80, 2001:db8::1, [2001:db8::1]:80.
func address(item []byte) (netip.Addr, bool) {
	const longest = len("[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]:65535")
	if len(item) > longest {
		return netip.Addr{}, false
	}
	text := string(item)
	if text[0] == '[' {
		if end := bytes.IndexByte(item, ']'); end == len(item)-1 {
			text = text[1:end]
		}
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		withPort, err := netip.ParseAddrPort(text)
		if err != nil {
			return netip.Addr{}, false
		}
		a = withPort.Addr()
	}
	return a.Unmap().WithZone(""), true
}

// believe takes scheme, port and host from the fields of a trusted proxy. What does not make sense is left aside.
func believe(x *exchange.Exchange) {
	switch proto := firstOf(x, "X-Forwarded-Proto"); {
	case exchange.EqualFold(proto, "https"), exchange.EqualFold(proto, "wss"):
		x.HTTPS = true
	case exchange.EqualFold(proto, "http"), exchange.EqualFold(proto, "ws"):
		x.HTTPS = false
	}
	if port, err := strconv.ParseUint(string(firstOf(x, "X-Forwarded-Port")), 10, 16); err == nil && port > 0 {
		x.Port = uint16(port)
	}
	host := firstOf(x, "X-Forwarded-Host")
	if _, _, ok := http1.SplitAuthority(host); ok && len(host) > 0 {
		x.ForwardedHost = host
		x.UpstreamHost = host
	}
}

// firstOf is the first element of the first field of a name.
func firstOf(x *exchange.Exchange, name string) []byte {
	value, _ := x.Request.Header.Get(name)
	if i := bytes.IndexByte(value, ','); i >= 0 {
		value = value[:i]
	}
	return bytes.Trim(value, " \t")
}

// requestID is the client's X-Request-ID, or 32 random hexadecimal digits.
func requestID(x *exchange.Exchange) []byte {
	if id, _ := x.Request.Header.Get("X-Request-ID"); len(id) > 0 {
		return id
	}
	return x.Build(func(b []byte) []byte {
		var raw [16]byte
		binary.BigEndian.PutUint64(raw[:8], x.Random[0])
		binary.BigEndian.PutUint64(raw[8:], x.Random[1])
		return hex.AppendEncode(b, raw[:])
	})
}
