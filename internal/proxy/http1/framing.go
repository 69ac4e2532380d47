package http1

import (
	"bytes"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// maxLengthDigits is the longest Content-Length that passes, leading zeros included.
const maxLengthDigits = 20

// parseLength reads a Content-Length: digits only, no list, no sign (RFC 9110 section 8.6).
func parseLength(v []byte) (int64, bool) {
	if len(v) == 0 || len(v) > maxLengthDigits {
		return 0, false
	}
	n := uint64(0)
	for _, c := range v {
		d := uint64(c - '0')
		if d > 9 || n > (1<<63-1-d)/10 {
			return 0, false
		}
		n = n*10 + d
	}
	return int64(n), true
}

func (h *head) contentLength(value []byte) *Error {
	n, ok := parseLength(value)
	if !ok {
		return errLength
	}
	if h.lengths++; h.lengths > 1 {
		if n != h.length {
			return errLengths
		}
		if h.cfg.Policy.Desync == Internal {
			return errLengthRepeated
		}
		h.note(exchange.Ambiguous, findDuplicateCL)
	}
	h.length = n
	return nil
}

// transferEncoding takes only "chunked", once (RFC 9112 section 6.1 leaves the other codings to negotiation).
func (h *head) transferEncoding(value []byte) *Error {
	if h.r.Proto == exchange.HTTP10 {
		return errEncodingOld
	}
	if h.codings++; h.codings > 1 {
		return errEncodings
	}
	if exchange.EqualFold(value, "chunked") {
		return nil
	}
	if len(value) == 0 {
		return errEncodingBad
	}
	chunked := 0
	for item, rest := nextItem(value); ; item, rest = nextItem(rest) {
		if i := bytes.IndexByte(item, ';'); i >= 0 {
			item = trim(item[:i])
		}
		switch {
		case exchange.EqualFold(item, "chunked"):
			if chunked++; chunked > 1 {
				return errEncodings
			}
		case h.cfg.Policy.Desync != Internal && !knownCoding(item):
			return errEncodingBad
		}
		if rest == nil {
			return errEncoding
		}
	}
}

// knownCoding says whether coding is registered; ELB answers 501 to those and 400 to others.
func knownCoding(coding []byte) bool {
	for _, known := range [...]string{"compress", "deflate", "gzip", "identity"} {
		if exchange.EqualFold(coding, known) {
			return true
		}
	}
	return false
}

// framing decides how the body is framed, once all fields are known.
func (h *head) framing() *Error {
	r := h.r
	if h.codings > 0 && h.lengths > 0 {
		if h.cfg.Policy.Desync == Internal {
			return errBothFramings
		}
		h.note(exchange.Ambiguous, findBothTECL)
	}
	if h.cfg.Policy.Desync != Internal && (string(r.Method) == "GET" || string(r.Method) == "HEAD") {
		switch {
		case h.codings > 0:
			h.note(exchange.Ambiguous, findUndefinedTE)
		case h.length > 0:
			h.note(exchange.Ambiguous, findUndefinedCL)
		case h.lengths > 0:
			h.note(exchange.Acceptable, findZeroLengthGet)
		}
	}
	r.ContentLength = h.length
	if h.codings > 0 {
		r.ContentLength = -1
	}
	r.Expect100 = h.expects && r.ContentLength != 0 && r.Proto == exchange.HTTP11
	return nil
}

// judge applies the desync mode to the grade that the head got.
func (h *head) judge() *Error {
	r := h.r
	if r.Class == exchange.Compliant {
		return nil
	}
	r.CloseTarget = true
	switch h.cfg.Policy.Desync {
	case Strictest:
		return strictError(r.ClassReason)
	case Defensive, Monitor:
		if r.Class >= exchange.Ambiguous {
			r.Close = true
		}
	}
	return nil
}

// strictError is the refusal of a finding that only mode Strictest refuses.
func strictError(finding string) *Error {
	switch finding {
	case findNonCRLF:
		return errStrictLF
	case findNonCompliant:
		return errStrictName
	case findSuspicious:
		return errStrictSuspicious
	case findUndefinedCL:
		return errStrictGetLength
	case findUndefinedTE:
		return errStrictGetCoding
	case findZeroLengthGet:
		return errStrictGetZero
	case findDuplicateCL:
		return errLengthRepeated
	case findNonCompliantV:
		return errStrictVersion
	}
	return errBothFramings
}
