package http2

import (
	"bytes"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/http1"
)

// MaxHeaderList is SETTINGS_MAX_HEADER_LIST_SIZE: what a listener accepts at the most, in the measure of RFC 9113
// section 10.5.1 (32 bytes for each field besides its name and value). Limits of the listener may be narrower.
const MaxHeaderList = 64 << 10

// fieldOverhead is what each field counts besides its bytes.
const fieldOverhead = 32

// Memory holds the names and values of a request's fields. It has to stay with the request as long as that is used.
// The zero value is ready; memory may be used again.
type Memory struct {
	// bytes may move when it grows; slices into it stay valid then, as the old bytes stay what they were.
	bytes   []byte
	cookies []byte
}

// Trim lets go of memory that is larger than most requests need.
func (m *Memory) Trim(most int) {
	if cap(m.bytes) > most {
		m.bytes = nil
	}
	if cap(m.cookies) > most {
		m.cookies = nil
	}
}

// Head makes a request out of the fields of one header block: Begin, Field for every field in order, End.
type Head struct {
	r        *exchange.Request
	cfg      *http1.Config
	m        *Memory
	own      Memory // of trailers
	trailers bool
	into     *exchange.Header
	// Connect admits extended CONNECT for WebSocket (RFC 8441), which has to have been offered. It outlives Begin.
	Connect  bool
	protocol []byte
	// announced are the values of trailer.
	announced [][]byte

	method, scheme, path, authority, host []byte
	// seen are the pseudo-header fields that came; regular says that others did.
	seen    uint8
	regular bool
	hosts   int
	length  int64
	lengths int
	size    int
	fields  int
	// first is the first mistake; later fields are not looked at.
	first *Error
}

// Pseudo-header fields.
const (
	seenMethod = 1 << iota
	seenScheme
	seenPath
	seenAuthority
	seenProtocol
)

// Begin gets ready for a request, whose members End fills in.
func (h *Head) Begin(m *Memory, r *exchange.Request, cfg *http1.Config) {
	*h = Head{r: r, cfg: cfg, m: m, own: h.own, Connect: h.Connect}
	m.bytes, m.cookies = m.bytes[:0], m.cookies[:0]
	r.Header.Clear()
	r.Spare = r.Spare[:0]
	r.Proto = exchange.HTTP2
	r.TakesTrailers, r.Upgrade = false, nil
}

// BeginTrailers gets ready for trailers. Those that may stand behind a body are added to into; they are valid until the
// next BeginTrailers. nil drops them.
func (h *Head) BeginTrailers(cfg *http1.Config, into *exchange.Header) {
	*h = Head{cfg: cfg, trailers: true, own: h.own, into: into, Connect: h.Connect}
	h.m = &h.own
	h.own.bytes = h.own.bytes[:0]
}

// Field takes the next field.
func (h *Head) Field(name, value string) {
	if h.first != nil {
		return
	}
	h.first = h.field(name, value)
}

func (h *Head) field(name, value string) *Error {
	h.size += len(name) + len(value) + fieldOverhead
	h.fields++
	limits := &h.cfg.Limits
	switch {
	case h.size > MaxHeaderList, h.size-h.fields*fieldOverhead > limits.Head:
		return tooLong(h.cfg, http1.ReasonHeadLong)
	case h.fields > limits.Fields+4: // a request line and Host are no fields in HTTP/1
		return errFieldCount
	case len(name) == 0:
		return errFieldName
	}
	v := h.keep(value)
	if !validValue(v) {
		return errFieldValue
	}
	if name[0] == ':' {
		return h.pseudo(name, v)
	}
	h.regular = true
	if len(name)+len(value) > limits.Field {
		return tooLong(h.cfg, http1.ReasonFieldLong)
	}
	n := h.keep(name)
	if !validName(n) {
		return errFieldName
	}
	return h.sort(n, v)
}

// keep copies s into the memory.
func (h *Head) keep(s string) []byte {
	start := len(h.m.bytes)
	h.m.bytes = append(h.m.bytes, s...)
	return h.m.bytes[start:len(h.m.bytes):len(h.m.bytes)]
}

// validName says whether a name is a token in lower case (RFC 9113 section 8.2.1).
func validName(name []byte) bool {
	for _, c := range name {
		if c >= 'A' && c <= 'Z' {
			return false
		}
	}
	return http1.ValidToken(name)
}

// validValue refuses control bytes, which would become new lines towards a target, and blanks at the ends.
func validValue(v []byte) bool {
	if n := len(v); n > 0 && (blank(v[0]) || blank(v[n-1])) {
		return false
	}
	return http1.ValidValue(v)
}

func blank(c byte) bool { return c == ' ' || c == '\t' }

func (h *Head) pseudo(name string, value []byte) *Error {
	var bit uint8
	var into *[]byte
	switch name {
	case ":method":
		bit, into = seenMethod, &h.method
	case ":scheme":
		bit, into = seenScheme, &h.scheme
	case ":path":
		bit, into = seenPath, &h.path
	case ":authority":
		bit, into = seenAuthority, &h.authority
	case ":protocol":
		if h.Connect {
			bit, into = seenProtocol, &h.protocol
		}
	}
	switch {
	case h.trailers:
		return errPseudoIn
	case into == nil:
		return errPseudo
	case h.regular:
		return errPseudoLate
	case h.seen&bit != 0:
		return errPseudoTwice
	}
	h.seen |= bit
	*into = value
	return nil
}

// sort puts a field where it belongs: into a member, into Header, or away.
func (h *Head) sort(name, value []byte) *Error {
	switch string(name) {
	case "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade":
		return errConnection
	case "te":
		if string(value) != "trailers" {
			return errTE
		}
		if !h.trailers {
			h.r.TakesTrailers = true
		}
		return nil
	}
	if h.trailers {
		if h.into != nil && http1.TrailerAllowed(name) {
			h.into.Add(name, value)
		}
		return nil
	}
	switch string(name) {
	case "host":
		if h.hosts++; h.hosts > 1 {
			return errHostTwice
		}
		h.host = value
		return nil
	case "content-length":
		return h.contentLength(value)
	case "cookie":
		// RFC 9113 section 8.2.3: crumbs are joined again for HTTP/1.1.
		if len(h.m.cookies) > 0 {
			h.m.cookies = append(h.m.cookies, "; "...)
		}
		h.m.cookies = append(h.m.cookies, value...)
		return nil
	case "trailer":
		h.announced = append(h.announced, value)
		return nil
	case "expect", "http2-settings", "proxy":
		// Neither answered nor forwarded; Proxy would become HTTP_PROXY in CGI programmes.
		return nil
	}
	odd := http1.OddName(name)
	h.r.OddNames = h.r.OddNames || odd
	if http1.Admit(h.cfg, name) {
		h.r.Header.Add(name, value)
	} else if odd {
		h.r.NamesDropped = true
	}
	return nil
}

func (h *Head) contentLength(value []byte) *Error {
	if h.lengths++; h.lengths > 1 {
		return errLengthTwice
	}
	n, ok := http1.ParseLength(value)
	if !ok {
		return errLength
	}
	h.length = n
	return nil
}

// End judges the block as a whole and fills in the request. ended says that no body follows. bytes is the length of
// the block on the wire. Also after an error the members that logs show are filled in as far as they are known.
func (h *Head) End(ended bool, bytes int64) *Error {
	if h.trailers {
		return h.first
	}
	r := h.r
	r.HeadBytes = bytes
	r.Method = h.method
	if err := h.first; err != nil {
		if r.Target = h.path; !http1.ValidToken(h.method) {
			r.Method = nil
		}
		return err
	}
	if err := h.line(); err != nil {
		return err
	}
	if err := h.addressee(); err != nil {
		return err
	}
	if len(h.m.cookies) > 0 {
		r.Header.Add(cookieName, h.m.cookies)
	}
	if !ended {
		http1.Announce(&r.Header, h.announced...)
	}
	switch {
	case len(r.Upgrade) > 0 && (ended || h.lengths > 0):
		return errTunnel
	case len(r.Upgrade) > 0:
		r.ContentLength = 0 // what comes is no body
	case ended && h.length > 0:
		return errLengthWrong
	case ended, h.lengths > 0:
		r.ContentLength = h.length
	default:
		r.ContentLength = -1
	}
	return nil
}

var cookieName = []byte("cookie")

// line judges what HTTP/1 has in its request line.
func (h *Head) line() *Error {
	const needed = seenMethod | seenScheme | seenPath
	switch {
	case h.seen&seenMethod == 0 || len(h.method) == 0:
		return errMissing
	case !http1.ValidToken(h.method):
		h.r.Method = nil
		return errMethod
	case h.seen&seenProtocol != 0:
		if err := h.extended(); err != nil {
			return err
		}
	case string(h.method) == "CONNECT":
		return &Error{405, "method not allowed"}
	}
	switch {
	case h.seen&needed != needed || len(h.path) == 0:
		return errMissing
	case string(h.scheme) != "https" && string(h.scheme) != "http":
		return errScheme
	case h.path[0] != '/' && (string(h.path) != "*" || string(h.method) != "OPTIONS"):
		return errPath
	}
	if err := http1.SetTarget(h.r, h.cfg, h.method, h.path); err != nil {
		h.r.Target = h.path
		return &Error{err.Status, err.Reason}
	}
	return nil
}

// extended makes the request that HTTP/1.1 has for a tunnel out of an extended CONNECT.
func (h *Head) extended() *Error {
	switch {
	case string(h.method) != "CONNECT":
		return errPseudo
	case !exchange.EqualFold(h.protocol, "websocket"):
		return &Error{501, "unknown protocol for a tunnel"}
	}
	h.method, h.r.Upgrade = methodGET, h.protocol
	return nil
}

var methodGET = []byte("GET")

// addressee settles who is addressed. Both :authority and host may come, as proxies send them, but must be the same.
func (h *Head) addressee() *Error {
	authority := h.authority
	switch {
	case len(authority) == 0 && h.hosts == 0:
		return errNoAuthority
	case len(authority) == 0:
		authority = h.host
	case h.hosts > 0 && !bytes.EqualFold(h.host, authority):
		return errHosts
	}
	if err := http1.SetAuthority(h.r, authority); err != nil {
		return &Error{err.Status, err.Reason}
	}
	return nil
}
