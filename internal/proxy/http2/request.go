package http2

import (
	"strconv"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/http1"
)

// Indexes of RFC 7541 appendix A for what stands in the place of a request line.
const (
	indexAuthority = 1
	indexGET       = 2
	indexPOST      = 3
	indexPath      = 4
	indexHTTP      = 6
	indexHTTPS     = 7
)

// AppendRequest appends the header block of the request that goes to a target: made from the parsed members of x.Request
// and from UpstreamPath and UpstreamHost, as http1.AppendRequest does. secure says that the target is spoken to in TLS.
// trailers asks for trailers whatever the client said, which gRPC servers insist on.
func AppendRequest(dst []byte, x *exchange.Exchange, secure, trailers bool) []byte {
	r := &x.Request
	path, host := r.Target, r.Authority
	if x.UpstreamPath != nil {
		path = x.UpstreamPath
	}
	if x.UpstreamHost != nil {
		host = x.UpstreamHost
	}
	switch string(r.Method) {
	case "GET":
		dst = append(dst, indexed|indexGET)
	case "POST":
		dst = append(dst, indexed|indexPOST)
	default:
		dst = appendValue(appendInt(dst, literal, 4, indexGET), r.Method)
	}
	if secure {
		dst = append(dst, indexed|indexHTTPS)
	} else {
		dst = append(dst, indexed|indexHTTP)
	}
	dst = appendValue(appendInt(dst, literal, 4, indexAuthority), host)
	dst = appendInt(dst, literal, 4, indexPath)
	var space [256]byte
	dst = appendValue(dst, http1.AppendTarget(space[:0], path))
	if r.ContentLength > 0 {
		var digits [20]byte
		dst = appendField(dst, literal, []byte("content-length"), strconv.AppendInt(digits[:0], r.ContentLength, 10))
	}
	dst = appendFields(dst, &r.Header)
	if trailers || r.TakesTrailers {
		dst = appendField(dst, literal, []byte("te"), []byte("trailers"))
	}
	return dst
}

// TrailerAllowed is http1.TrailerAllowed.
func TrailerAllowed(name string) bool { return http1.TrailerAllowed([]byte(name)) }
