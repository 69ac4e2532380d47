package session

import (
	"bytes"
	"errors"
	"strconv"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

const (
	// MaxShards is how many cookies a session may take (as on AWS).
	MaxShards = 4
	// maxCookie is the size that browsers accept of one cookie: name, value and attributes (RFC 6265 section 6.1).
	maxCookie = 4096
	// attributeRoom is what the number and the attributes of a cookie take.
	attributeRoom = 112
	// maxName is the longest name of a cookie.
	maxName = 256
	// lifetime is how long browsers keep the cookies. It has nothing to do with how long a session lasts, which stands
	// inside (AWS: 7 days, whatever the session timeout is).
	lifetime = 7 * 24 * time.Hour
)

// Jar is the cookies of one name that a session is kept in: NAME-0, NAME-1 and so on.
type Jar struct {
	name string
}

// NewJar makes the Jar of a name, which must be one that a cookie can have (RFC 6265 section 4.1.1).
func NewJar(name string) (Jar, error) {
	if name == "" || len(name) > maxName {
		return Jar{}, errors.New("the name of a session cookie must have 1 to 256 characters")
	}
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c >= 0x7f || bytes.IndexByte([]byte(`()<>@,;:\"/[]?={}`), c) >= 0 {
			return Jar{}, errors.New("the name of the session cookie " + strconv.Quote(name) + " holds a character that cookies cannot have")
		}
	}
	return Jar{name}, nil
}

// shard is how much of the text goes into one cookie.
func (j Jar) shard() int { return maxCookie - attributeRoom - len(j.name) }

// Room is how long a text may be.
func (j Jar) Room() int { return MaxShards * j.shard() }

// Cookies are the cookies of a Jar as a request brings them.
type Cookies struct {
	shards [MaxShards][]byte
	// Count is how many there are without a gap, from number 0 on.
	Count int
}

func (c *Cookies) join(n int) []byte {
	if n == 1 {
		return c.shards[0]
	}
	return bytes.Join(c.shards[:n], nil)
}

// Read finds the Jar's cookies in a request. Of several with the same name the first one counts: it is the one with the
// longest path or the oldest (RFC 6265 section 5.4).
func (j Jar) Read(h *exchange.Header) Cookies {
	var c Cookies
	Each(h, func(name, value []byte) {
		number, ours := bytes.CutPrefix(name, []byte(j.name))
		if !ours || len(number) != 2 || number[0] != '-' || len(value) > maxCookie {
			return
		}
		if i := int(number[1]) - '0'; i >= 0 && i < MaxShards && c.shards[i] == nil {
			c.shards[i] = value
		}
	})
	for c.Count < MaxShards && len(c.shards[c.Count]) > 0 {
		c.Count++
	}
	return c
}

// Each calls f with the cookies of a request, in order.
func Each(h *exchange.Header, f func(name, value []byte)) {
	for i := range h.Len() {
		field := h.At(i)
		if !exchange.EqualFold(field.Name, "cookie") {
			continue
		}
		for rest := field.Value; len(rest) > 0; {
			var pair []byte
			pair, rest, _ = bytes.Cut(rest, []byte(";"))
			name, value, ok := bytes.Cut(bytes.Trim(pair, " \t"), []byte("="))
			if ok {
				f(name, value)
			}
		}
	}
}

// Set makes the values of Set-Cookie that put a text into the Jar, and take out what sent has beyond it. crossSite lets
// browsers send them with requests from other sites.
func (j Jar) Set(text []byte, sent Cookies, crossSite bool, now time.Time) [][]byte {
	var out [][]byte
	for i := 0; i < MaxShards; i++ {
		n := min(len(text), j.shard())
		if n == 0 {
			break
		}
		out = append(out, Attributes(j.pair(i, text[:n]), now.Add(lifetime), crossSite))
		text = text[n:]
	}
	return append(out, j.expire(len(out), sent, crossSite)...)
}

func (j Jar) expire(from int, sent Cookies, crossSite bool) [][]byte {
	var out [][]byte
	for i := from; i < MaxShards; i++ {
		if sent.shards[i] != nil {
			out = append(out, Attributes(j.pair(i, nil), time.Unix(0, 0), crossSite))
		}
	}
	return out
}

func (j Jar) pair(i int, value []byte) []byte {
	b := make([]byte, 0, len(j.name)+3+len(value)+attributeRoom)
	b = append(b, j.name...)
	b = append(b, '-', byte('0'+i), '=')
	return append(b, value...)
}

// Attributes adds to "name=value" what all our cookies have. crossSite adds SameSite=None.
func Attributes(pair []byte, expires time.Time, crossSite bool) []byte {
	pair = append(pair, "; Expires="...)
	pair = expires.UTC().AppendFormat(pair, "Mon, 02 Jan 2006 15:04:05 GMT")
	pair = append(pair, "; Path=/; Secure; HttpOnly"...)
	if crossSite {
		pair = append(pair, "; SameSite=None"...)
	}
	return pair
}

// CrossSite says whether a request comes from a page of another origin (a CORS request): it has an Origin that is not the
// host it was sent to.
func CrossSite(x *exchange.Exchange) bool {
	origin, ok := x.Request.Header.Get("Origin")
	if !ok {
		return false
	}
	host, secure := bytes.CutPrefix(origin, []byte("https://"))
	return !secure || !bytes.EqualFold(host, x.Request.Authority)
}
