package basicauth

import (
	"bytes"
	"encoding/base64"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// maxCredentials is the longest user:password that is looked at, decoded, in bytes.
const maxCredentials = 1 << 10

// New makes the filter of one rule. realm is what browsers show. fail makes the dialect's error page for a status as
// x.Response: 401, or 503 when more passwords are waiting to be checked than is good for the proxy.
func New(realm string, users *UserTable, fail func(x *exchange.Exchange, status int)) exchange.Filter {
	return &filter{challenge: challenge(realm), users: users, fail: fail}
}

type filter struct {
	challenge []byte
	users     *UserTable
	fail      func(*exchange.Exchange, int)
}

// Blocks: hashes such as bcrypt take milliseconds on purpose, and wait for a turn before.
func (f *filter) Blocks() bool { return f.users.costly() }

// Request lets a request with fitting credentials pass. The target gets to see no credentials, as with nginx.
func (f *filter) Request(x *exchange.Exchange) exchange.Verdict {
	name, password, ok := credentials(x)
	if !ok {
		return f.refuse(x)
	}
	fits, busy := f.users.verify(name, password)
	clear(password)
	switch {
	case busy:
		f.fail(x, 503)
		return exchange.Respond
	case !fits:
		return f.refuse(x)
	}
	x.User = name
	x.Request.Header.Del("Authorization")
	return exchange.Continue
}

func (f *filter) refuse(x *exchange.Exchange) exchange.Verdict {
	f.fail(x, 401)
	x.Response.Header.Set("WWW-Authenticate", f.challenge)
	return exchange.Respond
}

// credentials reads "Basic base64(user:password)" into the exchange's own room. Two Authorization fields are as good as
// none: nobody can say which one counts.
func credentials(x *exchange.Exchange) (name, password []byte, ok bool) {
	var value []byte
	for i := range x.Request.Header.Len() {
		f := x.Request.Header.At(i)
		if !exchange.EqualFold(f.Name, "Authorization") {
			continue
		}
		if value != nil {
			return nil, nil, false
		}
		value = f.Value
	}
	if len(value) < 6 || !exchange.EqualFold(value[:6], "Basic ") {
		return nil, nil, false
	}
	text := bytes.TrimRight(bytes.TrimLeft(value[6:], " "), "=")
	if base64.RawStdEncoding.DecodedLen(len(text)) > maxCredentials {
		return nil, nil, false
	}
	var err error
	decoded := x.Build(func(b []byte) []byte {
		b, err = base64.RawStdEncoding.AppendDecode(b, text)
		return b
	})
	if err != nil {
		return nil, nil, false
	}
	return bytes.Cut(decoded, []byte(":"))
}

// challenge is the value of WWW-Authenticate. The realm becomes a quoted string in which nothing can end it or the
// field.
func challenge(realm string) []byte {
	out := []byte(`Basic realm="`)
	for i := range len(realm) {
		switch c := realm[i]; {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c < ' ' || c == 0x7f:
			out = append(out, ' ')
		default:
			out = append(out, c)
		}
	}
	return append(out, '"')
}
