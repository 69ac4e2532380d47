package local

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"syscall"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// listenerKey names a listener of a load balancer.
type listenerKey struct {
	lb   string
	port int32
}

func (k listenerKey) compare(o listenerKey) int {
	return cmp.Or(cmp.Compare(k.lb, o.lb), cmp.Compare(k.port, o.port))
}

func (k listenerKey) String() string { return fmt.Sprintf("%s:%d", k.lb, k.port) }

// placer gives every listener a socket address. A listener keeps its address for as long as it exists. It has one caller.
type placer struct {
	loopback loopback
	// nginx are the addresses of class nginx's listeners, by port; they are given by flags.
	nginx map[int32]netip.AddrPort
	// given are the addresses in use, taken the same by address.
	given map[listenerKey]netip.AddrPort
	taken map[netip.AddrPort]bool
	// ips are the load balancers' own addresses.
	ips map[string]netip.Addr
	// try says whether an address may be bound now.
	try func(netip.AddrPort) error
	// notes are what was said about a listener when it got its address, and is true as long as it has it.
	notes map[listenerKey][]diag.Diagnostic
}

func newPlacer(l loopback, nginx map[int32]netip.AddrPort) *placer {
	return &placer{
		loopback: l, nginx: nginx, given: map[listenerKey]netip.AddrPort{}, taken: map[netip.AddrPort]bool{},
		ips: map[string]netip.Addr{}, try: mayListen, notes: map[listenerKey][]diag.Diagnostic{},
	}
}

// place gives addresses to the listeners of the load balancers, which are sorted by ID, and takes back those of listeners
// that are gone.
func (p *placer) place(lbs []model.LoadBalancer) map[listenerKey]netip.AddrPort {
	there := map[listenerKey]bool{}
	alive := map[string]bool{}
	for i := range lbs {
		alive[lbs[i].ID] = true
		for j := range lbs[i].Listeners {
			there[listenerKey{lbs[i].ID, lbs[i].Listeners[j].Port}] = true
		}
	}
	for k, at := range p.given {
		if !there[k] {
			delete(p.given, k)
			delete(p.taken, at)
			delete(p.notes, k)
		}
	}
	for id := range p.ips {
		if !alive[id] {
			delete(p.ips, id)
		}
	}
	for i := range lbs {
		p.placeLoadBalancer(&lbs[i])
	}
	return maps.Clone(p.given)
}

// diagnostics are what there is to say about the addresses in use.
func (p *placer) diagnostics() []diag.Diagnostic {
	var c diag.Collector
	for _, notes := range p.notes {
		c.Append(notes...)
	}
	return c.Sorted()
}

func (p *placer) placeLoadBalancer(lb *model.LoadBalancer) {
	var ports []int32
	for i := range lb.Listeners {
		ports = append(ports, lb.Listeners[i].Port)
	}
	slices.Sort(ports)
	for _, port := range ports {
		k := listenerKey{lb.ID, port}
		if _, ok := p.given[k]; ok {
			continue
		}
		delete(p.notes, k)
		if lb.Dialect == model.DialectNginx {
			if at, ok := p.nginx[port]; ok {
				p.give(k, at)
			}
			continue
		}
		p.find(k, ports)
	}
}

func (p *placer) give(k listenerKey, at netip.AddrPort) {
	p.given[k] = at
	p.taken[at] = true
}

// find looks for an address for a listener of an AWS load balancer: its own port at the load balancer's own address if
// that may be bound, else a port further up. ports are all ports of the load balancer, which it must not take.
func (p *placer) find(k listenerKey, ports []int32) {
	ip := p.ip(k.lb)
	var reason error
	for _, candidate := range p.candidates(k) {
		at := netip.AddrPortFrom(ip, uint16(candidate))
		if p.taken[at] || candidate != k.port && slices.Contains(ports, candidate) && p.loopback.many {
			continue
		}
		err := p.try(at)
		if err == nil {
			if candidate != k.port {
				why := "this machine has only one loopback address"
				if reason != nil {
					why = bindReason(reason)
				}
				p.note(k, diag.LocalPortShifted, diag.A("port", k.port), diag.A("address", at), diag.A("reason", why))
			}
			p.give(k, at)
			return
		}
		if reason == nil {
			reason = err
		}
	}
	p.note(k, diag.LocalListenFailed, diag.A("port", k.port), diag.A("reason", bindReason(reason)))
}

// candidates are the ports to try, best first.
func (p *placer) candidates(k listenerKey) []int32 {
	var out []int32
	if p.loopback.many {
		out = append(out, k.port)
		for _, shift := range []int32{8000, 18000, 28000, 38000} {
			if k.port < 1024 || shift > 8000 {
				if moved := k.port + shift; moved <= 65535 {
					out = append(out, moved)
				}
			}
		}
		return out
	}
	start := int32(hash(k.String()) % 20000)
	for i := range int32(64) {
		out = append(out, 20000+(start+i*313)%20000)
	}
	return out
}

func (p *placer) note(k listenerKey, m diag.Message, args ...diag.Arg) {
	p.notes[k] = append(p.notes[k], diag.New(m, diag.Object{Kind: loadBalancerKind, Name: k.lb}, "", args...))
}

// ip is the load balancer's own address: 127.0.0.2 to 127.0.0.254 by its name, the next one when that is taken by
// another load balancer or by another program that serves its port 80 or 443 there.
func (p *placer) ip(lb string) netip.Addr {
	if ip, ok := p.ips[lb]; ok {
		return ip
	}
	if !p.loopback.many {
		p.ips[lb] = localhost
		return localhost
	}
	const first, count = 2, 253
	used := map[netip.Addr]bool{}
	for _, ip := range p.ips {
		used[ip] = true
	}
	fallback := localhost
	start, tries := hash(lb)%count, 8
	// More load balancers than addresses go on in 127.0.1.0/24 and so on.
	for i := range uint32(16 * count) {
		ip := netip.AddrFrom4([4]byte{127, 0, byte(i / count), byte(first + (start+i)%count)})
		if used[ip] {
			continue
		}
		if !p.busy(ip) {
			p.ips[lb] = ip
			return ip
		}
		if fallback == localhost {
			fallback = ip
		}
		// When one address after the other is taken, somebody listens on all of them, and the port has to give way.
		if tries--; tries == 0 {
			break
		}
	}
	p.ips[lb] = fallback
	return fallback
}

// busy says whether somebody else serves web pages on an address: most likely another gwanmun.
func (p *placer) busy(ip netip.Addr) bool {
	for _, port := range []uint16{80, 8080, 443, 8443} {
		if errors.Is(p.try(netip.AddrPortFrom(ip, port)), syscall.EADDRINUSE) {
			return true
		}
	}
	return false
}
