package http1

import (
	"bytes"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// maxTrailerFields bounds the fields of a trailer section; the rest is dropped.
const maxTrailerFields = 64

// TrailerAllowed says whether a field of that name may stand behind a body. RFC 9110 section 6.5.1 leaves that to the
// definition of each field; dropped are those that frame, route, authenticate, modify or describe the message, since a
// target that merges them into the head would be misled, and whatever only the proxy may say. name must be a token.
func TrailerAllowed(name []byte) bool {
	if len(name) == 0 || protected(name) {
		return false
	}
	var bits uint8
	for _, c := range name {
		bits |= nameBits[c]
	}
	if bits > nameUnderscore|nameToken || lookAlike(name, bits) != unlike {
		return false
	}
	letter := lower(name[0])
	if letter < 'a' || letter > 'z' {
		return true
	}
	for _, g := range notInTrailers[letter-'a'] {
		if exchange.EqualFold(name, g) {
			return false
		}
	}
	for _, p := range notInTrailerPrefixes {
		if len(name) >= len(p) && exchange.EqualFold(name[:len(p)], p) {
			return false
		}
	}
	return true
}

// notInTrailerPrefixes are beginnings of names that never pass.
var notInTrailerPrefixes = [...]string{"if-", "sec-", "access-control-", "x-forwarded-", "x-amzn-", "proxy-"}

// notInTrailers are names that never pass, by first letter; protected knows more.
var notInTrailers = func() (table [26][]string) {
	for _, name := range [...]string{
		"accept", "accept-charset", "accept-encoding", "accept-language", "accept-ranges", "age", "allow", "alt-svc",
		"authentication-info", "cache-control", "content-disposition", "content-encoding", "content-language",
		"content-length", "content-location", "content-range", "content-security-policy", "content-type", "cookie", "cookie2",
		"date", "expires", "http2-settings", "keep-alive",
		"last-modified", "location", "max-forwards", "origin", "pragma", "priority", "range", "referer", "refresh",
		"retry-after", "set-cookie", "set-cookie2", "strict-transport-security", "user-agent", "vary", "via", "warning",
		"www-authenticate", "x-frame-options",
	} {
		table[name[0]-'a'] = append(table[name[0]-'a'], name)
	}
	return table
}()

// Trailers appends the fields that came behind the body to h, those that TrailerAllowed admits. It is for a chunked body
// that was read to its end; the fields are valid until the next Reset.
func (b *Body) Trailers(h *exchange.Header) {
	if b.framing.Kind != Chunked || b.err == nil || len(b.chunks.section) == 0 || !b.Done() {
		return
	}
	rest := b.chunks.section
	for range maxTrailerFields {
		line, after, found := bytes.Cut(rest, crlf)
		if !found {
			return
		}
		if colon := bytes.IndexByte(line, ':'); colon > 0 && TrailerAllowed(line[:colon]) {
			h.Add(line[:colon], trim(line[colon+1:]))
		}
		rest = after
	}
}

var crlf = []byte("\r\n")

// AppendLastChunk ends a chunked body with the fields of a trailer section.
func AppendLastChunk(dst []byte, trailer *exchange.Header) []byte {
	dst = append(dst, "0\r\n"...)
	return append(appendFields(dst, trailer), "\r\n"...)
}

// takesTrailers says whether a TE field has trailers among its codings (RFC 9110 section 10.1.4).
func takesTrailers(value []byte) bool {
	if exchange.EqualFold(value, "trailers") {
		return true
	}
	for item, rest := nextItem(value); ; item, rest = nextItem(rest) {
		if exchange.EqualFold(item, "trailers") {
			return true
		}
		if rest == nil {
			return false
		}
	}
}

// Announce adds a Trailer field with what the values of others of that name list, as far as TrailerAllowed admits it: some
// recipients only look at trailers that were announced.
func Announce(header *exchange.Header, values ...[]byte) {
	var names []byte
	count := 0
	for _, value := range values {
		for item, rest := nextItem(value); ; item, rest = nextItem(rest) {
			if len(item) > 0 && isToken(item) && TrailerAllowed(item) && count < maxTrailerFields {
				if count++; count > 1 {
					names = append(names, ", "...)
				}
				names = append(names, item...)
			}
			if rest == nil {
				break
			}
		}
	}
	if count > 0 {
		header.AddString("Trailer", names)
	}
}
