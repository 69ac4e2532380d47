package compile

import (
	"crypto/tls"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile/page"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/http1"
	"github.com/gwanmun/gwanmun/internal/proxy/route"
)

// Listener is one port of a load balancer, compiled. It is never changed; a driver asks the newest snapshot for it
// at the start of each request.
type Listener struct {
	// LoadBalancer is the load balancer's ID, Name its name.
	LoadBalancer, Name string
	Dialect            model.Dialect
	Port               int32
	Protocol           model.ListenerProtocol
	// TLSPolicy is what TLS listeners speak; nil on plain ones.
	TLSPolicy *TLSPolicy
	// ClientAuth asks all clients for certificates; nil asks none.
	ClientAuth *ClientAuth
	Settings   *Settings
	// HTTP1 is how heads are parsed: limits, strictness, whether paths are normalised.
	HTTP1 http1.Config

	table    table
	fallback *Rule
	// callback ends logins (CallbackPath); nil where nobody logs in.
	callback *Rule
	// certs is nil on plain listeners.
	certs *certificates
	// hostAuths are the hosts whose clients are asked for certificates, hosts all hosts, with DialectNginx.
	hostAuths route.Shards[*ClientAuth]
	hosts     *route.Hosts
	// ciphers are the hosts with cipher suites of their own.
	ciphers route.Shards[*HostCiphers]
	// passes are the server names whose TLS goes to targets undecrypted.
	passes route.Shards[passthrough]
	// ProxyProtocol says that clients begin with a header of the PROXY protocol; nil when they do not.
	ProxyProtocol *ProxyProtocol
	// sources says who may connect; nil lets everyone.
	sources *sources
	// denied says why everything is answered 503; empty when the listener serves.
	denied string
}

// table finds rules: route.Index or route.Hosts.
type table interface {
	Match(x *exchange.Exchange) *route.Rule
	Rules(x *exchange.Exchange) (host string, rules []*route.Rule)
	Costly(x *exchange.Exchange) bool
}

// newListener compiles what a listener is apart from its rules and certificates.
func newListener(lb *model.LoadBalancer, ml *model.Listener, diags *[]diag.Diagnostic) *Listener {
	l := &Listener{
		LoadBalancer: lb.ID, Name: lb.Name, Dialect: lb.Dialect, Port: ml.Port, Protocol: ml.Protocol,
		Settings: parseSettings(lb, ml, diags),
	}
	l.HTTP1 = l.Settings.http1(l.Dialect)
	return l
}

// shareRules gives a listener the rules and default actions of another port of its load balancer.
func shareRules(all []*Listener, ml *model.Listener, lb string, diags *[]diag.Diagnostic) {
	var from, to *Listener
	for _, l := range all {
		if l.Port == ml.SameRulesAs {
			from = l
		}
		if l.Port == ml.Port {
			to = l
		}
	}
	if from == nil || to == nil {
		*diags = append(*diags, diag.New(diag.SharedRulesMissing, objectOf(ml.DefaultSource, lb), "",
			diag.A("lb", lb), diag.A("port", ml.Port), diag.A("other", ml.SameRulesAs)))
		return
	}
	to.table, to.fallback = from.table, from.fallback
}

// TLS says whether clients speak TLS to this listener.
func (l *Listener) TLS() bool { return l.Protocol == model.HTTPS || l.Protocol == model.TLS }

// Decide finds the rule for a request whose head has been read and runs its chain. After Respond the response has been
// made in x.Response; after Continue x.Group is the group to send to and the request's headers, UpstreamPath,
// UpstreamHost and BodyLimit are ready. x.Rule is a *Rule in both cases.
func (l *Listener) Decide(x *exchange.Exchange) exchange.Verdict { return l.Run(l.Match(x), x) }

// Costly says whether Match may take so long for this request, because of regular expressions, that an event loop has to be
// left first.
func (l *Listener) Costly(x *exchange.Exchange) bool { return l.table.Costly(x) }

// Match is the first half of Decide: it finds the rule and never waits. Event loops look at Rule.Blocking between the two
// halves; one that does not go on to Run may give the request away to be decided from its beginning.
func (l *Listener) Match(x *exchange.Exchange) *Rule {
	prepare(x)
	r := l.fallback
	if l.called(x) {
		r = l.callback
	} else if m := l.table.Match(x); m != nil {
		r = m.Data.(*Rule)
	}
	x.Rule = r
	return r
}

// Run is the second half of Decide: the chain of the rule that Match returned.
func (l *Listener) Run(r *Rule, x *exchange.Exchange) exchange.Verdict {
	if l.denied != "" {
		l.Fail(x, 503)
		return exchange.Respond
	}
	for i := range r.steps {
		if r.steps[i].filter.Request(x) == exchange.Respond {
			x.Group = nil
			return exchange.Respond
		}
	}
	return l.settle(r, x)
}

// prepare fills in what steps may rely on and trusted headers may change.
func prepare(x *exchange.Exchange) {
	if !x.ClientIP.IsValid() {
		x.ClientIP = x.Conn.Remote.Addr().Unmap().WithZone("")
	}
	if x.Port == 0 {
		x.Port, x.HTTPS = x.Conn.Entrance()
	}
	x.BodyLimit = -1
	x.Group = nil
}

// settle has the last word after a chain that let the request through: without a target group, or when the rule is
// denied, nothing is sent anywhere.
func (l *Listener) settle(r *Rule, x *exchange.Exchange) exchange.Verdict {
	switch {
	case r.Denied == "" && x.Group != nil:
		x.Did(exchange.ActionForward)
		return exchange.Continue
	case r.Denied == "" && len(r.Model.Actions) == 0 && l.Dialect == model.DialectNginx:
		l.Fail(x, 404) // no default backend
	default:
		l.Fail(x, 503)
	}
	return exchange.Respond
}

// Finish changes the head of any response, the target's or our own, before it is written to the client.
func (l *Listener) Finish(x *exchange.Exchange) {
	r, _ := x.Rule.(*Rule)
	if r == nil {
		r = l.fallback
	}
	for _, f := range r.responses {
		f.Response(x)
	}
}

// Fail makes the error page of the listener's dialect. It may be called at any time before a head was written to the
// client; what the response held is dropped.
func (l *Listener) Fail(x *exchange.Exchange, status int) {
	if status == 400 && http1.HeadTooLarge(x.Log.Error) {
		status = page.HeadTooLarge
	}
	page.Style{Dialect: l.Dialect, Server: l.Settings.ServerHeader}.Error(x, status)
}

// Certificate picks the certificate for a TLS handshake: by server name, then by what the client can use. It is nil on
// plain listeners, and when neither the model nor Deps has a default certificate.
func (l *Listener) Certificate(hello *tls.ClientHelloInfo) *Certificate {
	if l.certs == nil {
		return nil
	}
	return l.certs.pick(hello)
}

// CertificateSet is a fingerprint of the certificates that a server name is served with; it changes with any of them.
func (l *Listener) CertificateSet(name string) uint64 {
	if l.certs == nil {
		return 0
	}
	return l.certs.set(name)
}

// Fallback is the rule of the listener's default actions.
func (l *Listener) Fallback() *Rule { return l.fallback }
