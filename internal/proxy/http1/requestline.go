package http1

import (
	"bytes"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// maxMethod is the longest method that passes.
const maxMethod = 64

func (h *head) requestLine(line []byte) *Error {
	space := bytes.IndexByte(line, ' ')
	if space < 0 {
		return errNoTarget
	}
	method, rest := line[:space], line[space+1:]
	space = bytes.IndexByte(rest, ' ')
	if space < 0 {
		return errNoVersion
	}
	target, version := rest[:space], rest[space+1:]
	if len(method) > maxMethod || !isToken(method) {
		return errMethod
	}
	if err := h.version(version); err != nil {
		return err
	}
	if len(target) == 0 {
		return errTargetBlank
	}
	h.r.Method = method
	if err := h.checkMethod(method, target); err != nil {
		return err
	}
	return h.target(target)
}

func (h *head) version(v []byte) *Error {
	if string(v) == "HTTP/1.1" {
		h.r.Proto = exchange.HTTP11
		return nil
	}
	if i := bytes.IndexByte(v, ' '); i >= 0 {
		return errTargetBlank
	}
	if len(v) != 8 || string(v[:5]) != "HTTP/" || v[5]-'0' > 9 || v[6] != '.' || v[7]-'0' > 9 {
		return errVersion
	}
	if v[5] != '1' {
		return errVersionMajor
	}
	h.r.Proto = exchange.HTTP11
	switch v[7] {
	case '0':
		h.r.Proto = exchange.HTTP10
	case '1':
	default:
		h.note(exchange.Acceptable, findNonCompliantV)
	}
	return nil
}

// checkMethod refuses methods that are about the connection and not about a resource, in any spelling: a target that
// folds case would take "trace" for TRACE.
func (h *head) checkMethod(method, target []byte) *Error {
	switch len(method) {
	case 3:
		if string(method) == "PRI" {
			return errMethodRefused
		}
	case 5:
		if exchange.EqualFold(method, "TRACE") || exchange.EqualFold(method, "TRACK") {
			return errMethodRefused
		}
	case 7:
		if exchange.EqualFold(method, "CONNECT") {
			if h.cfg.Policy.Desync == Internal && target[0] != '/' {
				return errConnect
			}
			return errMethodRefused
		}
	}
	return nil
}

func (h *head) target(t []byte) *Error {
	if err := checkTargetBytes(t); err != nil {
		return err
	}
	r := h.r
	switch {
	case t[0] == '/':
		r.Target = t
	case len(t) == 1 && t[0] == '*':
		if string(r.Method) != "OPTIONS" {
			return errTargetForm
		}
		r.Target = t
	default:
		if err := h.absoluteForm(t); err != nil {
			return err
		}
	}
	r.Path, r.Query, r.HasQuery = r.Target, nil, false
	if i := bytes.IndexByte(r.Target, '?'); i >= 0 {
		r.Path, r.Query, r.HasQuery = r.Target[:i], r.Target[i+1:], true
	}
	return nil
}

// checkTargetBytes refuses control bytes and "#". Raw bytes of 0x80 and above pass, as in nginx and ELB.
func checkTargetBytes(t []byte) *Error {
	if !anyControl(t, '!') && bytes.IndexByte(t, '#') < 0 {
		return nil
	}
	for _, c := range t {
		if c == 0 || c == '\r' {
			return errTargetByte
		}
	}
	if bytes.IndexByte(t, '#') >= 0 {
		return errTargetForm
	}
	return errTargetControl
}

// absoluteForm takes scheme://authority/path?query apart (RFC 9112 section 3.2.2).
func (h *head) absoluteForm(t []byte) *Error {
	rest := t
	switch {
	case len(t) > 7 && exchange.EqualFold(t[:7], "http://"):
		rest = t[7:]
	case len(t) > 8 && exchange.EqualFold(t[:8], "https://"):
		rest = t[8:]
	default:
		return errTargetForm
	}
	end := bytes.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	if end == 0 {
		return errHostInvalid
	}
	h.absolute, rest = rest[:end], rest[end:]
	if len(rest) > 0 && rest[0] == '/' {
		h.r.Target = rest
		return nil
	}
	start := len(h.r.Spare)
	h.r.Spare = append(append(h.r.Spare, '/'), rest...)
	h.r.Target = h.r.Spare[start:len(h.r.Spare):len(h.r.Spare)]
	return nil
}
