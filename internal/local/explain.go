package local

import (
	"cmp"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/action/idp"
	"github.com/gwanmun/gwanmun/internal/proxy/action/oidc"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/filter"
	"github.com/gwanmun/gwanmun/internal/proxy/filter/basicauth"
	"github.com/gwanmun/gwanmun/internal/proxy/keyring"
	"github.com/gwanmun/gwanmun/internal/proxy/route"
)

// Question is a request to explain.
type Question struct {
	Method, URL string
	Header      []compile.Field
	BodySize    int64
	// HTTP2 says that the client speaks HTTP/2.
	HTTP2 bool
	// LoadBalancer is the ID of the load balancer that is asked; empty for those that have an answer.
	LoadBalancer string
}

// Explanation says which way a request would take.
type Explanation struct {
	// Traces are the ways through the load balancers that the host name may lead to: the one with a rule for the host, or
	// all when none has.
	Traces []*compile.Trace
	// Others are load balancers that would answer too if the name led to them.
	Others []string
	// Groups are the target groups of the traces, with their targets.
	Groups []TargetGroupState
}

// Explain builds what serving would build and walks a request through it. Nothing is sent anywhere.
func Explain(sources []string, stdin io.Reader, c Classes, q Question) (*Explanation, error) {
	e, err := offline(sources, stdin, c)
	if err != nil {
		return nil, err
	}
	s, _ := e.compile()
	return e.explain(s, q)
}

// compile makes a snapshot of everything, without connections.
func (e *engine) compile() (*compile.Snapshot, []diag.Diagnostic) {
	var units []compile.Unit
	for _, u := range e.state.Units() {
		if u.Model != nil {
			units = append(units, compile.Unit{Key: u.Key, Model: u.Model})
		}
	}
	ready := map[string]bool{}
	m := e.state.Model()
	for i := range m.TargetGroups {
		ready[m.TargetGroups[i].ID] = len(m.TargetGroups[i].Targets) > 0
	}
	// Nobody is asked: steps that would say so instead.
	providers := idp.New(idp.Options{Loopback: true})
	defer providers.Close()
	keys := &keyring.Keeper{}
	if ring, err := keyring.New(make([]byte, keyring.SecretSize)); err == nil { // what is sealed goes nowhere
		keys.Set(ring)
	}
	logins := oidc.New(oidc.Options{Client: providers, Keys: keys})
	return compile.Apply(nil, units, nil, compile.Deps{
		Group: func(tg *model.TargetGroup) exchange.Group {
			return stillGroup{tg.ID, ready[tg.ID], tg.ProtocolVersion}
		},
		Filters: filter.Order(filter.Tools{Verifier: basicauth.NewVerifier([32]byte{}, 1), Keys: keys, Logins: logins, Providers: providers}),
	})
}

// stillGroup is a target group that nothing is sent to.
type stillGroup struct {
	id      string
	ready   bool
	version model.ProtocolVersion
}

func (g stillGroup) ID() string  { return g.id }
func (g stillGroup) Ready() bool { return g.ready }

// Version is what the group's targets speak.
func (g stillGroup) Version() model.ProtocolVersion { return cmp.Or(g.version, model.HTTP1) }

func (e *engine) explain(s *compile.Snapshot, q Question) (*Explanation, error) {
	u, err := url.Parse(q.URL)
	if err != nil || !slices.Contains(schemes, u.Scheme) || u.Host == "" || !httpScheme(u) && u.Port() == "" {
		return nil, fmt.Errorf("%q is not a URL: write http://host/path or https://host/path, or tcp://host:port or udp://host:port for network load balancers", q.URL)
	}
	probe := compile.Probe{Method: q.Method, Host: u.Host, Target: u.RequestURI(), BodySize: q.BodySize, Datagrams: u.Scheme == "udp", HTTP2: q.HTTP2}
	for _, f := range q.Header {
		if strings.EqualFold(f.Name, "Host") { // as with curl: another name asked of the same address
			probe.Host = f.Value
			continue
		}
		probe.Header = append(probe.Header, f)
	}
	var traces []*compile.Trace
	for _, l := range s.Listeners() {
		if q.LoadBalancer != "" && l.LoadBalancer != q.LoadBalancer || !e.leadsTo(u, l) {
			continue
		}
		traces = append(traces, s.Explain(l.LoadBalancer, l.Port, probe))
	}
	for _, l := range s.Networks() {
		if (q.LoadBalancer == "" || q.LoadBalancer == l.LoadBalancer) && carries(u, l) {
			traces = append(traces, s.Explain(l.LoadBalancer, l.Port, probe))
		}
	}
	if len(traces) == 0 {
		return nil, fmt.Errorf("no load balancer listens for %s: there are %s", q.URL, listenersText(s, q.LoadBalancer))
	}
	x := &Explanation{Traces: traces}
	x.choose()
	m := e.state.Model()
	for _, t := range x.Traces {
		for i := range m.TargetGroups {
			if m.TargetGroups[i].ID == t.Group {
				x.Groups = append(x.Groups, targetGroupState(&m.TargetGroups[i], unknownHealth))
			}
		}
	}
	return x, nil
}

// schemes are those of URLs that can be explained.
var schemes = []string{"http", "https", "tcp", "udp"}

func httpScheme(u *url.URL) bool { return u.Scheme == "http" || u.Scheme == "https" }

// carries says whether a URL's scheme and port lead to a listener of a network load balancer, which cares for nothing else.
func carries(u *url.URL, l *compile.NetworkListener) bool {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	if port != strconv.Itoa(int(l.Port)) {
		return false
	}
	if u.Scheme == "udp" {
		return l.Datagrams()
	}
	return l.Streams()
}

// leadsTo says whether a URL's scheme and port lead to a listener. The ports that class nginx is served on here stand for
// its listeners too.
func (e *engine) leadsTo(u *url.URL, l *compile.Listener) bool {
	if !httpScheme(u) {
		return false
	}
	secure := l.TLS()
	if secure != (u.Scheme == "https") {
		return false
	}
	port := u.Port()
	if port == "" {
		port = map[bool]string{false: "80", true: "443"}[secure]
	}
	if port == strconv.Itoa(int(l.Port)) {
		return true
	}
	served := map[bool]int32{false: e.classes.ServedHTTPPort, true: e.classes.ServedHTTPSPort}[secure]
	return l.Dialect == model.DialectNginx && served != 0 && port == strconv.Itoa(int(served))
}

func listenersText(s *compile.Snapshot, lb string) string {
	var out []string
	for _, l := range s.Listeners() {
		if lb == "" || l.LoadBalancer == lb {
			out = append(out, fmt.Sprintf("%s %s port %d", l.LoadBalancer, l.Protocol, l.Port))
		}
	}
	for _, l := range s.Networks() {
		if lb == "" || l.LoadBalancer == lb {
			out = append(out, fmt.Sprintf("%s %s port %d", l.LoadBalancer, l.Protocol, l.Port))
		}
	}
	if len(out) == 0 {
		return "none"
	}
	return strings.Join(out, ", ")
}

// choose keeps the traces that tell the most: those with a rule for the host, else those with a rule at all, else all.
func (x *Explanation) choose() {
	for _, good := range []func(*compile.Trace) bool{forHost, matched} {
		best := slices.DeleteFunc(slices.Clone(x.Traces), func(t *compile.Trace) bool { return !good(t) })
		if len(best) == 0 {
			continue
		}
		for _, t := range x.Traces {
			if !slices.Contains(best, t) && matched(t) {
				x.Others = append(x.Others, t.LoadBalancer)
			}
		}
		x.Traces = best
		return
	}
}

func matched(t *compile.Trace) bool { return t.Rule != nil && !t.Fallback }

// forHost says whether the load balancer has a rule that names this host, matching in all else or not.
func forHost(t *compile.Trace) bool {
	if t.Host != "" {
		return true
	}
	return slices.ContainsFunc(t.Considered, func(c compile.Considered) bool {
		return slices.ContainsFunc(c.Checks, func(check route.Check) bool { return check.Field == model.HostHeader && check.Held })
	})
}

// String renders the explanation for people.
func (x *Explanation) String() string {
	var b strings.Builder
	for i, t := range x.Traces {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(t.String())
		for _, g := range x.Groups {
			if g.ID != t.Group {
				continue
			}
			for _, target := range g.Targets {
				fmt.Fprintf(&b, "  target %s%s\n", target.Address, targetNames(target))
			}
		}
	}
	if len(x.Others) > 0 {
		fmt.Fprintf(&b, "\nIf the name led to another load balancer, it would be answered there too (--load-balancer shows how): %s\n", strings.Join(x.Others, ", "))
	}
	return b.String()
}

func targetNames(t TargetState) string {
	switch {
	case t.Pod != "":
		return " (pod " + t.Pod + ")"
	case t.Node != "":
		return " (node " + t.Node + ")"
	}
	return ""
}
