package sticky

import (
	"bytes"
	"net/http"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// Cookie is the value of the first cookie of that name in a request (RFC 6265 section 4.2.1), and whether there is one.
func Cookie(h *exchange.Header, name string) ([]byte, bool) {
	for i := range h.Len() {
		f := h.At(i)
		if !exchange.EqualFold(f.Name, "Cookie") {
			continue
		}
		for rest := f.Value; len(rest) > 0; {
			var pair []byte
			pair, rest, _ = bytes.Cut(rest, semicolon)
			pair = bytes.TrimLeft(pair, " \t")
			if len(pair) > len(name) && pair[len(name)] == '=' && string(pair[:len(name)]) == name {
				return bytes.TrimRight(pair[len(name)+1:], " \t"), true
			}
		}
	}
	return nil, false
}

var semicolon = []byte{';'}

// sets says whether a response sets a cookie of that name.
func sets(h *exchange.Header, name string) bool {
	for i := range h.Len() {
		f := h.At(i)
		if len(f.Value) > len(name) && f.Value[len(name)] == '=' && string(f.Value[:len(name)]) == name &&
			exchange.EqualFold(f.Name, "Set-Cookie") {
			return true
		}
	}
	return false
}

const crossSite = "; SameSite=None; Secure"

// appendCookie writes the value of a Set-Cookie field as ELB does.
func appendCookie(b []byte, name string, value, expires []byte, more string) []byte {
	b = append(b, name...)
	b = append(b, '=')
	b = append(b, value...)
	b = append(b, "; Expires="...)
	b = append(b, expires...)
	b = append(b, "; Path=/"...)
	return append(b, more...)
}

// expiresAt is the Expires of cookies that are set at that second.
func expiresAt(second int64) []byte {
	return time.Unix(second, 0).Add(week).UTC().AppendFormat(nil, http.TimeFormat)
}

// nowOf is the second at which a response is made.
func nowOf(x *exchange.Exchange) int64 {
	if !x.Log.FirstByte.IsZero() {
		return x.Log.FirstByte.Unix()
	}
	return x.Start.Unix()
}
