package telemetry

import (
	"bytes"
	"strconv"
	"sync"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// format is a log format of a user, made ready: nothing of it is looked up by name while requests are served.
type format struct {
	pieces []formatPiece
	escape escape
}

// escape is how values are escaped.
type escape int

const (
	byDefault escape = iota
	forJSON
	never
)

// escapeOf is what a policy asks for; with both, nothing is escaped, as in ingress-nginx's template.
func escapeOf(p *model.Policy) escape {
	switch {
	case p.LogFormatBare:
		return never
	case p.LogFormatJSON:
		return forJSON
	}
	return byDefault
}

// formatPiece appends something to a line. Values of variables come through value, which escapes them.
type formatPiece struct {
	text string
	// number appends what needs no escaping; value gives what does. One of them is set for a variable.
	number func(e *entry, b []byte) []byte
	value  func(e *entry) []byte
	// field is the name of a request field, for $http_<name>.
	field string
}

// formats keeps the formats that were met. They come from the controller's configuration only, which bounds their number.
type formats struct {
	byEscape [never + 1]table[format]
	skips    table[model.LogSkip]
}

// skipped says whether a policy leaves a request out of the log by its target.
func (f *formats) skipped(p *model.Policy, target []byte) bool {
	if p.LogSkip == "" {
		return false
	}
	return f.skips.get(p.LogSkip, func() *model.LogSkip {
		s, err := model.ParseLogSkip(p.LogSkip)
		if err != nil {
			return &model.LogSkip{} // a builder refuses such lists and says so
		}
		return s
	}).Matches(target)
}

// of is a policy's format; nil when it cannot be used, which its owner has been told.
func (f *formats) of(p *model.Policy) *format {
	how := escapeOf(p)
	made := f.byEscape[how].get(p.LogFormat, func() *format { return newFormat(p.LogFormat, how) })
	if len(made.pieces) == 0 {
		return nil
	}
	return made
}

func newFormat(text string, how escape) *format {
	out := &format{escape: how}
	pieces, err := model.ParseLogFormat(text)
	if err != nil {
		return out // a builder refuses such formats and says so
	}
	for _, p := range pieces {
		made := formatPiece{text: p.Text}
		if p.Variable != "" {
			made = variable(p.Variable)
		}
		out.pieces = append(out.pieces, made)
	}
	return out
}

// entries are for formats of users, which reach them through functions that the compiler cannot follow.
var entries = sync.Pool{New: func() any { return new(entry) }} // a pool is no state: it may be emptied at any time

// line appends a line.
func (f *format) line(e entry, b []byte) []byte {
	held := entries.Get().(*entry)
	*held = e
	b = f.append(held, b)
	*held = entry{}
	entries.Put(held)
	return b
}

func (f *format) append(e *entry, b []byte) []byte {
	for i := range f.pieces {
		p := &f.pieces[i]
		switch {
		case p.number != nil:
			b = p.number(e, b)
		case p.value != nil:
			b = f.escaped(b, p.value(e))
		case p.field != "":
			b = f.escaped(b, header(&e.x.Request.Header, p.field))
		default:
			b = append(b, p.text...)
		}
	}
	return noLineEnds(b) // the text between variables is the owner's
}

// escaped appends a value as nginx does: \xHH for quotes, backslashes and what is not visible, "-" for nothing; for JSON the
// backslash doubled, and nothing for nothing. What is not escaped holds no line ends all the same: one request is one line.
func (f *format) escaped(b, value []byte) []byte {
	switch f.escape {
	case forJSON:
		return appendJSONText(b, value)
	case never:
		return append(b, value...)
	}
	return appendQuoted(b, value)
}

// policyOf is what a rule, or where there is none the listener, says about logging.
func policyOf(l *compile.Listener, rule *compile.Rule) *model.Policy {
	if rule == nil && l != nil {
		rule = l.Fallback()
	}
	if rule == nil || rule.Policy == nil {
		return &noPolicy
	}
	return rule.Policy
}

var noPolicy model.Policy

// variable finds what stands for a variable.
func variable(name string) formatPiece {
	if len(name) > 5 && name[:5] == "http_" {
		field := []byte(name[5:])
		for i := range field {
			if field[i] == '_' {
				field[i] = '-'
			}
		}
		return formatPiece{field: string(field)}
	}
	if f := numbers[name]; f != nil {
		return formatPiece{number: f}
	}
	return formatPiece{value: values[name]}
}

// numbers are variables whose values need no escaping.
var numbers = map[string]func(e *entry, b []byte) []byte{
	"remote_addr": appendClient, "the_real_ip": appendClient,
	"remote_port": func(e *entry, b []byte) []byte {
		if e.x.Conn == nil {
			return append(b, '-')
		}
		return strconv.AppendUint(b, uint64(e.x.Conn.Remote.Port()), 10)
	},
	"time_local": func(e *entry, b []byte) []byte {
		return e.log.clock.appendLocal(b, e.x.Log.End, e.log.location)
	},
	"time_iso8601": func(e *entry, b []byte) []byte {
		return e.x.Log.End.In(e.log.location).AppendFormat(b, "2006-01-02T15:04:05-07:00")
	},
	"msec": func(e *entry, b []byte) []byte {
		b = strconv.AppendInt(b, e.x.Log.End.Unix(), 10)
		return appendPadded(append(b, '.'), int64(e.x.Log.End.Nanosecond()/1e6), 3)
	},
	"server_port": func(e *entry, b []byte) []byte {
		if e.x.Conn == nil {
			return append(b, '-')
		}
		return strconv.AppendUint(b, uint64(e.x.Conn.Port), 10)
	},
	"status":          func(e *entry, b []byte) []byte { return appendStatus(b, status(e.x)) },
	"body_bytes_sent": func(e *entry, b []byte) []byte { return strconv.AppendInt(b, e.x.Log.BodyBytesOut, 10) },
	"bytes_sent":      func(e *entry, b []byte) []byte { return strconv.AppendInt(b, e.x.Log.BytesOut, 10) },
	"request_length":  func(e *entry, b []byte) []byte { return strconv.AppendInt(b, e.x.Log.BytesIn, 10) },
	"request_time":    func(e *entry, b []byte) []byte { return appendSeconds(b, e.x.Log.End.Sub(e.x.Start)) },
	"upstream_addr":   func(e *entry, b []byte) []byte { return e.attempts(b, ", ", attemptAddress) },
	"upstream_response_length": func(e *entry, b []byte) []byte {
		return e.attempts(b, ", ", attemptBytes)
	},
	"upstream_bytes_received": func(e *entry, b []byte) []byte { return e.attempts(b, ", ", attemptBytes) },
	"upstream_response_time":  func(e *entry, b []byte) []byte { return e.attempts(b, ", ", attemptTook) },
	"upstream_connect_time": func(e *entry, b []byte) []byte {
		return e.attempts(b, ", ", func(b []byte, a *exchange.Attempt) []byte { return appendSeconds(b, a.Connected) })
	},
	"upstream_status": func(e *entry, b []byte) []byte { return e.attempts(b, ", ", attemptStatus) },
	"proxy_alternative_upstream_name": func(e *entry, b []byte) []byte {
		return appendBackend(b, alternative(e.x, e.rule))
	},
	"connection": func(e *entry, b []byte) []byte { return appendConnection(b, e.x.Conn) },
	"ssl_protocol": func(e *entry, b []byte) []byte {
		if e.x.Conn == nil || e.x.Conn.TLS == nil {
			return append(b, '-')
		}
		return append(b, exchange.TLSVersionName(e.x.Conn.TLS.Version)...)
	},
	"ssl_cipher": func(e *entry, b []byte) []byte {
		if e.x.Conn == nil || e.x.Conn.TLS == nil {
			return append(b, '-')
		}
		return append(b, exchange.CipherName(e.x.Conn.TLS.CipherSuite)...)
	},
}

func appendClient(e *entry, b []byte) []byte {
	if !e.x.ClientIP.IsValid() {
		return append(b, '-')
	}
	return e.x.ClientIP.AppendTo(b)
}

// values are variables whose values are escaped.
var values = map[string]func(e *entry) []byte{
	"remote_user": func(e *entry) []byte { return e.x.User },
	"request": func(e *entry) []byte {
		q := &e.x.Request
		if e.x.Log.Line != nil || len(q.Method) == 0 {
			return e.x.Log.Line
		}
		return e.x.Scratch(q.Method, blank, q.Target, blank, []byte(q.Proto.String()))
	},
	"request_method":      func(e *entry) []byte { return e.x.Request.Method },
	"request_uri":         func(e *entry) []byte { return e.x.Request.Target },
	"uri":                 func(e *entry) []byte { return e.x.Request.Path },
	"args":                func(e *entry) []byte { return e.x.Request.Query },
	"query_string":        func(e *entry) []byte { return e.x.Request.Query },
	"is_args":             func(e *entry) []byte { return mark(e.x.Request.HasQuery && len(e.x.Request.Query) > 0) },
	"scheme":              func(e *entry) []byte { return scheme(e.x) },
	"host":                func(e *entry) []byte { return e.x.Request.Host },
	"server_name":         func(e *entry) []byte { return e.x.Request.Host },
	"server_protocol":     func(e *entry) []byte { return []byte(e.x.Request.Proto.String()) },
	"request_id":          func(e *entry) []byte { return e.x.RequestID },
	"req_id":              func(e *entry) []byte { return e.x.RequestID },
	"proxy_upstream_name": func(e *entry) []byte { return []byte(policyOf(e.listener, e.rule).BackendName) },
	"proxy_host":          func(e *entry) []byte { return []byte(policyOf(e.listener, e.rule).BackendName) },
	"namespace":           func(e *entry) []byte { return []byte(e.source().Namespace) },
	"ingress_name":        func(e *entry) []byte { return []byte(e.source().Name) },
	"service_name":        func(e *entry) []byte { return []byte(e.source().Service) },
	"service_port":        func(e *entry) []byte { return []byte(e.source().Port) },
	"location_path":       func(e *entry) []byte { return []byte(e.source().Path) },
	"ssl_server_name": func(e *entry) []byte {
		if e.x.Conn == nil || e.x.Conn.TLS == nil {
			return nil
		}
		return []byte(e.x.Conn.TLS.ServerName)
	},
}

var (
	blank    = []byte(" ")
	question = []byte("?")
	http     = []byte("http")
	https    = []byte("https")
)

func mark(holds bool) []byte {
	if holds {
		return question
	}
	return nil
}

func scheme(x *exchange.Exchange) []byte {
	if x.HTTPS {
		return https
	}
	return http
}

// source is where the rule came from.
func (e *entry) source() *model.Source {
	if e.rule == nil {
		return &noSource
	}
	return &e.rule.Source
}

var noSource model.Source

// noLineEnds takes line ends out of a line that the owner's format has made: one request is one line.
func noLineEnds(b []byte) []byte {
	if bytes.IndexByte(b, '\n') < 0 && bytes.IndexByte(b, '\r') < 0 {
		return b
	}
	for i, c := range b {
		if c == '\n' || c == '\r' {
			b[i] = ' '
		}
	}
	return b
}
