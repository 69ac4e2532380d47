package compile

import (
	"bytes"
	"slices"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/route"
)

// nginxPart is what one unit adds to a load balancer with DialectNginx.
type nginxPart struct {
	lb string
	// head is the load balancer without rules and certificates, print its fingerprint.
	head  *model.LoadBalancer
	print print
	ports []nginxPort
}

// nginxPort is what one unit adds to one port.
type nginxPort struct {
	port  int32
	hosts []hostRules
	certs []namedCertificate
}

// hostRules are the rules that one unit has for one host.
type hostRules struct {
	unit  string
	host  string
	rules []*route.Rule
}

// namedCertificate is a certificate for one of the unit's hosts.
type namedCertificate struct {
	name string
	cert *Certificate
}

// compileNginx compiles a unit's parts of load balancers with DialectNginx and puts them in.
func (e *edit) compileNginx(u *unit) {
	for i := range u.model.LoadBalancers {
		if lb := &u.model.LoadBalancers[i]; lb.Dialect == model.DialectNginx {
			part := e.nginxPart(u, lb)
			u.nginx = append(u.nginx, part)
			e.nginxOf(lb.ID).add(u, part)
		}
	}
}

func (e *edit) nginxPart(u *unit, lb *model.LoadBalancer) *nginxPart {
	head := *lb
	head.Listeners = slices.Clone(lb.Listeners)
	part := &nginxPart{lb: lb.ID, head: &head}
	var hosts []string
	for i := range head.Listeners {
		l := &head.Listeners[i]
		port := nginxPort{port: l.Port}
		port.hosts = e.hostRules(u, lb.ID, l)
		for _, h := range port.hosts {
			hosts = append(hosts, h.host)
		}
		l.Rules = nil
		part.ports = append(part.ports, port)
	}
	for i := range head.Listeners {
		l := &head.Listeners[i]
		part.ports[i].certs = e.certificatesFor(u, lb.ID, l.Certificates, hosts)
		l.Certificates = nil
	}
	part.print = printOf(head)
	return part
}

// hostRules compiles the rules of a port, by host in string order. A rule that is left out still takes its host.
func (e *edit) hostRules(u *unit, lb string, l *model.Listener) []hostRules {
	byHost := map[string][]*route.Rule{}
	for i := range l.Rules {
		config := e.config(u, model.DialectNginx)
		config.LoadBalancer, config.Listener, config.Settings = &model.LoadBalancer{}, &model.Listener{}, nginxSettings
		r := newRule(e.deps.Filters, config, &l.Rules[i], lb, &u.diags)
		r.Unit = u.key
		compiled, err := route.New(model.DialectNginx, r.Model, r)
		if err != nil {
			u.diags = append(u.diags, leftOut(r, lb, err))
		}
		for _, h := range compiled.Hosts {
			if err != nil {
				byHost[h] = append(byHost[h], nil...)
				continue
			}
			byHost[h] = append(byHost[h], compiled)
		}
	}
	out := make([]hostRules, 0, len(byHost))
	for _, h := range sortedKeys(byHost) {
		out = append(out, hostRules{u.key, h, byHost[h]})
	}
	return out
}

// nginxSettings are the same for all: class nginx has no load balancer attributes.
var nginxSettings = func() *Settings {
	s := defaultSettings(model.DialectNginx)
	return &s
}()

// certificatesFor finds the certificates of a unit for its hosts. As ingress-nginx has it, a certificate is served for the
// hosts of the Ingress that names it, not for everything it could be valid for; in a unit without hosts it is served
// for all its names.
func (e *edit) certificatesFor(u *unit, lb string, ids, hosts []string) []namedCertificate {
	var out []namedCertificate
	for _, id := range ids {
		cert, said := u.certificate(id, lb)
		u.diags = append(u.diags, said...)
		if cert == nil {
			continue
		}
		if len(hosts) == 0 {
			for _, name := range cert.names {
				out = append(out, namedCertificate{name, cert})
			}
		}
		for _, h := range hosts {
			if cert.covers(h) {
				out = append(out, namedCertificate{h, cert})
			}
		}
	}
	return out
}

// nginx is a load balancer with DialectNginx: each host stands for itself.
type nginx struct {
	// heads are the different ways in which units describe the load balancer apart from rules and certificates: one
	// for the base and one for all hosts, as a rule.
	heads []head
	ports map[int32]*nginxTable
	// merged is the heads joined; settled from them by settle.
	merged    *model.LoadBalancer
	listeners []*Listener
	diags     []diag.Diagnostic
}

// head is one description with the number of units that give it, and the first of them.
type head struct {
	print print
	lb    *model.LoadBalancer
	unit  *unit
	units int
}

// nginxTable is the hosts and certificate names of one port.
type nginxTable struct {
	parts route.Shards[[]hostRules]
	hosts *route.Hosts
	names route.Shards[[]choice]
}

// nginxEdit is such a load balancer being changed.
type nginxEdit struct {
	e       *edit
	id      string
	was     *nginx
	heads   []head
	renewed bool
	ports   map[int32]*tableEdit
}

// tableEdit is a port being changed.
type tableEdit struct {
	parts *route.Edit[[]hostRules]
	hosts *route.HostsEdit
	names *route.Edit[[]choice]
	dirty map[string]bool
}

// nginxOf starts or continues the change of a load balancer.
func (e *edit) nginxOf(id string) *nginxEdit {
	if n := e.touchedNginx[id]; n != nil {
		return n
	}
	was, ok := e.nginx.Get(id)
	if !ok {
		was = &nginx{}
	}
	n := &nginxEdit{e: e, id: id, was: was, heads: slices.Clone(was.heads), ports: map[int32]*tableEdit{}}
	e.touchedNginx[id] = n
	return n
}

func (n *nginxEdit) port(port int32) *tableEdit {
	if t := n.ports[port]; t != nil {
		return t
	}
	was := n.was.ports[port]
	if was == nil {
		was = &nginxTable{hosts: &route.Hosts{}}
	}
	t := &tableEdit{parts: was.parts.Edit(), hosts: was.hosts.Edit(), names: was.names.Edit(), dirty: map[string]bool{}}
	n.ports[port] = t
	return t
}

// add puts a unit's part in.
func (n *nginxEdit) add(u *unit, p *nginxPart) {
	i, found := slices.BinarySearchFunc(n.heads, p.print, func(h head, p print) int { return bytes.Compare(h.print[:], p[:]) })
	if !found {
		n.heads = slices.Insert(n.heads, i, head{print: p.print, lb: p.head, unit: u})
		n.renewed = true
	}
	n.heads[i].units++
	for _, port := range p.ports {
		if len(port.hosts)+len(port.certs) == 0 {
			continue
		}
		t := n.port(port.port)
		for _, h := range port.hosts {
			have, _ := t.parts.Get(h.host)
			at, _ := slices.BinarySearchFunc(have, h.unit, func(a hostRules, key string) int {
				return bytes.Compare([]byte(a.unit), []byte(key))
			})
			t.parts.Set(h.host, slices.Insert(slices.Clone(have), at, h))
			t.dirty[h.host] = true
		}
		for _, c := range port.certs {
			addChoice(t.names, c.name, choice{u.key, c.cert})
		}
	}
}

// remove takes a unit's part out.
func (n *nginxEdit) remove(unit string, p *nginxPart) {
	i, found := slices.BinarySearchFunc(n.heads, p.print, func(h head, p print) int { return bytes.Compare(h.print[:], p[:]) })
	if found {
		if n.heads[i].units--; n.heads[i].units == 0 {
			n.heads = slices.Delete(n.heads, i, i+1)
			n.renewed = true
		}
	}
	for _, port := range p.ports {
		if len(port.hosts)+len(port.certs) == 0 {
			continue
		}
		t := n.port(port.port)
		for _, h := range port.hosts {
			have, _ := t.parts.Get(h.host)
			kept := slices.DeleteFunc(slices.Clone(have), func(a hostRules) bool { return a.unit == unit })
			t.parts.Set(h.host, kept)
			t.dirty[h.host] = true
		}
		for _, c := range port.certs {
			dropChoices(t.names, c.name, unit)
		}
	}
}

// done compiles the hosts that changed and the top over them.
func (n *nginxEdit) done() {
	if len(n.heads) == 0 {
		n.e.nginx.Delete(n.id)
		return
	}
	out := &nginx{heads: n.heads, ports: map[int32]*nginxTable{}, merged: n.was.merged, diags: n.was.diags}
	for port, t := range n.was.ports {
		out.ports[port] = t
	}
	for port, t := range n.ports {
		out.ports[port] = t.done()
	}
	n.listeners(out)
	n.e.nginx.Set(n.id, out)
}

func (t *tableEdit) done() *nginxTable {
	for _, host := range sortedKeys(t.dirty) {
		parts, _ := t.parts.Get(host)
		if len(parts) == 0 {
			t.parts.Delete(host)
			t.hosts.Set(host, nil)
			continue
		}
		rules := parts[0].rules
		for _, p := range parts[1:] {
			rules = slices.Concat(rules, p.rules)
		}
		t.hosts.Set(host, route.NewHost(host, rules))
	}
	return &nginxTable{parts: t.parts.Done(), hosts: t.hosts.Done(), names: t.names.Done()}
}

// listeners makes the listeners over the tables. What does not depend on hosts is taken from before unless the heads
// changed.
func (n *nginxEdit) listeners(out *nginx) {
	fresh := n.renewed || n.was.merged == nil
	if fresh {
		out.diags = nil
		models := make([]*model.Model, len(out.heads))
		for i, h := range out.heads {
			models[i] = &model.Model{LoadBalancers: []model.LoadBalancer{*h.lb}}
		}
		out.merged = &model.Merge(models...).LoadBalancers[0]
	}
	for i := range out.merged.Listeners {
		ml := &out.merged.Listeners[i]
		l := n.reuse(ml.Port)
		if fresh || l == nil {
			if l = n.fresh(out, ml); l == nil {
				continue
			}
		}
		t := out.ports[ml.Port]
		if t == nil {
			t = &nginxTable{hosts: &route.Hosts{}}
		}
		l.table = t.hosts
		if l.TLS() {
			l.certs = &certificates{byName: t.names, fallback: n.fallbackCertificate(out, ml)}
		}
		out.listeners = append(out.listeners, l)
	}
	for i := range out.merged.Listeners {
		if ml := &out.merged.Listeners[i]; ml.SameRulesAs != 0 {
			shareRules(out.listeners, ml, n.id, &out.diags)
		}
	}
	if fresh {
		n.e.report(out.diags...)
	}
}

// reuse copies the listener of the snapshot before, which stays as it is.
func (n *nginxEdit) reuse(port int32) *Listener {
	for _, l := range n.was.listeners {
		if l.Port == port {
			fresh := *l
			return &fresh
		}
	}
	return nil
}

// fresh compiles what a listener is apart from its hosts.
func (n *nginxEdit) fresh(out *nginx, ml *model.Listener) *Listener {
	if ml.Protocol != model.HTTP && ml.Protocol != model.HTTPS {
		out.diags = append(out.diags, diag.New(diag.ListenerLeftOut, objectOf(ml.DefaultSource, n.id), "",
			diag.A("lb", n.id), diag.A("port", ml.Port),
			diag.A("reason", "this proxy does not serve "+string(ml.Protocol)+" yet")))
		return nil
	}
	l := newListener(out.merged, ml, &out.diags)
	config := n.e.config(out.heads[0].unit, model.DialectNginx)
	config.LoadBalancer, config.Listener, config.Settings = &model.LoadBalancer{}, &model.Listener{}, l.Settings
	config.Group = func(id string) exchange.Group { return n.e.handle(id) }
	config.Users = func(id string) *model.UserList {
		for _, h := range out.heads {
			if list := h.unit.userList(id); list != nil {
				return list
			}
		}
		return nil
	}
	l.fallback = newRule(n.e.deps.Filters, config, fallbackRule(ml), n.id, &out.diags)
	return l
}

// fallbackCertificate is the listener's default certificate from any unit that describes it, or the self-made one.
func (n *nginxEdit) fallbackCertificate(out *nginx, ml *model.Listener) *Certificate {
	for _, h := range out.heads {
		if c := h.unit.certs[ml.DefaultCertificate]; c != nil {
			return c
		}
	}
	return n.e.fallbackCertificate()
}
