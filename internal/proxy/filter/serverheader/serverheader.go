package serverheader

import (
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

var (
	server = []byte("Server")
	awselb = []byte("awselb/2.0")
)

type nginx struct {
	keepServer bool
	hidden     []string
}

// NewNginx removes Date, Server, X-Pad and X-Accel-* from responses, as nginx does: it puts its own Date in place of the
// target's, has no name for itself (server-tokens off), and X-Accel-* is how targets talk to it. A policy may let Server
// through and name further fields.
func NewNginx(p *model.Policy) exchange.Filter { return nginx{p.KeepServer, p.HideFields} }

// Request does nothing.
func (nginx) Request(*exchange.Exchange) exchange.Verdict { return exchange.Continue }

// Response removes the fields.
func (n nginx) Response(x *exchange.Exchange) {
	h := &x.Response.Header
	for i := range h.Len() {
		if n.private(h.At(i)) {
			h.DelFunc(n.private)
			return
		}
	}
}

func (n nginx) private(f exchange.Field) bool {
	const accel = "X-Accel-"
	if exchange.EqualFold(f.Name, "Date") || exchange.EqualFold(f.Name, "X-Pad") || !n.keepServer && exchange.EqualFold(f.Name, "Server") ||
		len(f.Name) > len(accel) && exchange.EqualFold(f.Name[:len(accel)], accel) {
		return true
	}
	for _, name := range n.hidden {
		if exchange.EqualFold(f.Name, name) {
			return true
		}
	}
	return false
}

type elb struct {
	server  bool
	headers []exchange.Field
}

// NewELB names the load balancer on responses made here, where the target's pass unchanged, and sets the fields that
// attributes of the listener ask for on all.
func NewELB(s *compile.Settings) exchange.Filter {
	f := elb{server: s.ServerHeader}
	for _, h := range s.ResponseHeaders {
		f.headers = append(f.headers, exchange.Field{Name: []byte(h.Name), Value: []byte(h.Value)})
	}
	return f
}

// Request does nothing.
func (elb) Request(*exchange.Exchange) exchange.Verdict { return exchange.Continue }

// Response sets the fields.
func (f elb) Response(x *exchange.Exchange) {
	if x.Response.Made && f.server {
		x.Response.Header.Put(server, awselb)
	}
	for _, h := range f.headers {
		x.Response.Header.Put(h.Name, h.Value)
	}
}
