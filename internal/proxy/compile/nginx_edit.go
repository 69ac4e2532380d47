package compile

import (
	"bytes"
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/proxy/route"
)

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
	parts  *route.Edit[[]hostRules]
	hosts  *route.HostsEdit
	names  *route.Edit[[]choice]
	auths  *route.Edit[*ClientAuth]
	suites *route.Edit[*HostCiphers]
	passes *route.Edit[passthrough]
	dirty  map[string]bool
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
	t := &tableEdit{parts: was.parts.Edit(), hosts: was.hosts.Edit(), names: was.names.Edit(), auths: was.auths.Edit(), suites: was.suites.Edit(), passes: was.passes.Edit(), dirty: map[string]bool{}}
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
		if port.empty() {
			continue
		}
		t := n.port(port.port)
		for _, h := range port.hosts {
			have, _ := t.parts.Get(h.host)
			at, _ := slices.BinarySearchFunc(have, h.unit, func(a hostRules, key string) int {
				return strings.Compare(a.unit, key)
			})
			t.parts.Set(h.host, slices.Insert(slices.Clone(have), at, h))
			t.dirty[h.host] = true
		}
		for _, c := range port.certs {
			addChoice(t.names, c.name, choice{u.key, c.cert})
		}
		for _, a := range port.auths {
			t.auths.Set(a.Host, a)
		}
		for _, c := range port.suites {
			t.suites.Set(c.Host, c)
		}
		for _, p := range port.passes {
			if have, ok := t.passes.Get(p.host); !ok || p.unit < have.unit { // a host is of one unit, as a rule
				t.passes.Set(p.host, p)
			}
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
		if port.empty() {
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
		for _, a := range port.auths {
			t.auths.Delete(a.Host)
		}
		for _, c := range port.suites {
			t.suites.Delete(c.Host)
		}
		for _, p := range port.passes {
			if have, ok := t.passes.Get(p.host); ok && have.unit == unit {
				t.passes.Delete(p.host)
			}
		}
	}
}
