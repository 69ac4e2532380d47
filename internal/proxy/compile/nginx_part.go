package compile

import (
	"slices"

	"github.com/gwanmun/gwanmun/internal/model"
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
	// auths are hosts whose clients are asked for certificates.
	auths []*ClientAuth
	// suites are hosts with cipher suites of their own.
	suites []*HostCiphers
	passes []passthrough
}

// empty says whether the unit adds nothing to the port.
func (p *nginxPort) empty() bool {
	return len(p.hosts)+len(p.certs)+len(p.auths)+len(p.suites)+len(p.passes) == 0
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
		port.passes = e.passthroughs(u, lb, l)
		l.Rules, l.Passthrough = nil, nil
		part.ports = append(part.ports, port)
	}
	for i := range head.Listeners {
		l := &head.Listeners[i]
		part.ports[i].certs = e.certificatesFor(u, lb.ID, l.Certificates, hosts)
		part.ports[i].auths = u.hostAuths(l.ClientAuth)
		part.ports[i].suites = u.hostCiphers(lb.ID, l)
		l.Certificates, l.ClientAuth, l.HostCiphers = nil, nil, nil
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
