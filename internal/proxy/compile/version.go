package compile

import (
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// Mismatch says why a load balancer with DialectELB answers 464: the client's protocol and the version that a target group
// speaks do not go together. HTTP/1 reaches HTTP1 only, HTTP/2 everything but GRPC when its method is not POST, and gRPC
// HTTP2 and GRPC. It is empty when they do; nginx translates whatever there is.
func (l *Listener) Mismatch(x *exchange.Exchange, version model.ProtocolVersion) string {
	if l.Dialect == model.DialectNginx {
		return ""
	}
	switch r := &x.Request; {
	case r.Proto < exchange.HTTP2 && version == model.GRPC:
		return "its protocol version is GRPC, which requests over HTTP/1.1 do not reach"
	case r.Proto < exchange.HTTP2 && version != model.HTTP1:
		return "its protocol version is HTTP2, which requests over HTTP/1.1 do not reach"
	case r.Proto < exchange.HTTP2:
		return ""
	case version == model.HTTP1 && r.GRPC():
		return "its protocol version is HTTP1, which calls of gRPC do not reach"
	case version == model.GRPC && !r.GRPC() && string(r.Method) != "POST":
		return "its protocol version is GRPC, which takes calls of gRPC and requests with POST only"
	}
	return ""
}

// versioned is a target group that knows which version of HTTP its targets speak.
type versioned interface{ Version() model.ProtocolVersion }
