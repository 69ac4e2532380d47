package forward

import (
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// Mismatch says whether a load balancer with DialectELB answers 464, because the client's protocol and the version that a
// target group speaks do not go together: HTTP/1 reaches HTTP1 only, HTTP/2 everything but GRPC when its method is not
// POST, and gRPC HTTP2 and GRPC. nginx translates whatever there is.
func Mismatch(l *compile.Listener, x *exchange.Exchange, version model.ProtocolVersion) bool {
	if l.Dialect == model.DialectNginx {
		return false
	}
	switch {
	case x.Request.Proto < exchange.HTTP2:
		return version != model.HTTP1
	case IsGRPC(&x.Request):
		return version == model.HTTP1
	}
	return version == model.GRPC && string(x.Request.Method) != "POST"
}

// IsGRPC says whether a request is a gRPC call: HTTP/2 with a content type of application/grpc, with or without a suffix
// or parameters.
func IsGRPC(r *exchange.Request) bool {
	if r.Proto < exchange.HTTP2 {
		return false
	}
	const kind = "application/grpc"
	v, _ := r.Header.Get("Content-Type")
	return len(v) >= len(kind) && exchange.EqualFold(v[:len(kind)], kind) &&
		(len(v) == len(kind) || v[len(kind)] == '+' || v[len(kind)] == ';' || v[len(kind)] == ' ')
}

// Fields of a gRPC error. They are shared and must not be written to.
var (
	grpcStatus  = []byte("grpc-status")
	grpcMessage = []byte("grpc-message")
	unavailable = []byte("unavailable")
	fourteen    = []byte("14")
)

// explainGRPC adds to an answer of 502 what gRPC clients of ELB are told.
func explainGRPC(l *compile.Listener, x *exchange.Exchange) {
	if l.Dialect == model.DialectNginx || x.Response.Status != 502 || !IsGRPC(&x.Request) {
		return
	}
	x.Response.Header.Add(grpcStatus, fourteen)
	x.Response.Header.Add(grpcMessage, unavailable)
}
