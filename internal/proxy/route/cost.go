package route

import "github.com/gwanmun/gwanmun/internal/proxy/exchange"

// Budget is up to how many bytes run through regular expressions a match may keep an event loop: a few milliseconds. Each
// byte takes 40 to 110 ns.
const Budget = 32 << 10

// cost bounds the regular expressions that one request may have to be run against: those of paths, which see no more than
// the request's target, and others, which may see all of its head.
type cost struct{ paths, others int }

func (c cost) plus(d cost) cost { return cost{c.paths + d.paths, c.others + d.others} }

func (c cost) max(d cost) cost { return cost{max(c.paths, d.paths), max(c.others, d.others)} }

func (c cost) exceeds(x *exchange.Exchange) bool {
	r := &x.Request
	return c.paths*len(r.Target)+c.others*int(r.HeadBytes) > Budget
}

// costOf adds up the expressions of rules.
func costOf(entries []entry) (c cost) {
	for i := range entries {
		tests := entries[i].rule.tests
		for j := range tests {
			if tests[j].skip == skipPath {
				c.paths += len(tests[j].regexes)
			} else {
				c.others += len(tests[j].regexes)
			}
		}
	}
	return c
}

// cost is that of the longest way through the prefixes of one text.
func (p prefixes) cost() (most cost) {
	ways := make([]cost, len(p))
	for i := range p { // what a prefix starts with stands before it
		ways[i] = costOf(p[i].entries)
		if up := p[i].parent; up >= 0 {
			ways[i] = ways[i].plus(ways[up])
		}
		most = most.max(ways[i])
	}
	return most
}

// bound is the cost of the index.
func (p *paths) bound() cost {
	c := costOf(p.rest).plus(p.prefixes.cost()).plus(p.starts.cost())
	var exact cost
	for _, list := range p.exact { // the order does not matter
		exact = exact.max(costOf(list))
	}
	return c.plus(exact)
}

// bound is the cost of the index.
func (ix *Index) bound() cost {
	var exact, suffixes cost
	for _, p := range ix.exact { // the order does not matter
		exact = exact.max(p.cost)
	}
	for _, p := range ix.suffixes { // likewise; one host may have several
		suffixes = suffixes.plus(p.cost)
	}
	return ix.any.cost.plus(exact).plus(suffixes)
}

// Costly says whether Match may take longer than Budget for this request. It may say so of one that does not.
func (ix *Index) Costly(x *exchange.Exchange) bool { return ix.cost.exceeds(x) }

// Costly says whether Match may take longer than Budget for this request. It may say so of one that does not.
func (h *Hosts) Costly(x *exchange.Exchange) bool {
	if h.patterned == 0 {
		return false
	}
	host := h.Pick(x.Request.Host)
	return host != nil && host.paths.cost.exceeds(x)
}

// patterned is 1 for a host with regular expressions.
func (h *Host) patterned() int {
	if h == nil || h.paths.cost == (cost{}) {
		return 0
	}
	return 1
}
