package http1

import "github.com/gwanmun/gwanmun/internal/proxy/exchange"

// Kind is how a body is delimited.
type Kind uint8

// Kinds of framing.
const (
	// None: there is no body.
	None Kind = iota
	// Length: as many bytes as Content-Length said.
	Length
	// Chunked: RFC 9112 section 7.1.
	Chunked
	// UntilClose: the body ends where the connection does. Only responses.
	UntilClose
)

// Framing is how a message's body is delimited and what becomes of its connection.
type Framing struct {
	Kind Kind
	// Length is the length of the body when Kind is Length.
	Length int64
	// KeepAlive says that the connection may carry another message once the body has been read to its end.
	KeepAlive bool
}

// RequestFraming is how the body of a parsed HTTP/1.x request is framed.
func RequestFraming(r *exchange.Request) Framing {
	f := Framing{Length: r.ContentLength, KeepAlive: !r.Close}
	switch {
	case r.ContentLength > 0:
		f.Kind = Length
	case r.ContentLength < 0:
		f.Kind, f.Length = Chunked, 0
	}
	return f
}

// maxResponseFields bounds the field lines of a response.
const maxResponseFields = 512

// ParseResponse parses a target's response head from the beginning of b into r and returns its length and how its body
// is framed. n is 0 without an error when the head is incomplete, as with ParseRequest; r.HeadBytes remembers.
//
// Targets are not trusted: whatever could be read in two ways is an error, and the client is to get 502. method is that
// of the request (a response to HEAD has no body). limit bounds the head in bytes.
//
// Status 100 to 199 is an interim response, another head follows it; 101 has Switch set and is an error unless it
// switches to websocket. Whether the client asked for that is the caller's to check (Request.Upgrade). A target that
// has sent more than its response, or its response before the request was sent, must not be used again: also the
// caller's to check.
func ParseResponse(b []byte, r *exchange.Response, method []byte, limit int) (n int, f Framing, err *Error) {
	if !worthParsing(b, &r.HeadBytes, limit) {
		return 0, Framing{}, nil
	}
	h := responseHead{r: r, method: method, limit: limit}
	n, err = h.parse(b)
	if err != nil {
		return 0, Framing{}, err
	}
	if n == 0 {
		r.HeadBytes = int64(len(b))
		return 0, Framing{}, nil
	}
	r.HeadBytes = int64(n)
	return n, h.framing, nil
}

// responseHead is what is gathered of a response head before it can be judged as a whole.
type responseHead struct {
	r       *exchange.Response
	method  []byte
	limit   int
	old     bool // HTTP/1.0
	bare    bool
	length  int64
	lengths int
	codings int
	// websockets counts Upgrade fields that say websocket, upgrades all of them.
	websockets, upgrades int
	// announced are the values of Trailer.
	announced [][]byte
	options   options
	framing   Framing
}

func (h *responseHead) parse(b []byte) (int, *Error) {
	h.r.Header.Clear()
	line, next, bare := cutLine(b, 0)
	if next == 0 {
		if len(b) > h.limit {
			return 0, errResponseLong
		}
		return 0, nil
	}
	if err := h.statusLine(line); err != nil {
		return 0, err
	}
	h.bare = bare
	for count := 0; ; count++ {
		pos := next
		line, next, bare = cutLine(b, pos)
		if next > h.limit || next == 0 && len(b) > h.limit {
			return 0, errResponseLong
		}
		if next == 0 {
			return 0, nil
		}
		h.bare = h.bare || bare
		if len(line) == 0 {
			return next, h.finish()
		}
		if count == maxResponseFields {
			return 0, errResponseCount
		}
		if err := h.field(line); err != nil {
			return 0, err
		}
	}
}

// statusLine reads "HTTP/1.x NNN[ reason]". Some targets leave the blank before an empty reason away.
func (h *responseHead) statusLine(line []byte) *Error {
	if len(line) < 12 || string(line[:5]) != "HTTP/" || line[6] != '.' || line[8] != ' ' {
		return errResponseLine
	}
	if line[5] != '1' || line[7]-'0' > 9 {
		return errResponseVersion
	}
	h.old = line[7] == '0'
	status := 0
	for _, c := range line[9:12] {
		if c-'0' > 9 {
			return errResponseLine
		}
		status = status*10 + int(c-'0')
	}
	reason := line[12:]
	if status < 100 || len(reason) > 0 && reason[0] != ' ' || !validValue(reason) {
		return errResponseLine
	}
	h.r.Status, h.r.Reason = status, nil
	if len(reason) > 1 {
		h.r.Reason = reason[1:]
	}
	return nil
}

func (h *responseHead) field(line []byte) *Error {
	name, value, bits, err := splitField(line)
	if err != nil || bits&nameForeign != 0 {
		return errResponseField
	}
	taken := false
	switch len(name) {
	case 2:
		taken = exchange.EqualFold(name, "TE")
	case 7:
		if exchange.EqualFold(name, "Upgrade") {
			taken = true
			h.upgrades++
			if exchange.EqualFold(value, "websocket") {
				h.websockets++
			}
		} else {
			if taken = exchange.EqualFold(name, "Trailer"); taken {
				h.announced = append(h.announced, value)
			}
		}
	case 10:
		if exchange.EqualFold(name, "Connection") {
			if h.options.read(value) != nil {
				return errResponseField
			}
			return nil
		}
		taken = exchange.EqualFold(name, "Keep-Alive")
	case 14:
		if exchange.EqualFold(name, "Content-Length") {
			return h.contentLength(value)
		}
	case 16:
		taken = exchange.EqualFold(name, "Proxy-Connection")
	case 17:
		if exchange.EqualFold(name, "Transfer-Encoding") {
			return h.transferEncoding(value)
		}
	}
	if !taken {
		h.r.Header.Add(name, value)
	}
	return nil
}

func (h *responseHead) contentLength(value []byte) *Error {
	n, ok := parseLength(value)
	if h.lengths++; !ok || h.lengths > 1 {
		return errResponseLength
	}
	h.length = n
	return nil
}

func (h *responseHead) transferEncoding(value []byte) *Error {
	if h.codings++; h.codings > 1 || h.old || !exchange.EqualFold(value, "chunked") {
		return errResponseEncoding
	}
	return nil
}

// finish decides the framing (RFC 9112 section 6.3) and whether the connection stays.
func (h *responseHead) finish() *Error {
	r := h.r
	if h.codings > 0 && h.lengths > 0 {
		return errResponseBoth
	}
	if h.options.removeNominated(&r.Header) != nil {
		return errResponseField
	}
	r.Switch = r.Status == 101
	if r.Switch && (h.old || !h.options.upgrade || h.upgrades != 1 || h.websockets != 1) {
		return errResponseSwitch
	}
	f := &h.framing
	f.KeepAlive = !h.options.close && !h.bare && (!h.old || h.options.keepAlive)
	r.ContentLength = -1
	if h.lengths > 0 {
		r.ContentLength = h.length
	}
	switch {
	case r.Status < 200 || r.Status == 204:
		// A length here is a mistake; what the target sends after it must not be taken for the next response.
		f.KeepAlive = f.KeepAlive && h.lengths == 0 && h.codings == 0
		r.ContentLength = 0
	case string(h.method) == "HEAD" || r.Status == 304:
	case h.codings > 0:
		f.Kind = Chunked
		Announce(&r.Header, h.announced...)
	case h.lengths == 0:
		f.Kind, f.KeepAlive = UntilClose, false
	case h.length > 0:
		f.Kind, f.Length = Length, h.length
	}
	return nil
}
