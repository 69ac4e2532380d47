package compile

import (
	"cmp"
	"slices"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/route"
)

// Snapshot is compiled, immutable routing state: a small top over units that it shares with the snapshots before and
// after it. The zero value is empty.
type Snapshot struct {
	units  route.Shards[*unit]
	groups route.Shards[*group]
	parsed route.Shards[parsedCertificate]
	// elb and nginx hold the load balancers of each dialect, by ID.
	elb     route.Shards[*elb]
	nginx   route.Shards[*nginx]
	dropped []string
}

// Listener returns a listener for HTTP, nil when there is none.
func (s *Snapshot) Listener(lb string, port int32) *Listener {
	if n, ok := s.nginx.Get(lb); ok {
		for _, l := range n.listeners {
			if l.Port == port {
				return l
			}
		}
	}
	if b, ok := s.elb.Get(lb); ok {
		for _, l := range b.listeners {
			if l.Port == port {
				return l
			}
		}
	}
	return nil
}

// Listeners returns all listeners for HTTP, by load balancer and port.
func (s *Snapshot) Listeners() []*Listener {
	var out []*Listener
	for _, id := range s.elb.Keys() {
		b, _ := s.elb.Get(id)
		out = append(out, b.listeners...)
	}
	for _, id := range s.nginx.Keys() {
		n, _ := s.nginx.Get(id)
		out = append(out, n.listeners...)
	}
	slices.SortStableFunc(out, func(a, b *Listener) int {
		return cmp.Or(cmp.Compare(a.LoadBalancer, b.LoadBalancer), cmp.Compare(a.Port, b.Port))
	})
	return out
}

// Units lists the keys of the units, sorted.
func (s *Snapshot) Units() []string { return s.units.Keys() }

// Group returns the handle of a target group, nil when the snapshot does not refer to it.
func (s *Snapshot) Group(id string) exchange.Group {
	if g, ok := s.groups.Get(id); ok {
		return g.handle
	}
	return nil
}

// Dropped returns the IDs of the target groups that the snapshot before this one had and this one has not, sorted.
func (s *Snapshot) Dropped() []string { return s.dropped }

// Diagnostics returns what is to be said about all units, in the order of diag.Sort.
func (s *Snapshot) Diagnostics() []diag.Diagnostic {
	var c diag.Collector
	for _, key := range s.units.Keys() {
		u, _ := s.units.Get(key)
		c.Append(u.diags...)
	}
	for _, id := range s.elb.Keys() {
		b, _ := s.elb.Get(id)
		c.Append(b.diags...)
	}
	for _, id := range s.nginx.Keys() {
		n, _ := s.nginx.Get(id)
		c.Append(n.diags...)
	}
	for _, id := range s.groups.Keys() {
		g, _ := s.groups.Get(id)
		c.Append(g.diags(id)...)
	}
	return c.Sorted()
}
