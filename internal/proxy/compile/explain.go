package compile

import (
	"crypto/tls"
	"fmt"
	"net/netip"
	"strings"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/http1"
	"github.com/gwanmun/gwanmun/internal/proxy/route"
)

// Probe is a request to explain. Nothing is sent anywhere.
type Probe struct {
	// Method is GET when empty. Target is path and query, "/" when empty.
	Method, Host, Target string
	Header               []Field
	// Remote is the client; 127.0.0.1 when not valid.
	Remote netip.Addr
	// BodySize is the declared length of the body.
	BodySize int64
	// Datagrams asks about datagrams on a port that takes connections, too.
	Datagrams bool
	// HTTP2 says that the client speaks HTTP/2; otherwise it is HTTP/1.1.
	HTTP2 bool
	// Random draws among weighted target groups.
	Random [2]uint64
}

// Field is a header field of a probe.
type Field struct{ Name, Value string }

// Trace is the way of a request through a listener.
type Trace struct {
	LoadBalancer string
	Port         int32
	Dialect      model.Dialect
	// Listening is false when there is no such listener; nothing else is set then.
	Listening bool
	// Certificate is the ID of the certificate that the host name gets on a TLS listener.
	Certificate string
	// Entrance says what connections meet before their first request (the PROXY protocol, TLS, certificates), Staying what
	// decides where a client's next requests go and how connections to targets begin: a sentence each.
	Entrance, Staying []string
	// Refused says why the head is refused before any rule is looked at, with Status as the answer.
	Refused string
	// Host is the host that was picked with DialectNginx: a name, a wildcard, or empty for the rules without a host.
	// HostFound is false when there are not even those.
	Host      string
	HostFound bool
	// Considered are the rules that were compared, in order; the last one is the one that matched, unless Fallback.
	Considered []Considered
	// Rule is the matching rule; Fallback says that it is the listener's default actions.
	Rule     *Rule
	Fallback bool
	// Callback says that the listener answers by itself, where logins end (CallbackPath).
	Callback bool
	// Steps are the steps of its chain that did something, in order.
	Steps []Step
	// Group is the target group that would be asked, with its share; empty when the response is made here.
	Group  string
	Weight int32
	Total  int32
	// Mismatch says why Status is 464: the group does not speak to clients of this protocol. Group is the one then, and
	// nothing is sent to it.
	Mismatch string
	// Upstream is the request that the target would get: host, path with query, and header fields.
	UpstreamHost, UpstreamPath string
	UpstreamHeader             []Field
	// Status and Location are those of a response made here.
	Status   int
	Location string
	// Asked says what a step would ask of somebody outside, whose answer decides how the request goes on; nothing after
	// that is known. Empty when the request is decided here.
	Asked string
	// Network is set when the listener is one of a network load balancer; then only it, Certificate, Group, Weight and
	// Total are. Group is the one that Probe.Random draws.
	Network *NetworkTrace
}

// Considered is a rule that the request was compared with.
type Considered struct {
	Rule   *Rule
	Checks []route.Check
	Held   bool
}

// Step is what one step of a chain did.
type Step struct {
	Name    string
	Effects []string
}

// Explain walks a request through a listener as Decide does, and notes what it sees.
func (s *Snapshot) Explain(lb string, port int32, p Probe) *Trace {
	t := &Trace{LoadBalancer: lb, Port: port}
	l := s.Listener(lb, port)
	if l == nil {
		n := s.Network(lb, port)
		if n == nil || p.Datagrams {
			n = s.Datagrams(lb, port)
		}
		if n != nil {
			t.explainNetwork(n, p)
			t.staying(s)
		}
		return t
	}
	t.Listening, t.Dialect = true, l.Dialect
	if to := l.passedTo(p.Host); to != nil {
		t.explainNetwork(to, p)
		t.staying(s)
		return t
	}
	x, refused := p.exchange(l)
	t.entrance(l, p.Host)
	if l.TLS() {
		if c := l.Certificate(&tls.ClientHelloInfo{ServerName: serverName(p.Host)}); c != nil {
			t.Certificate = c.ID
		}
	}
	if refused != nil {
		t.Refused, t.Status = refused.Reason, refused.Status
		return t
	}
	prepare(x)
	t.match(l, x)
	t.walk(l, x)
	if t.Group != "" && t.Mismatch == "" {
		t.staying(s)
	}
	return t
}

// exchange parses the probe as it would come over the wire.
func (p *Probe) exchange(l *Listener) (*exchange.Exchange, *http1.Error) {
	remote := p.Remote
	if !remote.IsValid() {
		remote = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	conn := &exchange.Conn{Remote: netip.AddrPortFrom(remote, 50000), Port: uint16(l.Port)}
	if l.TLS() {
		conn.TLS = &tls.ConnectionState{Version: tls.VersionTLS13, CipherSuite: tls.TLS_AES_128_GCM_SHA256, ServerName: serverName(p.Host)}
		if auth := l.HostAuth(hostOnly(p.Host)); auth != nil {
			conn.Client = &exchange.ClientCertificate{Checked: true, Host: auth.Host} // who has none
		}
	}
	x := &exchange.Exchange{Conn: conn, Random: p.Random}
	method, target := p.Method, p.Target
	if method == "" {
		method = "GET"
	}
	if target == "" {
		target = "/"
	}
	var head strings.Builder
	fmt.Fprintf(&head, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, target, p.Host)
	for _, f := range p.Header {
		fmt.Fprintf(&head, "%s: %s\r\n", f.Name, f.Value)
	}
	if p.BodySize > 0 {
		fmt.Fprintf(&head, "Content-Length: %d\r\n", p.BodySize)
	}
	head.WriteString("\r\n")
	n, err := http1.ParseRequest([]byte(head.String()), &x.Request, &l.HTTP1)
	if err == nil && n != head.Len() {
		err = &http1.Error{Status: 400, Reason: "a field or the target holds a line break"}
	}
	if p.HTTP2 {
		x.Request.Proto = exchange.HTTP2
	}
	return x, err
}

// match notes which rules were compared.
func (t *Trace) match(l *Listener, x *exchange.Exchange) {
	if l.called(x) {
		t.Rule, t.HostFound, t.Callback = l.callback, true, true
		return
	}
	host, rules := l.table.Rules(x)
	t.Host, t.HostFound = host, rules != nil
	for _, r := range rules {
		own := r.Data.(*Rule)
		c := Considered{Rule: own, Checks: r.Explain(l.Dialect, own.Model, x), Held: true}
		for _, check := range c.Checks {
			c.Held = c.Held && check.Held
		}
		t.Considered = append(t.Considered, c)
		if c.Held {
			t.Rule = own
			return
		}
	}
	t.Rule, t.Fallback = l.fallback, true
}

// walk runs the chain and notes what each step did.
func (t *Trace) walk(l *Listener, x *exchange.Exchange) {
	x.Rule = t.Rule
	verdict := exchange.Continue
	if l.denied != "" {
		l.Fail(x, 503)
		t.Steps = append(t.Steps, Step{"listener", []string{"answers 503: " + l.denied}})
		verdict = exchange.Respond
	}
	for _, s := range t.Rule.steps {
		if verdict == exchange.Respond {
			break
		}
		if a, ok := s.filter.(exchange.Asking); ok {
			if t.Asked = a.Asks(x); t.Asked != "" {
				t.Steps = append(t.Steps, Step{s.name, []string{t.Asked}})
				return
			}
		}
		before := see(x)
		verdict = s.filter.Request(x)
		if effects := before.changes(x, verdict); len(effects) > 0 {
			t.Steps = append(t.Steps, Step{s.name, effects})
		}
	}
	if verdict == exchange.Continue {
		verdict = l.settle(t.Rule, x)
	}
	if verdict == exchange.Respond {
		l.Finish(x)
		t.Status = x.Response.Status
		place, _ := x.Response.Header.Get("Location")
		t.Location = string(place)
		return
	}
	t.Group = x.Group.ID()
	if g, ok := x.Group.(versioned); ok {
		if t.Mismatch = l.Mismatch(x, g.Version()); t.Mismatch != "" {
			t.Status = 464
			return
		}
	}
	t.Weight, t.Total = t.Rule.share(t.Group)
	t.UpstreamHost, t.UpstreamPath = sent(x)
	for i := range x.Request.Header.Len() {
		f := x.Request.Header.At(i)
		t.UpstreamHeader = append(t.UpstreamHeader, Field{string(f.Name), string(f.Value)})
	}
}

// sent is the host and the path that the target gets as things stand: the client's own unless a step set another.
func sent(x *exchange.Exchange) (host, path string) {
	host, path = string(x.Request.Authority), string(x.Request.Target)
	if x.UpstreamHost != nil {
		host = string(x.UpstreamHost)
	}
	if x.UpstreamPath != nil {
		path = string(x.UpstreamPath)
	}
	return host, path
}

// share is a target group's weight in the rule's forward action, and the sum of all.
func (r *Rule) share(group string) (weight, total int32) {
	for _, a := range r.Model.Actions {
		if a.Forward == nil {
			continue
		}
		for _, g := range a.Forward.TargetGroups {
			total += g.Weight
			if g.TargetGroup == group {
				weight += g.Weight
			}
		}
	}
	return weight, total
}

// sight is what steps may change, as it was before one.
type sight struct {
	x      exchange.Exchange
	header []Field
}

func see(x *exchange.Exchange) sight {
	s := sight{x: *x}
	for i := range x.Request.Header.Len() {
		f := x.Request.Header.At(i)
		s.header = append(s.header, Field{string(f.Name), string(f.Value)})
	}
	return s
}

// changes lists what a step changed.
func (s *sight) changes(x *exchange.Exchange, verdict exchange.Verdict) (out []string) {
	say := func(changed bool, format string, args ...any) {
		if changed {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	say(s.x.ClientIP != x.ClientIP, "takes %s as the client's address", x.ClientIP)
	say(s.x.HTTPS != x.HTTPS, "takes the request as https: %v", x.HTTPS)
	say(s.x.Port != x.Port, "takes %d as the port", x.Port)
	say(s.x.BodyLimit != x.BodyLimit, "limits the body to %d bytes", x.BodyLimit)
	say(s.x.User == nil && x.User != nil, "lets user %q in", x.User)
	if s.x.Group != x.Group && x.Group != nil {
		say(true, "chooses target group %s", x.Group.ID())
	}
	host, path := sent(x)
	hostBefore, pathBefore := sent(&s.x)
	say(pathBefore != path, "changes the path to %q", path)
	say(hostBefore != host, "changes Host to %q", host)
	out = append(out, s.headerChanges(x)...)
	say(verdict == exchange.Respond, "answers %d", x.Response.Status)
	return out
}

// headerChanges lists fields that were removed and fields that are new.
func (s *sight) headerChanges(x *exchange.Exchange) (out []string) {
	now := see(x).header
	without := func(list, other []Field, format string) {
		left := append([]Field(nil), other...)
	next:
		for _, f := range list {
			for i, o := range left {
				if o == f {
					left = append(left[:i], left[i+1:]...)
					continue next
				}
			}
			out = append(out, fmt.Sprintf(format, f.Name, f.Value))
		}
	}
	without(s.header, now, "removes %s: %s")
	without(now, s.header, "sets %s: %s")
	return out
}

// hostOnly is a host without its port.
func hostOnly(authority string) string {
	if host, _, ok := http1.SplitAuthority([]byte(authority)); ok {
		return string(host)
	}
	return authority
}

// serverName is what a client says in its TLS handshake for a host of a URL: the name without the port.
func serverName(host string) string {
	name, port, found := strings.Cut(host, ":")
	if found && !strings.Contains(port, ":") {
		return name
	}
	return host
}
