package forward

import (
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// Fields of a gRPC error. They are shared and must not be written to.
var (
	grpcStatus  = []byte("grpc-status")
	grpcMessage = []byte("grpc-message")
	unavailable = []byte("unavailable")
	fourteen    = []byte("14")
)

// explainGRPC adds to an answer of 502 what gRPC clients of ELB are told.
func explainGRPC(l *compile.Listener, x *exchange.Exchange) {
	if l.Dialect == model.DialectNginx || x.Response.Status != 502 || !x.Request.GRPC() {
		return
	}
	x.Response.Header.Add(grpcStatus, fourteen)
	x.Response.Header.Add(grpcMessage, unavailable)
}
