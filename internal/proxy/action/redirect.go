package action

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/compile/page"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// maxLocation is the longest Location that ELB sends; beyond it the answer is 507.
const maxLocation = 8 << 10

// redirect answers with a Location.
type redirect struct {
	status                            int
	protocol, host, port, path, query template
	// url is the whole Location, or a path on the request's host; DialectNginx only.
	url string
	// needsHost says that the Location holds the request's host.
	needsHost bool
	style     page.Style
}

// NewRedirect makes the step of a redirect action; nil for nil. It fails on a status that is none of a redirect and on
// placeholders that do not exist.
func NewRedirect(c *compile.Config, r *model.Redirect) (exchange.Filter, error) {
	if r == nil {
		return nil, nil
	}
	out := redirect{status: int(r.StatusCode), url: r.URL, style: c.Style}
	if out.status == 0 {
		out.status = 302
	}
	if out.status < 300 || out.status > 399 {
		return nil, fmt.Errorf("%d is not the status of a redirect", out.status)
	}
	if err := r.CheckPlaceholders(); err != nil {
		return nil, err
	}
	for _, m := range []struct {
		to             *template
		text, fallback string
	}{
		{&out.protocol, r.Protocol, "#{protocol}"},
		{&out.host, r.Host, "#{host}"},
		{&out.port, r.Port, "#{port}"},
		{&out.path, r.Path, "/#{path}"},
		{&out.query, r.Query, "#{query}"},
	} {
		if m.text == "" {
			m.text = m.fallback
		}
		t, err := parseTemplate(m.text)
		if err != nil {
			return nil, err
		}
		*m.to = t
	}
	if r.NoQuery {
		out.query = nil
	}
	if r.Protocol != "" && r.Protocol[0] != '#' {
		out.protocol = template{{text: strings.ToLower(r.Protocol)}}
	}
	if c.Dialect == model.DialectNginx && r.Port == "" {
		out.port = nil
		if r.Host == "" && r.Protocol == "" {
			// The host as the client wrote it, with the port it wrote: behind a mapped port it is the only right one.
			out.host = template{{key: authority}}
		}
	}
	out.needsHost = strings.HasPrefix(r.URL, "/") || r.URL == "" && (r.Host == "" || strings.Contains(r.Host, "#{host}"))
	return out, nil
}

// Request makes the response. HTTP/1.0 without Host names no place to be sent to.
func (r redirect) Request(x *exchange.Exchange) exchange.Verdict {
	x.Did(exchange.ActionRedirect)
	if r.needsHost && len(x.Request.Authority) == 0 {
		r.style.Error(x, 400)
		return exchange.Respond
	}
	place := x.Build(func(b []byte) []byte {
		if r.url != "" {
			return r.appendURL(b, x)
		}
		b = append(r.protocol.append(b, x), "://"...)
		b = r.host.append(b, x)
		if r.port != nil {
			b = append(b, ':')
			b = r.port.append(b, x)
		}
		b = r.path.append(b, x)
		end := len(b)
		b = r.query.append(append(b, '?'), x)
		if len(b) == end+1 {
			b = b[:end]
		}
		return b
	})
	if r.style.Dialect != model.DialectNginx && len(place) > maxLocation {
		r.style.Error(x, 507)
		return exchange.Respond
	}
	r.style.Redirect(x, r.status, place)
	return exchange.Respond
}

// appendURL appends a Location that does not depend on the request, but for scheme and host of a mere path.
func (r *redirect) appendURL(b []byte, x *exchange.Exchange) []byte {
	if r.url[0] == '/' && !strings.HasPrefix(r.url, "//") {
		b = appendSafe(b, scheme(x))
		b = append(b, "://"...)
		b = appendSafe(b, string(host(x)))
	}
	return appendSafe(b, r.url)
}

// template is a text with placeholders.
type template []piece

// piece is literal text, or a placeholder when text is empty.
type piece struct {
	text string
	key  key
}

// key is a placeholder.
type key uint8

const (
	protocol key = iota + 1
	hostName
	port
	path
	query
	authority // not for users: host and port as the client wrote them
)

var keys = map[string]key{"protocol": protocol, "host": hostName, "port": port, "path": path, "query": query}

// parseTemplate takes "#{name}" apart.
func parseTemplate(s string) (template, error) {
	var t template
	for s != "" {
		before, after, found := strings.Cut(s, "#{")
		if before != "" {
			t = append(t, piece{text: before})
		}
		if !found {
			break
		}
		name, rest, closed := strings.Cut(after, "}")
		k := keys[name]
		if !closed || k == 0 {
			return nil, fmt.Errorf("#{%s} is not a placeholder of a redirect", name)
		}
		t, s = append(t, piece{key: k}), rest
	}
	return t, nil
}

func (t template) append(b []byte, x *exchange.Exchange) []byte {
	for _, p := range t {
		switch p.key {
		case protocol:
			b = append(b, scheme(x)...)
		case hostName:
			b = appendSafe(b, x.Request.Host)
		case authority:
			b = appendSafe(b, host(x))
		case port:
			b = strconv.AppendUint(b, uint64(x.Port), 10)
		case path:
			if len(x.Request.Path) > 1 {
				b = appendSafe(b, x.Request.Path[1:])
			}
		case query:
			b = appendSafe(b, x.Request.Query)
		default:
			b = appendSafe(b, p.text)
		}
	}
	return b
}

func scheme(x *exchange.Exchange) string {
	if x.HTTPS {
		return "https"
	}
	return "http"
}

// host is the host with port that a client sees.
func host(x *exchange.Exchange) []byte {
	if len(x.ForwardedHost) > 0 {
		return x.ForwardedHost
	}
	return x.Request.Authority
}

// appendSafe appends text to a Location: blanks, control bytes and bytes beyond ASCII are escaped, so that nothing can end
// the field.
func appendSafe[T string | []byte](b []byte, s T) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f {
			b = append(b, '%', hex[c>>4], hex[c&15])
		} else {
			b = append(b, c)
		}
	}
	return b
}
