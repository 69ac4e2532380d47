package exchange

import (
	"crypto/tls"
	"io"
	"net/netip"
	"time"
)

// Proto is the protocol version that a request came in with.
type Proto uint8

// Protocol versions.
const (
	HTTP10 Proto = iota + 1
	HTTP11
	HTTP2
	HTTP3
)

// String is the version as access logs write it.
func (p Proto) String() string {
	switch p {
	case HTTP10:
		return "HTTP/1.0"
	case HTTP11:
		return "HTTP/1.1"
	case HTTP2:
		return "HTTP/2.0"
	case HTTP3:
		return "HTTP/3.0"
	}
	return "-"
}

// Conn is what is known of the client's connection. It is shared by all exchanges on it and never changes.
type Conn struct {
	// Remote is the peer; Local is our end.
	Remote, Local netip.AddrPort
	// Destination is where the client connected to as a peer in front has it (PROXY protocol); Remote is the announced
	// client then. Invalid otherwise.
	Destination netip.AddrPort
	// Port is the listener's port in the model (443 although the socket may be bound to 8443).
	Port uint16
	// TLS is nil on plain connections.
	TLS *tls.ConnectionState
	// Certificate is the ID of the certificate that was served.
	Certificate string
	// Client is what is known of the client's certificate; nil when it was not asked for one.
	Client *ClientCertificate
	// AltSvc is the Alt-Svc field of responses on this connection; nil for none.
	AltSvc []byte
	// ID is a random number that names the connection in logs; zero when it was given none.
	ID [2]uint64
}

// Entrance is the port that the client connected to, and whether it spoke TLS there: here, or to a peer in front that has
// announced it. As in ingress-nginx who connected to port 443 of that peer spoke TLS.
func (c *Conn) Entrance() (port uint16, https bool) {
	if d := c.Destination; d.IsValid() {
		return d.Port(), c.HTTPS() || d.Port() == 443
	}
	return c.Port, c.HTTPS()
}

// HTTPS says whether the connection is encrypted.
func (c *Conn) HTTPS() bool { return c.TLS != nil }

// Request is a parsed request head with access to its body. All byte slices point into the connection's read buffer
// or into Scratch: they are valid until the exchange ends and must be copied to be kept.
type Request struct {
	Proto  Proto
	Method []byte
	// Target is the origin form as received: path and query ("*" for OPTIONS *). Absolute form has been taken apart.
	Target []byte
	// Path is Target without the query. Query is what follows the first "?", without it; HasQuery tells "/a?" and
	// "/a" apart.
	Path     []byte
	Query    []byte
	HasQuery bool
	// NormalPath is Path percent-decoded, with dot segments resolved and slashes merged; only filled when the
	// listener's dialect matches on it. It may hold any byte but NUL.
	NormalPath []byte
	// Authority is host[:port] as received: from the absolute form or :authority, else from Host. Empty only for
	// HTTP/1.0 without Host.
	Authority []byte
	// Host is Authority in lower case without port and without trailing dot; what routing uses.
	Host []byte
	// Header holds the end-to-end fields in order of arrival with their spelling. Host, Content-Length,
	// Transfer-Encoding, Connection and what it nominates, Keep-Alive, TE, Expect, Upgrade, HTTP2-Settings and
	// Proxy-Connection are taken out by the codec: they live in the members here.
	Header Header
	// ContentLength is the declared length, 0 for none, -1 for chunked or HTTP/2 without a length.
	ContentLength int64
	// Body reads the body, without framing. It is nil when ContentLength is 0. Read returns io.EOF at the end and
	// another error when the framing is broken or the client went away.
	Body io.Reader
	// Trailer holds the fields that came behind the body, once Body has returned io.EOF; only those that may stand
	// there (RFC 9110 section 6.5.1). TakesTrailers says that the client takes them too (TE: trailers).
	Trailer       Header
	TakesTrailers bool
	// Expect100 says that the client waits for 100 Continue before it sends the body.
	Expect100 bool
	// Upgrade is the protocol that the client may be switched to: "websocket" or nothing.
	Upgrade []byte
	// Close says that the client's connection must not be used again after this exchange.
	Close bool
	// HeadBytes is the length of the head on the wire. While a head is incomplete it is how far the codec has looked.
	HeadBytes int64
	// CloseTarget says that the target's connection must not be used again after this request.
	CloseTarget bool
	// Class grades the head, and ClassReason names the finding ("BothTeClPresent"); for access logs.
	Class       Class
	ClassReason string
	// OddNames says that a field came whose name holds more than letters, digits and hyphens; NamesDropped that such
	// fields were removed.
	OddNames, NamesDropped bool
	// Spare is the codec's room for Host, NormalPath and Target where they differ from the bytes received. It is kept
	// from request to request.
	Spare []byte
}

// Response is the answer on its way to the client: from a target, or made here.
type Response struct {
	Status int
	// Reason is the target's reason phrase; empty takes the standard one.
	Reason []byte
	// Header holds end-to-end fields, as Request.Header does.
	Header Header
	// ContentLength is the length of the body, -1 when it is not known beforehand.
	ContentLength int64
	// Body reads the body; nil when Local holds it or there is none.
	Body io.Reader
	// Local is the body of a response made here. Made tells such a response from a target's.
	Local []byte
	Made  bool
	// Trailer holds the fields that follow the body, once it has been read to its end. Drivers write them where the
	// client's protocol and the client take them.
	Trailer Header
	// Close asks the driver to close the client's connection after this response.
	Close bool
	// Switch says that the target answered 101 and both connections become a tunnel.
	Switch bool
	// HeadBytes is the length of the target's head on the wire. While it is incomplete it is how far the codec has
	// looked.
	HeadBytes int64
}

// Group is a target group as filters and actions see it; upstream implements it.
type Group interface {
	// ID is the target group's ID in the model.
	ID() string
	// Ready says whether the group has any target to send to.
	Ready() bool
}

// Exchange is one request and its response on their way through the data plane. Drivers keep one per connection (or
// stream) and Reset it between requests; nothing in it may be kept after the exchange has ended.
type Exchange struct {
	Conn     *Conn
	Request  Request
	Response Response
	// ClientIP is the address that access rules, logs and headers use: the peer, or what a trusted header says.
	ClientIP netip.Addr
	// HTTPS, Port and ForwardedHost are the scheme, port and host as the client sees them: from the connection, or
	// from trusted headers.
	HTTPS         bool
	Port          uint16
	ForwardedHost []byte
	// Start is when the first byte of the head arrived.
	Start time.Time
	// Random is a fresh random number for this exchange: weights, trace ids, request ids.
	Random [2]uint64

	// Rule is the matched rule; set by the listener's Decide.
	Rule any
	// Group is the target group chosen; nil when the response is made here.
	Group Group
	// Stick says which target the client is to stay with, and what became of that.
	Stick Stick
	// Target is the target of the latest try; nil before the first.
	Target Target
	// UpstreamPath is the path and query to send when a rewrite changed them; nil sends Request.Target.
	UpstreamPath []byte
	// UpstreamHost is the Host to send when it was changed; nil sends Request.Authority.
	UpstreamHost []byte
	// BodyLimit is the largest body to read, -1 for unlimited. The driver enforces it while streaming.
	BodyLimit int64
	// User is the name of a logged-in user, for access logs.
	User []byte
	// Login is who has logged in at the load balancer, and what the client is told of it.
	Login Login
	// RequestID is X-Request-ID (nginx) or the root of X-Amzn-Trace-Id (ELB).
	RequestID []byte

	scratch []byte
	// Log is filled by the driver for the access log.
	Log Log
}

// Log is what only the driver knows when an exchange has ended.
type Log struct {
	// BytesIn and BytesOut count bytes on the wire of the client's side, heads included.
	BytesIn, BytesOut int64
	BodyBytesOut      int64
	// Attempts lists the targets tried, in order.
	Attempts []Attempt
	// Error is a short fixed reason when something went wrong: "client closed", "target refused".
	Error string
	// Reason is one of the codes that ELB documents for error_reason ("AuthInvalidCookie"); Exchange.Because sets it.
	Reason string
	// Actions are those that were carried out; Exchange.Did adds to them.
	Actions Actions
	// Transform is what became of the rule's transforms; TransformedHost and TransformedURI are what they made, nil
	// where they changed nothing.
	Transform                       TransformStatus
	TransformedHost, TransformedURI []byte
	// Auth are the events of a login, AuthTook how long the identity provider took to answer.
	Auth     AuthEvents
	AuthTook time.Duration
	// Status is what logs and metrics show when that is not the response's status: 499 (nginx) or 460 (ELB) when the
	// client left. 0 takes Response.Status.
	Status int
	// Line is the beginning of what arrived when no request line could be read from it; nil otherwise.
	Line []byte
	// Received, Sent and FirstByte are when the head was complete, the request had been sent to the target, and the
	// target's first byte arrived; zero when that did not happen. End is when the last byte was written.
	Received, Sent, FirstByte, End time.Time
}

// Attempt is one try at a target.
type Attempt struct {
	Address string
	// Status is the target's answer, 0 when there was none.
	Status int
	// Failure is the status that a try without an answer stands for: 502, or 504 when time was up.
	Failure int
	// Made says that there was a connection to send the request over; TLS that there was none because the TLS handshake
	// failed.
	Made, TLS bool
	// Pod is the pod behind the address, where it is known.
	Pod   string
	Bytes int64
	// Took is how long the try took, connecting included; Connected how long connecting took, 0 when an idle
	// connection was used.
	Took, Connected time.Duration
}

// Reset makes x ready for the next request on the same connection and keeps its buffers.
func (x *Exchange) Reset() {
	request, response, attempts, scratch := x.Request.Header.fields, x.Response.Header.fields, x.Log.Attempts, x.scratch
	spare := x.Request.Spare
	sentTrailer, trailer := x.Request.Trailer.fields, x.Response.Trailer.fields
	clear(request)
	clear(response)
	clear(sentTrailer)
	clear(trailer)
	*x = Exchange{Conn: x.Conn, scratch: scratch[:0]}
	x.Request.Header.fields = request[:0]
	x.Request.Spare = spare[:0]
	x.Response.Header.fields = response[:0]
	x.Request.Trailer.fields, x.Response.Trailer.fields = sentTrailer[:0], trailer[:0]
	x.Log.Attempts = attempts[:0]
}

// Scratch appends the pieces to the exchange's own buffer and returns them joined. The result is valid until Reset.
func (x *Exchange) Scratch(pieces ...[]byte) []byte {
	start := len(x.scratch)
	for _, p := range pieces {
		x.scratch = append(x.scratch, p...)
	}
	return x.scratch[start:len(x.scratch):len(x.scratch)]
}

// Build hands the exchange's buffer to f, which appends to it, and returns what f appended. The result is valid until
// Reset. f must not call Scratch or Build.
func (x *Exchange) Build(f func(b []byte) []byte) []byte {
	start := len(x.scratch)
	x.scratch = f(x.scratch)
	return x.scratch[start:len(x.scratch):len(x.scratch)]
}

// Respond makes the response one of our own with a body that the caller leaves alone from then on.
func (x *Exchange) Respond(status int, body []byte) {
	x.Response.Status = status
	x.Response.Reason = nil
	x.Response.Made = true
	x.Response.Body = nil
	x.Response.Local = body
	x.Response.ContentLength = int64(len(body))
	x.Group = nil
}

// Verdict says how a chain goes on.
type Verdict uint8

// Verdicts.
const (
	// Continue goes on to the next filter, or to the target.
	Continue Verdict = iota
	// Respond stops the chain: x.Response has been made here.
	Respond
)

// Filter carries out one policy. A filter is made when compiling and shared by all requests of a rule: it holds no
// state of its own beyond its configuration.
type Filter interface {
	// Request runs before a target is asked, in the chain's order.
	Request(x *Exchange) Verdict
}

// ResponseFilter is a Filter that also changes responses, those of targets and our own. It runs in the chain's order
// reversed, before the head is written.
type ResponseFilter interface {
	Filter
	Response(x *Exchange)
}
