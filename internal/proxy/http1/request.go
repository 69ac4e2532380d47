package http1

import (
	"bytes"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// ParseRequest parses a request head from the beginning of b into r and returns its length. n is 0 without an error
// when the head is incomplete: read more behind b and call again with the same r, which remembers how far b was
// searched (Request.HeadBytes), so that a head that comes byte by byte costs no more than one that comes whole. A
// buffer of Limits.Head+1 bytes always suffices to get an answer.
//
// All members of r that come from the head are set, but Body: that is the caller's to make from ContentLength.
// Connections must be closed after an error, with the error's status as the answer.
func ParseRequest(b []byte, r *exchange.Request, cfg *Config) (n int, err *Error) {
	if !worthParsing(b, &r.HeadBytes, cfg.Limits.Head) {
		return 0, nil
	}
	h := head{cfg: cfg, r: r}
	n, err = h.parse(b)
	if err != nil {
		return 0, err
	}
	if n == 0 {
		r.HeadBytes = int64(len(b))
		return 0, nil
	}
	r.HeadBytes = int64(n)
	return n, nil
}

// parseStep is how many bytes may arrive before an incomplete head is looked at again for mistakes. It bounds the work
// for a head that comes byte by byte to a multiple of its length.
const parseStep = 4 << 10

// worthParsing says whether to parse b: at first, then when the first line or the whole head has come, a limit has
// been passed, or parseStep bytes have come since.
func worthParsing(b []byte, seen *int64, limit int) bool {
	was := int(*seen)
	if was == 0 {
		return len(b) > 0
	}
	if len(b) > limit || (was-1)/parseStep != (len(b)-1)/parseStep {
		return true
	}
	if first := bytes.IndexByte(b[min(2, len(b)):], '\n'); first >= 0 && first+2 >= was {
		return true
	}
	for i := max(was-3, 0); ; {
		lf := bytes.IndexByte(b[min(i, len(b)):], '\n')
		if lf < 0 {
			break
		}
		i += lf + 1
		if rest := b[i:]; len(rest) > 0 && rest[0] == '\n' || len(rest) > 1 && rest[0] == '\r' && rest[1] == '\n' {
			return true
		}
	}
	*seen = int64(len(b))
	return false
}

// head is what is gathered of a request head before it can be judged as a whole.
type head struct {
	cfg *Config
	r   *exchange.Request

	host  []byte
	hosts int
	// absolute is the authority of an absolute-form target, nil for other forms.
	absolute []byte

	length   int64
	lengths  int
	codings  int
	upgrade  []byte
	upgrades int
	// announced are the values of Trailer.
	announced [][]byte
	expects   bool
	options   options
}

func (h *head) parse(b []byte) (int, *Error) {
	h.reset()
	pos, err := h.skipEmptyLine(b)
	if err != nil || pos < 0 {
		return 0, err
	}
	limits := &h.cfg.Limits
	line, next, bare := cutLine(b, pos)
	if next == 0 {
		if err := checkBeginning(b[pos:]); err != nil || len(b)-pos <= limits.RequestLine {
			return 0, err
		}
		return 0, errLineLong
	}
	if next-pos > limits.RequestLine {
		return 0, errLineLong
	}
	if bare {
		h.bareLF()
	}
	if err := h.requestLine(line); err != nil {
		return 0, err
	}
	for count := 0; ; count++ {
		pos = next
		line, next, bare = cutLine(b, pos)
		if err := h.checkLengths(b, pos, next); err != nil || next == 0 {
			return 0, err
		}
		if bare {
			h.bareLF()
		}
		if len(line) == 0 {
			return next, h.finish()
		}
		if count == limits.Fields {
			return 0, errFieldCount
		}
		if err := h.field(line); err != nil {
			return 0, err
		}
	}
}

// reset empties what an earlier attempt at the same head may have left in r.
func (h *head) reset() {
	r := h.r
	r.Header.Clear()
	r.Spare = r.Spare[:0]
	r.Class, r.ClassReason, r.Close, r.CloseTarget = exchange.Compliant, "", false, false
	r.TakesTrailers = false
}

// skipEmptyLine returns where the request line begins, behind one empty line (RFC 9112 section 2.2), or -1 when that
// cannot be said yet.
func (h *head) skipEmptyLine(b []byte) (int, *Error) {
	pos := 0
	if b[0] == '\r' {
		pos++
	}
	if pos < len(b) && b[pos] == '\n' {
		if pos == 0 {
			h.bareLF()
		}
		pos++
	} else if pos > 0 && pos < len(b) {
		return 0, errMethod
	}
	switch {
	case pos == len(b):
		return -1, nil
	case pos > 0 && (b[pos] == '\r' || b[pos] == '\n'):
		return 0, errEmptyLines
	}
	return pos, nil
}

// cutLine returns the line at pos without its end, where the next one begins (0: the line is incomplete), and whether
// it ended in a bare LF.
func cutLine(b []byte, pos int) (line []byte, next int, bare bool) {
	lf := bytes.IndexByte(b[pos:], '\n')
	if lf < 0 {
		return nil, 0, false
	}
	end := pos + lf
	if lf > 0 && b[end-1] == '\r' {
		return b[pos : end-1], end + 1, false
	}
	return b[pos:end], end + 1, true
}

// checkBeginning refuses what can never become a request line, such as a TLS handshake on a plain port.
func checkBeginning(b []byte) *Error {
	for i, c := range b[:min(len(b), maxMethod+1)] {
		if c == ' ' && i > 0 {
			return nil
		}
		if nameBits[c] > nameToken {
			return errMethod
		}
	}
	if len(b) > maxMethod {
		return errMethod
	}
	return nil
}

// checkLengths compares the field line at pos, complete or not, and the head so far with their limits.
func (h *head) checkLengths(b []byte, pos, next int) *Error {
	end := next
	if end == 0 {
		end = len(b)
	}
	limits := &h.cfg.Limits
	if end-pos > limits.Field {
		if limits.Status == 413 {
			return errFieldLong413
		}
		return errFieldLong400
	}
	if end > limits.Head {
		if limits.Status == 413 {
			return errHeadLong413
		}
		return errHeadLong400
	}
	return nil
}

// bareLF notes a line that ended without CR. The request is served, but nothing else on its connections.
func (h *head) bareLF() {
	h.note(exchange.Acceptable, findNonCRLF)
	h.r.Close, h.r.CloseTarget = true, true
}

// note keeps the highest grade with its first finding.
func (h *head) note(class exchange.Class, finding string) {
	if class > h.r.Class {
		h.r.Class, h.r.ClassReason = class, finding
	}
}
