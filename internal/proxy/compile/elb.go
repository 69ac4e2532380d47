package compile

import (
	"cmp"
	"errors"
	"slices"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/route"
)

// elb is a load balancer with DialectELB. Its rules are tried over the whole listener, so it is compiled as a whole when
// one of its units changes; it has one unit, its IngressGroup, as a rule.
type elb struct {
	parts     []elbPart
	listeners []*Listener
	// networks are the listeners when it is a network load balancer, which then has no others.
	networks []*NetworkListener
	diags    []diag.Diagnostic
}

// elbPart is what one unit says about the load balancer.
type elbPart struct {
	unit *unit
	lb   *model.LoadBalancer
}

// placeELB takes a unit's parts of load balancers with DialectELB out (u is nil) or puts them in.
func (e *edit) placeELB(key string, m *model.Model, u *unit) {
	for i := range m.LoadBalancers {
		lb := &m.LoadBalancers[i]
		if lb.Dialect == model.DialectNginx {
			continue
		}
		out := &elb{}
		if have, ok := e.elb.Get(lb.ID); ok {
			out.parts = slices.DeleteFunc(slices.Clone(have.parts), func(p elbPart) bool { return p.unit.key == key })
		}
		if u != nil {
			out.parts = append(out.parts, elbPart{u, lb})
			slices.SortFunc(out.parts, func(a, b elbPart) int { return cmp.Compare(a.unit.key, b.unit.key) })
		}
		e.elb.Set(lb.ID, out)
		e.touchedELB[lb.ID] = true
	}
}

// compileELB compiles a load balancer from its parts.
func (e *edit) compileELB(id string) {
	b, _ := e.elb.Get(id)
	if len(b.parts) == 0 {
		e.elb.Delete(id)
		return
	}
	c := elbCompiler{edit: e, unitOf: map[*model.Rule]*unit{}}
	models := make([]*model.Model, len(b.parts))
	for i, p := range b.parts {
		models[i] = &model.Model{LoadBalancers: []model.LoadBalancer{*p.lb}}
	}
	c.lb = &model.Merge(models...).LoadBalancers[0]
	c.parts = b.parts
	c.surroundings()
	if c.lb.Type == model.Network {
		b.networks = c.networkListeners()
		b.diags = c.diags
		e.report(c.diags...)
		return
	}
	for i := range c.lb.Listeners {
		if l := c.listener(&c.lb.Listeners[i]); l != nil {
			b.listeners = append(b.listeners, l)
		}
	}
	for i := range c.lb.Listeners {
		c.share(b.listeners, &c.lb.Listeners[i])
	}
	b.diags = c.diags
	e.report(c.diags...)
}

// surroundings reports what is asked for beside the listeners and is not there.
func (c *elbCompiler) surroundings() {
	d := delivery(c.lb, &c.diags)
	for _, one := range [...]struct {
		Destination
		key string
	}{{d.Access, "access_logs.s3.enabled"}, {d.Connection, "connection_logs.s3.enabled"}, {d.HealthCheck, "health_check_logs.s3.enabled"}} {
		if one.Enabled && !c.deps.Logs {
			source := settingOf(c.lb, nil, one.key)
			c.say(diag.New(diag.LogsNotDelivered, objectOf(source, c.lb.ID), source.Field,
				diag.A("lb", c.lb.ID), diag.A("bucket", one.Bucket)))
		}
	}
	if acl := c.lb.WebACL; acl != "" && acl != "none" && !c.deps.Inspected {
		source := settingOf(c.lb, nil, model.SettingWebACL)
		c.say(diag.New(diag.WebACLNotInspected, objectOf(source, c.lb.ID), source.Field, diag.A("lb", c.lb.ID), diag.A("acl", acl)))
	}
}

// elbCompiler compiles one load balancer.
type elbCompiler struct {
	*edit
	lb     *model.LoadBalancer
	parts  []elbPart
	unitOf map[*model.Rule]*unit
	diags  []diag.Diagnostic
}

func (c *elbCompiler) say(d ...diag.Diagnostic) { c.diags = append(c.diags, d...) }

// listener compiles one port; nil when it cannot be served.
func (c *elbCompiler) listener(ml *model.Listener) *Listener {
	if ml.Protocol != model.HTTP && ml.Protocol != model.HTTPS {
		source := settingOf(c.lb, ml, "")
		c.say(diag.New(diag.ListenerLeftOut, objectOf(source, c.lb.ID), source.Field, diag.A("lb", c.lb.ID),
			diag.A("port", ml.Port), diag.A("reason", "this proxy does not serve "+string(ml.Protocol)+" yet")))
		return nil
	}
	l := newListener(c.lb, ml, &c.diags)
	l.sources = c.sources()
	l.fallback = c.rule(l, ml, c.parts[0].unit, fallbackRule(ml))
	index := make([]*route.Rule, 0, len(ml.Rules))
	for _, p := range c.parts {
		index = append(index, c.rules(l, ml, p)...)
	}
	slices.SortStableFunc(index, func(a, b *route.Rule) int { return cmp.Compare(a.Priority, b.Priority) })
	l.fallback.Tried = len(index)
	for i := range index {
		index[i].Data.(*Rule).Tried = i + 1
	}
	for i := 1; i < len(index); i++ {
		if index[i].Priority == index[i-1].Priority {
			c.say(diag.New(diag.PriorityTwice, objectOf(index[i].Data.(*Rule).Source, c.lb.ID), "",
				diag.A("lb", c.lb.ID), diag.A("port", ml.Port), diag.A("priority", index[i].Priority)))
		}
	}
	l.table = route.NewIndex(index)
	if l.TLS() {
		l.certs = c.certificates(ml)
		l.TLSPolicy = tlsPolicy(c.lb, ml, &c.diags)
	}
	c.clientAuth(l, ml)
	l.callback = c.callbackRule(l, ml)
	return l
}

// clientAuth fills in what the listener does about certificates of clients. Where it cannot do what it should, nothing is
// served.
func (c *elbCompiler) clientAuth(l *Listener, ml *model.Listener) {
	auth, err := clientAuth(ml.MutualAuthentication, func(id string) *TrustStore {
		for _, p := range c.parts {
			if s := p.unit.stores[id]; s != nil {
				return s
			}
		}
		return nil
	})
	if auth != nil && !l.TLS() {
		auth, err = nil, errors.New("its protocol is "+string(ml.Protocol))
	}
	if err != nil {
		l.denied = "client certificates cannot be verified: " + err.Error()
		source := settingOf(c.lb, ml, model.SettingClientAuth)
		c.say(diag.New(diag.MutualTLSDenied, objectOf(source, c.lb.ID), source.Field,
			diag.A("lb", c.lb.ID), diag.A("port", ml.Port), diag.A("reason", err)))
	}
	l.ClientAuth = auth
}

// rules compiles what one unit adds to a listener.
func (c *elbCompiler) rules(l *Listener, joined *model.Listener, p elbPart) []*route.Rule {
	var out []*route.Rule
	for i := range p.lb.Listeners {
		own := &p.lb.Listeners[i]
		if own.Port != joined.Port || own.Protocol != joined.Protocol {
			continue
		}
		for j := range own.Rules {
			r := c.rule(l, joined, p.unit, &own.Rules[j])
			compiled, err := route.New(model.DialectELB, r.Model, r)
			if err != nil {
				c.say(leftOut(r, c.lb.ID, err))
				continue
			}
			out = append(out, compiled)
		}
	}
	return out
}

// rule compiles a rule's chain. A target group of default actions may come from any unit of the load balancer.
func (c *elbCompiler) rule(l *Listener, ml *model.Listener, u *unit, r *model.Rule) *Rule {
	config := c.config(u, model.DialectELB)
	config.LoadBalancer, config.Listener, config.Settings = c.lb, ml, l.Settings
	if r.Priority == 0 {
		config.Group = func(id string) exchange.Group {
			if c.hasGroup(id) {
				return c.handle(id)
			}
			return nil
		}
	}
	out := newRule(c.deps.Filters, config, r, c.lb.ID, &c.diags)
	out.Unit = u.key
	return out
}

// hasGroup says whether any unit of the load balancer describes a target group.
func (c *elbCompiler) hasGroup(id string) bool {
	return slices.ContainsFunc(c.parts, func(p elbPart) bool { return p.unit.hasGroup(id) })
}

// certificates makes the SNI index: all certificates with their names, the default one too.
func (c *elbCompiler) certificates(ml *model.Listener) *certificates {
	out := &certificates{fallback: c.fallbackCertificate()}
	names := out.byName.Edit()
	seen := map[string]bool{}
	for i, id := range append([]string{ml.DefaultCertificate}, ml.Certificates...) {
		if id == "" || seen[id] {
			continue
		}
		seen[id] = true
		out.count++
		cert, key := c.find(id, ml)
		if cert == nil {
			continue
		}
		if i == 0 {
			out.fallback = cert
		}
		for _, name := range cert.names {
			addChoice(names, name, choice{key, cert})
		}
	}
	out.byName = names.Done()
	return out
}

// find looks a certificate of a listener up in the units of the load balancer. When it is not known whoever named it is told.
func (c *elbCompiler) find(id string, ml *model.Listener) (*Certificate, string) {
	var said []diag.Diagnostic
	for _, p := range c.parts {
		cert, ds := p.unit.certificate(id, c.lb.ID)
		if cert != nil {
			return cert, p.unit.key
		}
		said = ds
	}
	if source := settingOf(c.lb, ml, id); source.Name != "" {
		for i := range said {
			if said[i].Object.Kind == certificateKind {
				said[i].Object, said[i].Field = objectOf(source, c.lb.ID), source.Field
			}
		}
	}
	c.say(said...)
	return nil, ""
}

// share gives a listener the rules of another port (SameRulesAs).
func (c *elbCompiler) share(all []*Listener, ml *model.Listener) {
	if ml.SameRulesAs != 0 {
		shareRules(all, ml, c.lb.ID, &c.diags)
	}
}

// fallbackCertificate is the self-made default certificate, nil without one.
func (e *edit) fallbackCertificate() *Certificate {
	if e.deps.DefaultCertificate == nil {
		return nil
	}
	return &Certificate{ID: "default", TLS: e.deps.DefaultCertificate}
}
