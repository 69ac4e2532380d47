package http2

import "github.com/gwanmun/gwanmun/internal/proxy/http1"

// Error says why a request was refused. Nothing of the input is in it.
type Error struct {
	// Status is the answer; 0 when the request is malformed, which ends its stream with PROTOCOL_ERROR (RFC 9113
	// section 8.1.1).
	Status int
	// Reason is a short text for logs.
	Reason string
}

// Error is the reason.
func (e *Error) Error() string { return e.Reason }

// What makes a request malformed.
var (
	errFieldName   = &Error{0, "invalid field name"}
	errFieldValue  = &Error{0, "invalid field value"}
	errPseudoLate  = &Error{0, "pseudo-header field after a regular one"}
	errPseudoTwice = &Error{0, "repeated pseudo-header field"}
	errPseudo      = &Error{0, "unknown pseudo-header field"}
	errPseudoIn    = &Error{0, "pseudo-header field in trailers"}
	errConnection  = &Error{0, "connection-specific field"}
	errTE          = &Error{0, "TE other than trailers"}
	errMissing     = &Error{0, "missing pseudo-header field"}
	errScheme      = &Error{0, "unknown scheme"}
	errPath        = &Error{0, "path in no known form"}
	errMethod      = &Error{0, "invalid method"}
	errLength      = &Error{0, "invalid content-length"}
	errLengthTwice = &Error{0, "repeated content-length"}
	errLengthWrong = &Error{0, "content-length and body differ"}
	errHostTwice   = &Error{0, "more than one host"}
	errTunnel      = &Error{0, "tunnel with a length or without a body"}
)

// What requests are refused for with an answer.
var (
	errNoAuthority = &Error{400, "no authority"}
	errHosts       = &Error{400, "host differs from authority"}
	errFieldCount  = &Error{400, "too many header fields"}
)

// tooLong is for what exceeds the listener's limits.
func tooLong(cfg *http1.Config, reason string) *Error { return &Error{cfg.Limits.Status, reason} }
