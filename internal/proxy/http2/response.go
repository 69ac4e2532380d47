package http2

import (
	"strconv"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// Header blocks are written without the dynamic table: literal fields with names from the static table need no state,
// so that streams can make theirs at the same time, and cost next to nothing. NoTable has to stand before the first
// block of a connection, as the client may have allowed no table at all (RFC 7541 section 4.2).

// NoTable sets the size of the dynamic table to 0.
const NoTable = 0x20

// Kinds of fields, RFC 7541 section 6.
const (
	indexed      = 0x80
	literal      = 0x00 // without indexing
	neverIndexed = 0x10
)

// statusIndex is the static table's index of a status, 0 for those that are not in it.
func statusIndex(status int) byte {
	switch status {
	case 200:
		return 8
	case 204:
		return 9
	case 206:
		return 10
	case 304:
		return 11
	case 400:
		return 12
	case 404:
		return 13
	case 500:
		return 14
	}
	return 0
}

// AppendResponse appends the header block of x.Response. Its body has no framing of its own; bodiless says that there
// is none whatever the fields say. date is written when the response has no Date.
func AppendResponse(dst []byte, x *exchange.Exchange, date []byte) (block []byte, bodiless bool) {
	r := &x.Response
	dst = appendStatus(dst, r.Status)
	bodiless = r.Status < 200 || r.Status == 204 || r.Status == 304 || string(x.Request.Method) == "HEAD"
	if r.ContentLength >= 0 && r.Status >= 200 && r.Status != 204 && (r.Status != 304 || r.ContentLength > 0) {
		var digits [20]byte
		dst = appendField(dst, literal, []byte("content-length"), strconv.AppendInt(digits[:0], r.ContentLength, 10))
	}
	if _, dated := r.Header.Get("Date"); !dated && len(date) > 0 {
		dst = appendField(dst, literal, []byte("date"), date)
	}
	return appendFields(dst, &r.Header), bodiless
}

// AppendInterim appends the header block of an interim response.
func AppendInterim(dst []byte, r *exchange.Response) []byte {
	return appendFields(appendStatus(dst, r.Status), &r.Header)
}

// AppendTrailer appends the header block of trailers.
func AppendTrailer(dst []byte, trailer *exchange.Header) []byte { return appendFields(dst, trailer) }

func appendStatus(dst []byte, status int) []byte {
	if i := statusIndex(status); i != 0 {
		return append(dst, indexed|i)
	}
	return append(dst, literal|8, 3, byte('0'+status/100%10), byte('0'+status/10%10), byte('0'+status%10))
}

func appendFields(dst []byte, header *exchange.Header) []byte {
	for i := range header.Len() {
		f := header.At(i)
		if ConnectionSpecific(f.Name) || len(f.Name) == 0 || f.Name[0] == ':' {
			continue
		}
		kind := byte(literal)
		if exchange.EqualFold(f.Name, "Set-Cookie") || exchange.EqualFold(f.Name, "Authorization") ||
			exchange.EqualFold(f.Name, "Cookie") {
			kind = neverIndexed
		}
		dst = appendField(dst, kind, f.Name, f.Value)
	}
	return dst
}

// ConnectionSpecific says whether a field is one of those that HTTP/2 and HTTP/3 do not know, or content-length. The codec of the target took them out; this is for those
// that a filter may have set.
func ConnectionSpecific(name []byte) bool {
	switch len(name) {
	case 7:
		return exchange.EqualFold(name, "Upgrade")
	case 10:
		return exchange.EqualFold(name, "Connection") || exchange.EqualFold(name, "Keep-Alive")
	case 14:
		return exchange.EqualFold(name, "Content-Length") // written from the length itself
	case 16:
		return exchange.EqualFold(name, "Proxy-Connection")
	case 17:
		return exchange.EqualFold(name, "Transfer-Encoding")
	}
	return false
}

// appendField appends a field with its name in lower case and its value without bytes that no value may hold.
func appendField(dst []byte, kind byte, name, value []byte) []byte {
	if i := nameIndex(name); i != 0 {
		dst = appendInt(dst, kind, 4, uint64(i))
	} else {
		dst = append(dst, kind)
		dst = appendInt(dst, 0, 7, uint64(len(name)))
		for _, c := range name {
			if c >= 'A' && c <= 'Z' {
				c |= 0x20
			}
			dst = append(dst, c)
		}
	}
	return appendValue(dst, value)
}

// appendValue appends a value without bytes that no value may hold.
func appendValue(dst, value []byte) []byte {
	for len(value) > 0 && blank(value[0]) {
		value = value[1:]
	}
	for len(value) > 0 && blank(value[len(value)-1]) {
		value = value[:len(value)-1]
	}
	dst = appendInt(dst, 0, 7, uint64(len(value)))
	start := len(dst)
	dst = append(dst, value...)
	for i, c := range dst[start:] {
		if c < ' ' && c != '\t' || c == 0x7f {
			dst[start+i] = ' '
		}
	}
	return dst
}

// appendInt appends an integer with a prefix of some bits (RFC 7541 section 5.1).
func appendInt(dst []byte, flags byte, bits uint, n uint64) []byte {
	limit := uint64(1)<<bits - 1
	if n < limit {
		return append(dst, flags|byte(n))
	}
	dst = append(dst, flags|byte(limit))
	for n -= limit; n >= 0x80; n >>= 7 {
		dst = append(dst, byte(n)|0x80)
	}
	return append(dst, byte(n))
}

// staticNames are the names of RFC 7541 appendix A that are still in use, by length.
var staticNames = [...][]staticName{
	3:  {{"age", 21}},
	4:  {{"date", 33}, {"etag", 34}, {"link", 45}, {"vary", 59}},
	5:  {{"allow", 22}, {"range", 50}},
	6:  {{"server", 54}, {"accept", 19}, {"cookie", 32}},
	7:  {{"expires", 36}, {"refresh", 52}, {"referer", 51}},
	8:  {{"location", 46}},
	10: {{"set-cookie", 55}, {"user-agent", 58}},
	11: {{"retry-after", 53}},
	12: {{"content-type", 31}},
	13: {{"accept-ranges", 18}, {"authorization", 23}, {"if-none-match", 41}, {"cache-control", 24}, {"content-range", 30}, {"last-modified", 44}},
	14: {{"content-length", 28}},
	15: {{"accept-encoding", 16}, {"accept-language", 17}},
	16: {{"content-encoding", 26}, {"content-language", 27}, {"content-location", 29}, {"www-authenticate", 61}},
	18: {{"proxy-authenticate", 48}},
	19: {{"content-disposition", 25}},
	25: {{"strict-transport-security", 56}},
	27: {{"access-control-allow-origin", 20}},
}

type staticName struct {
	name  string
	index byte
}

func nameIndex(name []byte) byte {
	if len(name) >= len(staticNames) {
		return 0
	}
	for _, s := range staticNames[len(name)] {
		if exchange.EqualFold(name, s.name) {
			return s.index
		}
	}
	return 0
}
