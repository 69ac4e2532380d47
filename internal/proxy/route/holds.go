package route

import (
	"bytes"
	"slices"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// holds says whether the condition holds for a request. It allocates nothing.
func (t *test) holds(x *exchange.Exchange) bool {
	switch t.field {
	case model.HostHeader:
		// A request without a host (HTTP/1.0) meets no host condition, not even "*".
		return len(x.Request.Host) > 0 && t.text(x.Request.Host)
	case model.PathPattern:
		return t.text(pathOf(x, t.nginx))
	case model.HTTPHeader:
		return t.header(x)
	case model.RequestMethod:
		return t.word(x.Request.Method)
	case model.SourceIP:
		ip := x.Conn.Remote.Addr()
		if t.nginx {
			ip = x.ClientIP
		}
		ip = ip.Unmap().WithZone("")
		for _, p := range t.nets {
			if p.Contains(ip) {
				return true
			}
		}
	case model.QueryString:
		return t.pair(x.Request.Query)
	case model.Cookie:
		value, found := cookie(x, t.name)
		return found && (t.word(value) || t.text(value))
	}
	return false
}

// pathOf is the path that a dialect's rules look at.
func pathOf(x *exchange.Exchange, nginx bool) []byte {
	if nginx {
		return x.Request.NormalPath
	}
	return x.Request.Path
}

// text says whether a glob or regular expression fits.
func (t *test) text(s []byte) bool {
	for i := range t.globs {
		if t.globs[i].covers(s) {
			return true
		}
	}
	for i := range t.regexes {
		if t.regexes[i].found(s) {
			return true
		}
	}
	return false
}

func (t *test) word(s []byte) bool {
	return slices.ContainsFunc(t.words, func(w string) bool { return w == string(s) })
}

// header tries the values of all fields of the name in order. The codec keeps Upgrade apart.
func (t *test) header(x *exchange.Exchange) bool {
	if len(x.Request.Upgrade) > 0 && len(t.name) == len("upgrade") && exchange.EqualFold([]byte("upgrade"), t.name) {
		return t.text(x.Request.Upgrade)
	}
	for i := range x.Request.Header.Len() {
		f := x.Request.Header.At(i)
		if exchange.EqualFold(f.Name, t.name) && t.text(f.Value) {
			return true
		}
	}
	return false
}

// pair tries the pairs of a query as received. A pair without "=" has an empty value.
func (t *test) pair(query []byte) bool {
	if i := bytes.IndexByte(query, '#'); i >= 0 {
		query = query[:i]
	}
	for len(query) > 0 {
		pair := query
		if i := bytes.IndexByte(query, '&'); i >= 0 {
			pair, query = query[:i], query[i+1:]
		} else {
			query = nil
		}
		if len(pair) == 0 {
			continue
		}
		key, value, _ := bytes.Cut(pair, []byte{'='})
		for i := range t.query {
			q := &t.query[i]
			if (q.anyKey || q.key.covers(key)) && q.value.covers(value) {
				return true
			}
		}
	}
	return false
}

// cookie returns the first cookie of a name. Names compare without case, as nginx does.
func cookie(x *exchange.Exchange, name string) ([]byte, bool) {
	for i := range x.Request.Header.Len() {
		f := x.Request.Header.At(i)
		if !exchange.EqualFold(f.Name, "cookie") {
			continue
		}
		for rest := f.Value; len(rest) > 0; {
			pair := rest
			if i := bytes.IndexByte(rest, ';'); i >= 0 {
				pair, rest = rest[:i], rest[i+1:]
			} else {
				rest = nil
			}
			key, value, found := bytes.Cut(bytes.Trim(pair, " \t"), []byte{'='})
			if found && exchange.EqualFold(key, name) {
				return value, true
			}
		}
	}
	return nil, false
}
