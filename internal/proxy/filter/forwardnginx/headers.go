package forwardnginx

import (
	"bytes"
	"strconv"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// Names and values of fields towards targets. They are shared and must not be written to.
var (
	xRequestID     = []byte("X-Request-ID")
	xRealIP        = []byte("X-Real-IP")
	xFor           = []byte("X-Forwarded-For")
	xHost          = []byte("X-Forwarded-Host")
	xPort          = []byte("X-Forwarded-Port")
	xProto         = []byte("X-Forwarded-Proto")
	xForwardScheme = []byte("X-Forwarded-Scheme")
	xScheme        = []byte("X-Scheme")
	xOriginalFor   = []byte("X-Original-Forwarded-For")
	xOriginalHost  = []byte("X-Original-Forwarded-Host")
	xOriginalURI   = []byte("X-Original-URI")
	plain          = []byte("http")
	secure         = []byte("https")
	comma          = []byte(", ")
)

// headers writes the forwarding fields.
type headers struct {
	trust        trust
	full, prefix bool
	originalURI  bool
	upstreamHost []byte
}

// NewHeaders makes the last step before a target: it replaces the forwarding fields that the client sent with our own, and
// Host where the policy has another one.
func NewHeaders(p *model.Policy) (exchange.Filter, error) {
	c := p.Forwarded
	f, err := NewTrust(c)
	if err != nil {
		return nil, err
	}
	h := headers{trust: f.(trust), upstreamHost: []byte(p.UpstreamHost), originalURI: p.OriginalURI}
	if c != nil {
		h.full, h.prefix = c.ComputeFull, c.TrustProtoHostPort
	}
	return h, nil
}

// sent is what the client said about itself.
type sent struct {
	forwardedFor, forwardedHost []byte
}

// Request writes the fields.
func (h headers) Request(x *exchange.Exchange) exchange.Verdict {
	header := &x.Request.Header
	was := sent{}
	header.DelFunc(func(f exchange.Field) bool { return h.take(x, f, &was) })
	client := x.Build(x.ClientIP.AppendTo)
	header.Add(xRequestID, x.RequestID)
	header.Add(xRealIP, client)
	header.Add(xFor, h.list(x, client, was.forwardedFor))
	header.Add(xHost, x.ForwardedHost)
	header.Add(xPort, x.Build(func(b []byte) []byte { return strconv.AppendUint(b, uint64(x.Port), 10) }))
	scheme := plain
	if x.HTTPS {
		scheme = secure
	}
	header.Add(xProto, scheme)
	header.Add(xForwardScheme, scheme)
	header.Add(xScheme, scheme)
	if len(was.forwardedFor) > 0 {
		header.Add(xOriginalFor, was.forwardedFor)
	}
	if len(was.forwardedHost) > 0 {
		header.Add(xOriginalHost, was.forwardedHost)
	}
	if h.originalURI {
		header.Add(xOriginalURI, x.Request.Target)
	}
	if len(h.upstreamHost) > 0 {
		x.UpstreamHost = h.upstreamHost
	}
	return exchange.Continue
}

// list is X-Forwarded-For: the client's address alone, or with compute-full-forwarded-for the list that a trusted peer
// sent with the peer's own address behind it.
func (h *headers) list(x *exchange.Exchange, client, was []byte) []byte {
	if !h.full {
		return client
	}
	peer := x.Conn.Remote.Addr().Unmap().WithZone("")
	own := x.Build(peer.AppendTo)
	if len(was) == 0 || !h.trust.trusted(peer) {
		return own
	}
	return x.Scratch(was, comma, own)
}

// take says whether a field is ours to write, and remembers what the target is told of the client's version. Several
// X-Forwarded-For lines are one list (RFC 9110 section 5.3).
func (h *headers) take(x *exchange.Exchange, f exchange.Field, was *sent) bool {
	if len(f.Name) == 0 {
		return false
	}
	if bytes.IndexByte(f.Name, '_') >= 0 {
		// Many targets take both spellings for one name. Such fields only get here where the listener lets them.
		return h.take(x, exchange.Field{Name: bytes.ReplaceAll(f.Name, []byte("_"), []byte("-")), Value: f.Value}, &sent{})
	}
	switch f.Name[0] | 0x20 {
	case 's':
		return hasPrefixFold(f.Name, "ssl-client-")
	case 'p':
		return exchange.EqualFold(f.Name, "proxy")
	case 'x':
	default:
		return false
	}
	if !hasPrefixFold(f.Name, "x-forwarded-") {
		return exchange.EqualFold(f.Name, "x-request-id") || exchange.EqualFold(f.Name, "x-real-ip") ||
			exchange.EqualFold(f.Name, "x-scheme") || hasPrefixFold(f.Name, "x-original-")
	}
	switch {
	case exchange.EqualFold(f.Name, "x-forwarded-for"):
		if len(was.forwardedFor) > 0 {
			f.Value = x.Scratch(was.forwardedFor, comma, f.Value)
		}
		was.forwardedFor = f.Value
	case exchange.EqualFold(f.Name, "x-forwarded-host"):
		was.forwardedHost = f.Value
	case exchange.EqualFold(f.Name, "x-forwarded-prefix"):
		return !h.prefix
	}
	return true
}

func hasPrefixFold(name []byte, prefix string) bool {
	return len(name) >= len(prefix) && exchange.EqualFold(name[:len(prefix)], prefix)
}
