package http1

import (
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// The functions here are for codecs of other protocols, whose requests end up at the same targets: they are held to
// the same rules for methods, targets, hosts and names of fields.

// SetTarget fills the members of r that come from a method and a target in origin form ("*" for OPTIONS), and
// NormalPath if cfg asks for it. r.Proto must be set.
func SetTarget(r *exchange.Request, cfg *Config, method, target []byte) *Error {
	h := head{cfg: cfg, r: r}
	switch {
	case len(method) > maxMethod || !isToken(method):
		return errMethod
	case len(target) == 0:
		return errTargetBlank
	case len(target) > cfg.Limits.RequestLine:
		return errLineLong
	}
	r.Method = method
	if err := h.checkMethod(method, target); err != nil {
		return err
	}
	if target[0] != '/' && string(target) != "*" {
		return errTargetForm
	}
	if err := h.target(target); err != nil {
		return err
	}
	if cfg.NormalPath {
		return h.normalPath()
	}
	return nil
}

// SetAuthority fills Authority and Host of r.
func SetAuthority(r *exchange.Request, authority []byte) *Error {
	host, _, ok := SplitAuthority(authority)
	if !ok {
		return errHostInvalid
	}
	r.Authority, r.Host = authority, LowerHost(r, host)
	return nil
}

// Admit says whether a field of that name may go on to the target. Dropped are names that read like one that frames
// messages or that only the proxy sets, and those that the listener drops. name must be a token; the fields that
// concern a connection are the caller's to take out.
func Admit(cfg *Config, name []byte) bool {
	var bits uint8
	for _, c := range name {
		bits |= nameBits[c]
	}
	if bits > nameUnderscore|nameToken || lookAlike(name, bits) != unlike {
		return false
	}
	p := &cfg.Policy
	return !p.DropInvalid || bits&nameToken == 0 && (bits&nameUnderscore == 0 || p.Underscores)
}

// OddName says whether a name holds more than letters, digits and hyphens.
func OddName(name []byte) bool {
	var bits uint8
	for _, c := range name {
		bits |= nameBits[c]
	}
	return bits != 0
}

// ValidValue says whether b may be a field value.
func ValidValue(b []byte) bool { return validValue(b) }

// ValidToken says whether b is a token.
func ValidToken(b []byte) bool { return isToken(b) }

// ParseLength reads a Content-Length.
func ParseLength(v []byte) (n int64, ok bool) { return parseLength(v) }

// AppendTarget appends a request target, with what must not stand in one escaped.
func AppendTarget(dst, target []byte) []byte { return appendTarget(dst, target) }
