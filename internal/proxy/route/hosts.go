package route

import (
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// Host is the compiled rules of one host with DialectNginx. It is never changed.
type Host struct {
	name  string
	rules []*Rule
	paths *paths
}

// NewHost compiles the rules of a host; of equal priorities the first one in the list comes first. A host may be without
// rules: it is then taken, and its requests get the default actions.
func NewHost(name string, rules []*Rule) *Host {
	h := &Host{name: name, rules: slices.Clone(rules)}
	slices.SortStableFunc(h.rules, func(a, b *Rule) int { return int(a.Priority) - int(b.Priority) })
	entries := make([]entry, len(h.rules))
	for rank, r := range h.rules {
		entries[rank] = entry{rank: int32(rank), rule: r}
	}
	h.paths = newPaths(entries, true)
	return h
}

// Hosts finds rules the way ingress-nginx does: the host first, then the lowest priority among its rules. It is
// immutable; Edit makes a changed one that shares all other hosts.
type Hosts struct {
	exact Shards[*Host]
	// wildcards are keyed by what follows the star: ".example.com".
	wildcards Shards[*Host]
	// none holds the rules without a host.
	none *Host
	// patterned counts the hosts with regular expressions.
	patterned int
}

// HostsEdit makes a changed Hosts.
type HostsEdit struct {
	exact, wildcards *Edit[*Host]
	none             *Host
	patterned        int
}

// Edit starts a change; h stays as it is.
func (h *Hosts) Edit() *HostsEdit {
	return &HostsEdit{exact: h.exact.Edit(), wildcards: h.wildcards.Edit(), none: h.none, patterned: h.patterned}
}

// Set puts a host's rules in place; nil takes the host away.
func (e *HostsEdit) Set(name string, host *Host) {
	edit := e.exact
	switch rest, wildcard := strings.CutPrefix(name, "*"); {
	case name == "":
		e.patterned += host.patterned() - e.none.patterned()
		e.none = host
		return
	case wildcard:
		name, edit = rest, e.wildcards
	}
	before, _ := edit.Get(name)
	e.patterned += host.patterned() - before.patterned()
	if host == nil {
		edit.Delete(name)
		return
	}
	edit.Set(name, host)
}

// Done returns the result.
func (e *HostsEdit) Done() *Hosts {
	return &Hosts{exact: e.exact.Done(), wildcards: e.wildcards.Done(), none: e.none, patterned: e.patterned}
}

// Len counts the hosts.
func (h *Hosts) Len() int {
	n := h.exact.Len() + h.wildcards.Len()
	if h.none != nil {
		n++
	}
	return n
}

// Get returns the host of that name: a name, "*." and a name, or "".
func (h *Hosts) Get(name string) *Host {
	if name == "" {
		return h.none
	}
	if rest, ok := strings.CutPrefix(name, "*"); ok {
		host, _ := h.wildcards.Get(rest)
		return host
	}
	host, _ := h.exact.Get(name)
	return host
}

// Pick returns the host that a request belongs to, nil when there is none. A wildcard covers exactly one label, so at
// most one wildcard can fit.
func (h *Hosts) Pick(name []byte) *Host {
	if host, ok := h.exact.Find(name); ok {
		return host
	}
	if h.wildcards.Len() > 0 {
		for i, c := range name {
			if c == '.' && i > 0 {
				if host, ok := h.wildcards.Find(name[i:]); ok {
					return host
				}
				break
			}
			if !labelByte(c) {
				break
			}
		}
	}
	return h.none
}

// Match returns the rule for a request, nil for the default actions. It allocates nothing.
func (h *Hosts) Match(x *exchange.Exchange) *Rule {
	host := h.Pick(x.Request.Host)
	if host == nil {
		return nil
	}
	if best := host.paths.match(x, nil); best != nil {
		return best.rule
	}
	return nil
}

// Rules lists what a request is compared with, in order, and the host that was picked.
func (h *Hosts) Rules(x *exchange.Exchange) (host string, rules []*Rule) {
	if picked := h.Pick(x.Request.Host); picked != nil {
		return picked.name, picked.rules
	}
	return "", nil
}
