package compile

import (
	"slices"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/route"
)

// nginx is a load balancer with DialectNginx: each host stands for itself.
type nginx struct {
	// heads are the different ways in which units describe the load balancer apart from rules and certificates: one
	// for the base and one for all hosts, as a rule.
	heads []head
	ports map[int32]*nginxTable
	// merged is the heads joined.
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
	parts  route.Shards[[]hostRules]
	hosts  *route.Hosts
	names  route.Shards[[]choice]
	auths  route.Shards[*ClientAuth]
	suites route.Shards[*HostCiphers]
	passes route.Shards[passthrough]
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
	return &nginxTable{parts: t.parts.Done(), hosts: t.hosts.Done(), names: t.names.Done(), auths: t.auths.Done(), suites: t.suites.Done(), passes: t.passes.Done()}
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
		l.table, l.passes = t.hosts, t.passes
		if l.TLS() {
			l.certs = &certificates{byName: t.names, fallback: n.fallbackCertificate(out, ml)}
			l.hostAuths, l.ciphers, l.hosts = t.auths, t.suites, n.hostsOf(out, ml)
		}
		out.listeners = append(out.listeners, l)
	}
	var said []diag.Diagnostic
	for i := range out.merged.Listeners {
		if ml := &out.merged.Listeners[i]; ml.SameRulesAs != 0 {
			shareRules(out.listeners, ml, n.id, &said)
		}
	}
	if fresh {
		out.diags = append(out.diags, said...)
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
	if l.TLS() {
		l.TLSPolicy = n.tlsPolicy(ml, &out.diags)
	}
	var err error
	if l.ProxyProtocol, err = proxyProtocol(ml.ProxyProtocol); err != nil {
		l.denied = err.Error()
	}
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

// hostsOf are the hosts that a port serves, its own or those of the port whose rules it shares.
func (n *nginxEdit) hostsOf(out *nginx, ml *model.Listener) *route.Hosts {
	port := ml.Port
	if ml.SameRulesAs != 0 {
		port = ml.SameRulesAs
	}
	if t := out.ports[port]; t != nil {
		return t.hosts
	}
	return &route.Hosts{}
}
