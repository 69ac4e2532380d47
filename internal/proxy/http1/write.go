package http1

import (
	"strconv"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// Connection is what a message we write says about its connection.
type Connection uint8

// What to say.
const (
	// Silent says nothing: HTTP/1.1 keeps connections anyway. nginx writes requests so.
	Silent Connection = iota
	// KeepAlive writes "Connection: keep-alive".
	KeepAlive
	// Close writes "Connection: close".
	Close
)

// AppendRequest appends the head of the request that goes to the target: made from the parsed members of x.Request and
// from UpstreamPath and UpstreamHost, with exactly one framing. The body has to be written as the returned framing
// says: as it is, or in chunks. A request that may be upgraded asks for that in place of what connection says.
//
// Nothing in x can break the message: blanks and control bytes in the target are escaped, and bytes that would end a
// field become blanks.
func AppendRequest(dst []byte, x *exchange.Exchange, connection Connection) ([]byte, Framing) {
	r := &x.Request
	target, host := r.Target, r.Authority
	if x.UpstreamPath != nil {
		target = x.UpstreamPath
	}
	if x.UpstreamHost != nil {
		host = x.UpstreamHost
	}
	dst = append(dst, r.Method...)
	dst = append(dst, ' ')
	dst = appendTarget(dst, target)
	dst = append(dst, " HTTP/1.1\r\nHost: "...)
	dst = appendValue(dst, host)
	dst = append(dst, "\r\n"...)
	framing := Framing{KeepAlive: connection != Close && !r.CloseTarget}
	switch {
	case r.ContentLength > 0:
		framing.Kind, framing.Length = Length, r.ContentLength
		dst = appendLength(dst, r.ContentLength)
	case r.ContentLength < 0:
		framing.Kind = Chunked
		dst = append(dst, "Transfer-Encoding: chunked\r\n"...)
	case bodyExpected(r.Method):
		dst = append(dst, "Content-Length: 0\r\n"...)
	}
	dst = appendFields(dst, &r.Header)
	switch {
	case len(r.Upgrade) > 0:
		dst = append(dst, "Connection: upgrade\r\nUpgrade: websocket\r\n\r\n"...)
	case !framing.KeepAlive:
		dst = append(dst, "Connection: close\r\n\r\n"...)
	case connection == KeepAlive:
		dst = append(dst, "Connection: keep-alive\r\n\r\n"...)
	default:
		dst = append(dst, "\r\n"...)
	}
	return dst, framing
}

// bodyExpected says whether a request without body must say so (RFC 9110 section 8.6).
func bodyExpected(method []byte) bool {
	switch string(method) {
	case "POST", "PUT", "PATCH":
		return true
	}
	return false
}

func appendLength(dst []byte, n int64) []byte {
	dst = append(dst, "Content-Length: "...)
	return append(strconv.AppendInt(dst, n, 10), "\r\n"...)
}

func appendFields(dst []byte, header *exchange.Header) []byte {
	for i := range header.Len() {
		f := header.At(i)
		dst = append(dst, f.Name...)
		dst = append(dst, ": "...)
		dst = appendValue(dst, f.Value)
		dst = append(dst, "\r\n"...)
	}
	return dst
}

// appendValue appends a field value. Parsed values are valid; one that a filter made is not trusted to be.
func appendValue(dst, value []byte) []byte {
	start := len(dst)
	dst = append(dst, value...)
	if anyControl(value, ' ') {
		for i, c := range dst[start:] {
			if c < ' ' && c != '\t' || c == 0x7f {
				dst[start+i] = ' '
			}
		}
	}
	return dst
}

// appendTarget appends a request target and escapes what must not be in one.
func appendTarget(dst, target []byte) []byte {
	if len(target) == 0 {
		return append(dst, '/')
	}
	if !anyControl(target, '!') {
		return append(dst, target...)
	}
	for _, c := range target {
		if c <= ' ' || c == 0x7f {
			dst = append(dst, '%', "0123456789ABCDEF"[c>>4], "0123456789ABCDEF"[c&15])
		} else {
			dst = append(dst, c)
		}
	}
	return dst
}

// Outgoing is what AppendResponse needs to know beside the exchange.
type Outgoing struct {
	// KeepAlive says that the client's connection is to be kept. x.Response.Close and x.Request.Close overrule it.
	KeepAlive bool
	// Announce writes "Connection: keep-alive" to HTTP/1.1 clients too, as nginx and ELB do.
	Announce bool
	// Date is the value of Date, formatted beforehand; it is written when the response has none.
	Date []byte
}

// AppendResponse appends the head of the response to the client: made from the parsed members of x.Response, with at
// most one framing. The body has to be written as the returned framing says, and the connection closed after it unless
// KeepAlive. A body that ends early must end the connection: never write the last chunk then.
func AppendResponse(dst []byte, x *exchange.Exchange, o Outgoing) ([]byte, Framing) {
	r := &x.Response
	dst = appendStatus(dst, r.Status, r.Reason)
	framing := Framing{KeepAlive: o.KeepAlive && !r.Close && !x.Request.Close}
	bodiless := r.Status < 200 || r.Status == 204 || r.Status == 304
	head := string(x.Request.Method) == "HEAD"
	switch {
	case r.Status < 200 || r.Status == 204 || r.Status == 304 && r.ContentLength == 0:
	case r.ContentLength >= 0:
		dst = appendLength(dst, r.ContentLength)
		if !bodiless && !head && r.ContentLength > 0 {
			framing.Kind, framing.Length = Length, r.ContentLength
		}
	case bodiless || head:
	case x.Request.Proto == exchange.HTTP11:
		framing.Kind = Chunked
		dst = append(dst, "Transfer-Encoding: chunked\r\n"...)
	default:
		framing.Kind, framing.KeepAlive = UntilClose, false
	}
	if _, dated := r.Header.Get("Date"); !dated && len(o.Date) > 0 {
		dst = append(dst, "Date: "...)
		dst = append(dst, o.Date...)
		dst = append(dst, "\r\n"...)
	}
	dst = appendFields(dst, &r.Header)
	switch {
	case r.Switch:
		dst = append(dst, "Connection: upgrade\r\nUpgrade: websocket\r\n\r\n"...)
		framing.KeepAlive = false
	case !framing.KeepAlive:
		dst = append(dst, "Connection: close\r\n\r\n"...)
	case o.Announce || x.Request.Proto == exchange.HTTP10:
		dst = append(dst, "Connection: keep-alive\r\n\r\n"...)
	default:
		dst = append(dst, "\r\n"...)
	}
	return dst, framing
}

// AppendInterim appends an interim response with its fields: 103 of a target, to HTTP/1.1 clients only.
func AppendInterim(dst []byte, r *exchange.Response) []byte {
	dst = appendStatus(dst, r.Status, r.Reason)
	return append(appendFields(dst, &r.Header), "\r\n"...)
}

// Continue is the interim response to Expect: 100-continue.
const Continue = "HTTP/1.1 100 Continue\r\n\r\n"

func appendStatus(dst []byte, status int, reason []byte) []byte {
	if status == 200 && len(reason) == 0 {
		return append(dst, "HTTP/1.1 200 OK\r\n"...)
	}
	dst = append(dst, "HTTP/1.1 "...)
	dst = append(dst, byte('0'+status/100%10), byte('0'+status/10%10), byte('0'+status%10), ' ')
	if len(reason) > 0 {
		dst = appendValue(dst, reason)
	} else {
		dst = append(dst, ReasonPhrase(status)...)
	}
	return append(dst, "\r\n"...)
}
