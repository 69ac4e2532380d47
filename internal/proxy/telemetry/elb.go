package telemetry

import (
	"strconv"
	"strings"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// appendELB appends a line of an Application Load Balancer's access log: 34 fields, those in quotes may hold blanks.
func (e *entry) appendELB(b []byte) []byte {
	x := e.x
	b = append(b, elbType(x)...)
	b = append(b, ' ')
	b = e.log.clock.appendISO(b, x.Log.End)
	b = append(b, ' ')
	b = e.appendLoadBalancer(b)
	b = append(b, ' ')
	b = appendPeer(b, x)
	b = append(b, ' ')
	last := exchange.Attempt{}
	if n := len(x.Log.Attempts); n > 0 {
		last = x.Log.Attempts[n-1]
	}
	b = appendBare(b, last.Address)
	b = appendSpan(append(b, ' '), x.Start, x.Log.Sent)
	b = appendSpan(append(b, ' '), x.Log.Sent, x.Log.FirstByte)
	b = appendSpan(append(b, ' '), x.Log.FirstByte, x.Log.FirstByte)
	b = append(b, ' ')
	b = appendStatus(b, status(x))
	b = append(b, ' ')
	b = attemptAnswer(b, &last)
	b = append(b, ' ')
	b = strconv.AppendInt(b, x.Log.BytesIn, 10)
	b = append(b, ' ')
	b = strconv.AppendInt(b, x.Log.BytesOut, 10)
	b = append(b, ` "`...)
	b = e.appendURL(b)
	b = append(b, `" "`...)
	agent := header(&x.Request.Header, "User-Agent")
	b = appendQuoted(b, agent[:min(len(agent), 8<<10)])
	b = append(b, `" `...)
	b = appendTLS(b, x)
	b = append(b, ' ')
	b = appendBare(b, group(x, e.rule))
	b = append(b, ` "`...)
	b = appendTrace(b, x)
	b = append(b, `" "`...)
	b = appendNames(b, x)
	b = append(b, `" `...)
	return e.appendELBRest(b)
}

// appendELBRest appends the fields from matched_rule_priority on.
func (e *entry) appendELBRest(b []byte) []byte {
	x := e.x
	if e.rule != nil && x.Log.Actions&^(exchange.ActionWAF|exchange.ActionWAFFailed) != 0 {
		b = strconv.AppendInt(b, int64(e.rule.Priority), 10)
	} else {
		b = append(b, '-')
	}
	b = append(b, ' ')
	b = e.log.clock.appendISO(b, x.Start)
	b = append(b, ` "`...)
	b = x.Log.Actions.AppendTo(b)
	b = append(b, `" "`...)
	b = appendQuoted(b, redirectURL(x))
	b = append(b, `" "`...)
	b = appendQuoted(b, x.Log.Reason)
	b = append(b, `" "`...)
	b = e.attempts(b, " ", attemptAddress)
	b = append(b, `" "`...)
	b = e.attempts(b, " ", attemptAnswer)
	b = append(b, `" "`...)
	if x.Request.Class == exchange.Compliant {
		b = append(b, `-" "-" `...)
	} else {
		b = append(b, x.Request.Class.String()...)
		b = append(b, `" "`...)
		b = appendQuoted(b, x.Request.ClassReason)
		b = append(b, `" `...)
	}
	b = appendConnection(b, x.Conn)
	b = append(b, ` "`...)
	b = appendQuoted(b, x.Log.TransformedHost)
	b = append(b, `" "`...)
	b = appendQuoted(b, x.Log.TransformedURI)
	b = append(b, `" "`...)
	b = appendQuoted(b, string(x.Log.Transform))
	b = append(b, `" `...)
	if x.Conn != nil && x.Conn.Local.IsValid() {
		return x.Conn.Local.Addr().AppendTo(b)
	}
	return append(b, '-')
}

// redirectURL is where a redirect action led to; nil for all other exchanges.
func redirectURL(x *exchange.Exchange) []byte {
	if !x.Log.Actions.Has(exchange.ActionRedirect) || !x.Response.Made {
		return nil
	}
	return header(&x.Response.Header, "Location")
}

func elbType(x *exchange.Exchange) string {
	secure := x.Conn != nil && x.Conn.HTTPS()
	switch {
	case x.Request.GRPC():
		return "grpcs"
	case x.Request.Proto >= exchange.HTTP2:
		return "h2"
	case x.Response.Switch && secure:
		return "wss"
	case x.Response.Switch:
		return "ws"
	case secure:
		return "https"
	}
	return "http"
}

// appendLoadBalancer appends "app/<name>/<16 hex digits>".
func (e *entry) appendLoadBalancer(b []byte) []byte {
	if e.listener == nil {
		return append(b, '-')
	}
	return appendResource(b, "app/", e.listener.Name, e.listener.LoadBalancer)
}

// ResourceID is the end of a load balancer's ARN: "app/<name>/<16 hex digits>", or "net/..." for a network load
// balancer. Where its ID in the model is no ARN, the digits come from the ID.
func ResourceID(network bool, name, id string) string {
	kind := "app/"
	if network {
		kind = "net/"
	}
	return string(appendResource(nil, kind, name, id))
}

func appendResource(b []byte, kind, name, id string) []byte {
	if _, end, ok := strings.Cut(id, ":loadbalancer/"); ok {
		return appendBare(b, end)
	}
	if name == "" {
		name = id
	}
	b = appendBare(append(b, kind...), name)
	return appendHex(append(b, '/'), digits(id))
}

// digits are those that stand for a load balancer or listener in place of the ones that AWS makes up.
func digits(id string) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := range len(id) {
		h = (h ^ uint64(id[i])) * 0x100000001b3
	}
	return h
}

func appendHex(b []byte, n uint64) []byte {
	const digits = "0123456789abcdef"
	var hex [16]byte
	for i := range hex {
		hex[i] = digits[n>>(60-4*i)&15]
	}
	return append(b, hex[:]...)
}

func appendPeer(b []byte, x *exchange.Exchange) []byte {
	if x.Conn == nil || !x.Conn.Remote.IsValid() {
		return append(b, '-')
	}
	return x.Conn.Remote.AppendTo(b)
}

// appendSpan appends the time between two moments in seconds, -1 when either did not come.
func appendSpan(b []byte, from, to time.Time) []byte {
	if from.IsZero() || to.IsZero() {
		return append(b, "-1"...)
	}
	return appendSeconds(b, to.Sub(from))
}

// appendURL appends the request line with the whole URL; parts that could not be read are "-".
func (e *entry) appendURL(b []byte) []byte {
	x := e.x
	q := &x.Request
	b = appendQuoted(b, q.Method)
	if x.Conn != nil && x.Conn.HTTPS() {
		b = append(b, " https://"...)
	} else {
		b = append(b, " http://"...)
	}
	b = appendQuoted(b, q.Host)
	b = append(b, ':')
	port := uint16(0)
	if x.Conn != nil {
		port = x.Conn.Port
	}
	b = strconv.AppendUint(b, uint64(port), 10)
	if len(q.Target) > 0 && q.Target[0] != '/' {
		b = append(b, '/')
	}
	b = appendQuoted(b, q.Target)
	b = append(b, ' ')
	return append(b, q.Proto.String()...)
}

func appendTrace(b []byte, x *exchange.Exchange) []byte {
	if len(x.RequestID) == 0 {
		return append(b, '-')
	}
	const root = "Root="
	if len(x.RequestID) < len(root) || string(x.RequestID[:len(root)]) != root {
		b = append(b, root...)
	}
	return appendSafe(b, x.RequestID, &plain)
}

// appendNames appends domain_name and chosen_cert_arn with the quotes between them.
func appendNames(b []byte, x *exchange.Exchange) []byte {
	if x.Conn == nil || x.Conn.TLS == nil {
		return append(b, `-" "-`...)
	}
	b = appendQuoted(b, x.Conn.TLS.ServerName)
	b = append(b, `" "`...)
	if x.Conn.TLS.DidResume {
		return append(b, "session-reused"...)
	}
	return appendQuoted(b, x.Conn.Certificate)
}

// appendConnection appends the name of the client's connection.
func appendConnection(b []byte, c *exchange.Conn) []byte {
	if c == nil || c.ID == [2]uint64{} {
		return append(b, '-')
	}
	b = append(b, "TID_"...)
	return appendHex(appendHex(b, c.ID[0]), c.ID[1])
}
