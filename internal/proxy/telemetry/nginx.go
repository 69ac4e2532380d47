package telemetry

import (
	"strconv"
)

// appendNginx appends a line in ingress-nginx's format upstreaminfo:
//
//	$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"
//	$request_length $request_time [$proxy_upstream_name] [$proxy_alternative_upstream_name] $upstream_addr
//	$upstream_response_length $upstream_response_time $upstream_status $req_id
//
// The four fields about tries hold lists separated by ", ". Unlike nginx blanks in a user name are escaped, so that
// the fields after it stay where they belong.
func (e *entry) appendNginx(b []byte) []byte {
	x := e.x
	if x.ClientIP.IsValid() {
		b = x.ClientIP.AppendTo(b)
	} else {
		b = append(b, '-')
	}
	b = append(b, " - "...)
	b = appendBare(b, x.User)
	b = append(b, " ["...)
	b = e.log.clock.appendLocal(b, x.Log.End, e.log.location)
	b = append(b, `] "`...)
	b = e.appendRequestLine(b)
	b = append(b, `" `...)
	b = appendStatus(b, status(x))
	b = append(b, ' ')
	b = strconv.AppendInt(b, x.Log.BodyBytesOut, 10)
	b = append(b, ` "`...)
	b = appendQuoted(b, header(&x.Request.Header, "Referer"))
	b = append(b, `" "`...)
	b = appendQuoted(b, header(&x.Request.Header, "User-Agent"))
	b = append(b, `" `...)
	b = strconv.AppendInt(b, x.Log.BytesIn, 10)
	b = append(b, ' ')
	b = appendSeconds(b, x.Log.End.Sub(x.Start))
	b = append(b, " ["...)
	if e.rule != nil && e.rule.Policy != nil {
		b = appendSafe(b, e.rule.Policy.BackendName, &bare)
	}
	b = append(b, "] ["...)
	b = appendBackend(b, alternative(x, e.rule))
	b = append(b, "] "...)
	b = e.attempts(b, ", ", attemptAddress)
	b = append(b, ' ')
	b = e.attempts(b, ", ", attemptBytes)
	b = append(b, ' ')
	b = e.attempts(b, ", ", attemptTook)
	b = append(b, ' ')
	b = e.attempts(b, ", ", attemptStatus)
	b = append(b, ' ')
	return appendBare(b, x.RequestID)
}

// appendRequestLine appends the request line, or what came in its place.
func (e *entry) appendRequestLine(b []byte) []byte {
	q := &e.x.Request
	if e.x.Log.Line != nil || len(q.Method) == 0 {
		return appendSafe(b, e.x.Log.Line, &plain)
	}
	b = appendSafe(b, q.Method, &plain)
	b = append(b, ' ')
	b = appendSafe(b, q.Target, &plain)
	b = append(b, ' ')
	return append(b, q.Proto.String()...)
}

// appendBackend appends "nginx/ns/service/port" as ingress-nginx names backends: ns-service-port.
func appendBackend(b []byte, id string) []byte {
	const prefix = "nginx/"
	if len(id) > len(prefix) && id[:len(prefix)] == prefix {
		id = id[len(prefix):]
	}
	start := len(b)
	b = appendSafe(b, id, &bare)
	for i := start; i < len(b); i++ {
		if b[i] == '/' {
			b[i] = '-'
		}
	}
	return b
}
