package http2

import (
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/http1"
)

// maxAnswerFields bounds the fields of a target's header block.
const maxAnswerFields = 512

// Answer makes the head of a response, or trailers, out of the fields of one header block from a target: Begin or
// BeginTrailers, Field for every field in order, End. Targets are not trusted: whatever RFC 9113 calls malformed is an
// error, and the client is to get 502. The zero value needs Begin.
type Answer struct {
	m        *Memory
	into     *exchange.Header
	trailers bool
	limit    int

	status, statuses int
	regular          bool
	length           int64
	lengths          int
	size, fields     int
	first            *Error
	// announced are the values of trailer.
	announced [][]byte
}

// What makes a target's answer unusable.
var (
	errAnswerLong    = &Error{502, "response head too long"}
	errAnswerCount   = &Error{502, "too many header fields from target"}
	errAnswerField   = &Error{502, "malformed header field from target"}
	errAnswerPseudo  = &Error{502, "invalid pseudo-header field from target"}
	errAnswerStatus  = &Error{502, "invalid status from target"}
	errAnswerLength  = &Error{502, "invalid Content-Length from target"}
	errAnswerSwitch  = &Error{502, "invalid protocol switch from target"}
	errAnswerTrailer = &Error{502, "malformed trailer from target"}
)

// Begin gets ready for a head. Its fields are added to into, their bytes are kept in m. limit bounds the head in the
// measure of HTTP/1.1: names and values with four bytes for each field.
func (a *Answer) Begin(m *Memory, into *exchange.Header, limit int) {
	*a = Answer{m: m, into: into, limit: limit}
	m.bytes = m.bytes[:0]
	into.Clear()
}

// BeginTrailers gets ready for trailers, of which those are kept that may stand behind a body.
func (a *Answer) BeginTrailers(m *Memory, into *exchange.Header, limit int) {
	a.Begin(m, into, limit)
	a.trailers = true
}

// Field takes the next field.
func (a *Answer) Field(name, value string) {
	if a.first == nil {
		a.first = a.field(name, value)
	}
}

func (a *Answer) field(name, value string) *Error {
	a.size += len(name) + len(value) + 4
	a.fields++
	switch {
	case a.size > a.limit:
		return errAnswerLong
	case a.fields > maxAnswerFields:
		return errAnswerCount
	case len(name) == 0:
		return errAnswerField
	case name[0] == ':':
		return a.pseudo(name, value)
	}
	a.regular = true
	n, v := a.keep(name), a.keep(value)
	if !validName(n) || !http1.ValidValue(v) {
		return errAnswerField
	}
	for len(v) > 0 && blank(v[0]) { // some servers are careless with blanks; HTTP/1.1 has them taken off too
		v = v[1:]
	}
	for len(v) > 0 && blank(v[len(v)-1]) {
		v = v[:len(v)-1]
	}
	switch name {
	case "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade":
		return errAnswerField
	case "te":
		return nil
	case "trailer":
		a.announced = append(a.announced, v)
		return nil
	}
	if a.trailers {
		if http1.TrailerAllowed(n) {
			a.into.Add(n, v)
		}
		return nil
	}
	if name == "content-length" {
		return a.contentLength(v)
	}
	a.into.Add(n, v)
	return nil
}

func (a *Answer) keep(s string) []byte {
	start := len(a.m.bytes)
	a.m.bytes = append(a.m.bytes, s...)
	return a.m.bytes[start:len(a.m.bytes):len(a.m.bytes)]
}

func (a *Answer) pseudo(name, value string) *Error {
	switch {
	case a.trailers:
		return errAnswerTrailer
	case name != ":status" || a.regular || a.statuses > 0:
		return errAnswerPseudo
	case len(value) != 3:
		return errAnswerStatus
	}
	a.statuses++
	for i := range len(value) {
		c := value[i]
		if c < '0' || c > '9' {
			return errAnswerStatus
		}
		a.status = a.status*10 + int(c-'0')
	}
	return nil
}

func (a *Answer) contentLength(value []byte) *Error {
	n, ok := http1.ParseLength(value)
	if a.lengths++; !ok || a.lengths > 1 {
		return errAnswerLength
	}
	a.length = n
	return nil
}

// End judges the block as a whole. For a head it returns the status and the declared length, -1 for none.
func (a *Answer) End() (status int, length int64, err *Error) {
	switch {
	case a.first != nil:
		return 0, 0, a.first
	case a.trailers:
		return 0, -1, nil
	case a.statuses == 0 || a.status < 100:
		return 0, 0, errAnswerStatus
	case a.status == 101: // there is no such thing in HTTP/2
		return 0, 0, errAnswerSwitch
	}
	http1.Announce(a.into, a.announced...)
	if a.lengths == 0 {
		return a.status, -1, nil
	}
	return a.status, a.length, nil
}

// Size is the length of the head in the measure of Begin's limit.
func (a *Answer) Size() int { return a.size }
