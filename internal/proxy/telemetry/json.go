package telemetry

import (
	"strconv"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// object appends members of a JSON object. Members without a value are left out.
type object struct{ b []byte }

func (o *object) key(name string) {
	if o.b[len(o.b)-1] != '{' {
		o.b = append(o.b, ',')
	}
	o.b = append(o.b, '"')
	o.b = append(o.b, name...)
	o.b = append(o.b, '"', ':')
}

func text[T string | []byte](o *object, name string, value T) {
	if len(value) == 0 {
		return
	}
	o.key(name)
	o.b = append(o.b, '"')
	o.b = append(appendJSONText(o.b, value), '"')
}

func (o *object) number(name string, n int64) {
	o.key(name)
	o.b = strconv.AppendInt(o.b, n, 10)
}

// appendJSON appends everything that is known of an exchange as one object.
func (e *entry) appendJSON(b []byte) []byte {
	x := e.x
	o := object{append(b, '{')}
	o.key("time")
	o.b = append(e.log.clock.appendISO(append(o.b, '"'), x.Log.End), '"')
	if l := e.listener; l != nil {
		text(&o, "loadBalancer", l.LoadBalancer)
		o.number("port", int64(l.Port))
	}
	e.jsonRule(&o)
	e.jsonRequest(&o)
	o.number("status", int64(status(x)))
	o.number("bytesIn", x.Log.BytesIn)
	o.number("bytesOut", x.Log.BytesOut)
	o.number("bodyBytesOut", x.Log.BodyBytesOut)
	o.key("seconds")
	o.b = appendSeconds(o.b, x.Log.End.Sub(x.Start))
	text(&o, "targetGroup", group(x, e.rule))
	e.jsonAttempts(&o)
	text(&o, "error", x.Log.Error)
	e.jsonActions(&o)
	text(&o, "requestID", x.RequestID)
	if x.Conn != nil && x.Conn.ID != [2]uint64{} {
		o.key("connection")
		o.b = append(appendConnection(append(o.b, '"'), x.Conn), '"')
	}
	return append(o.b, '}')
}

func (e *entry) jsonRule(o *object) {
	r := e.rule
	if r == nil {
		return
	}
	o.number("rule", int64(r.Priority))
	if r.Source.Name != "" {
		o.key("ingress")
		o.b = append(o.b, '"')
		o.b = append(appendJSONText(o.b, r.Source.Namespace), '/')
		o.b = append(appendJSONText(o.b, r.Source.Name), '"')
	}
	if r.Source.Kind != "Ingress" {
		text(o, "kind", r.Source.Kind)
	}
	text(o, "field", r.Source.Field)
	text(o, "rulePath", r.Source.Path)
	text(o, "service", r.Source.Service)
	text(o, "servicePort", r.Source.Port)
}

func (e *entry) jsonActions(o *object) {
	x := e.x
	text(o, "reason", x.Log.Reason)
	if x.Log.Actions != 0 {
		o.key("actions")
		o.b = append(x.Log.Actions.AppendTo(append(o.b, '"')), '"')
	}
	text(o, "redirect", redirectURL(x))
	text(o, "transformedHost", x.Log.TransformedHost)
	text(o, "transformedURI", x.Log.TransformedURI)
	text(o, "transform", string(x.Log.Transform))
}

func (e *entry) jsonRequest(o *object) {
	x := e.x
	q := &x.Request
	if x.ClientIP.IsValid() {
		o.key("client")
		o.b = append(x.ClientIP.AppendTo(append(o.b, '"')), '"')
	}
	if x.Conn != nil && x.Conn.Remote.IsValid() {
		o.key("peer")
		o.b = append(x.Conn.Remote.AppendTo(append(o.b, '"')), '"')
	}
	text(o, "user", x.User)
	text(o, "method", q.Method)
	text(o, "host", q.Host)
	text(o, "target", q.Target)
	if q.Proto != 0 {
		text(o, "proto", q.Proto.String())
	}
	text(o, "line", x.Log.Line)
	text(o, "referer", header(&q.Header, "Referer"))
	text(o, "userAgent", header(&q.Header, "User-Agent"))
	if x.Conn != nil && x.Conn.TLS != nil {
		text(o, "tls", exchange.TLSVersionName(x.Conn.TLS.Version))
		text(o, "cipher", exchange.CipherName(x.Conn.TLS.CipherSuite))
		text(o, "serverName", x.Conn.TLS.ServerName)
		text(o, "certificate", x.Conn.Certificate)
	}
	if q.Class != exchange.Compliant {
		text(o, "class", q.Class.String())
		text(o, "classReason", q.ClassReason)
	}
}

func (e *entry) jsonAttempts(o *object) {
	if len(e.x.Log.Attempts) == 0 {
		return
	}
	o.key("targets")
	o.b = append(o.b, '[')
	for i := range e.x.Log.Attempts {
		a := &e.x.Log.Attempts[i]
		if i > 0 {
			o.b = append(o.b, ',')
		}
		o.b = append(o.b, '{')
		text(o, "address", a.Address)
		text(o, "pod", a.Pod)
		if a.Status != 0 {
			o.number("status", int64(a.Status))
		}
		o.number("bytes", a.Bytes)
		o.key("seconds")
		o.b = append(appendSeconds(o.b, a.Took), '}')
	}
	o.b = append(o.b, ']')
}
