package compile

import (
	"crypto/tls"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// Listener is one port of a load balancer, compiled. It is never changed; a driver asks the newest snapshot for it
// at the start of each request.
type Listener struct {
	// LoadBalancer is the load balancer's ID, Name its name.
	LoadBalancer, Name string
	Dialect            model.Dialect
	Port               int32
	Protocol           model.ListenerProtocol
	// SSLPolicy and ALPNPolicy are the model's names of them; empty for the defaults.
	SSLPolicy, ALPNPolicy string
	Settings              *Settings
}

// TLS says whether clients speak TLS to this listener.
func (l *Listener) TLS() bool { return l.Protocol == model.HTTPS || l.Protocol == model.TLS }

// NormalPaths says whether rules are matched on Request.NormalPath, which the driver then fills in.
func (l *Listener) NormalPaths() bool { return l.Dialect == model.DialectNginx }

// Decide finds the rule for a request whose head has been read and runs its chain. After Respond the response has been
// made in x.Response; after Continue x.Group is the group to send to and the request's headers, UpstreamPath,
// UpstreamHost and BodyLimit are ready. x.Rule is a *Rule in both cases.
func (l *Listener) Decide(x *exchange.Exchange) exchange.Verdict {
	l.Fail(x, 503)
	return exchange.Respond
}

// Finish changes the head of any response, the target's or our own, before it is written to the client.
func (l *Listener) Finish(x *exchange.Exchange) {}

// Fail makes the error page of the listener's dialect. It may be called at any time before a head was written to the
// client; what the response held is dropped.
func (l *Listener) Fail(x *exchange.Exchange, status int) { x.Respond(status, nil) }

// Certificate picks the certificate for a TLS handshake; never nil on a TLS listener unless there is no default one.
func (l *Listener) Certificate(hello *tls.ClientHelloInfo) *Certificate { return nil }

// Certificate is a parsed server certificate.
type Certificate struct {
	// ID is the ID in the model; "default" for the self-made one.
	ID  string
	TLS *tls.Certificate
}
