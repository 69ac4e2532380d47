package route

import (
	"slices"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// Index finds rules the way an AWS load balancer does: over all rules of a listener the lowest priority wins. It is
// compiled to a map of hosts, each with an index of its paths. It is never changed.
type Index struct {
	// rules are all rules in rank order, for explain.
	rules []*Rule
	// exact holds the rules of a whole host name, suffixes those of "*" and a text that starts with a dot.
	exact, suffixes map[string]*paths
	// any holds the rules without a host condition or with another kind of one.
	any *paths
	// cost bounds what one match takes.
	cost cost
}

// manyHosts is how many host values of one rule are spread over the index; rules with more are kept in one list.
const manyHosts = 64

// NewIndex compiles rules; of equal priorities the first one in the list comes first.
func NewIndex(rules []*Rule) *Index {
	ix := &Index{rules: slices.Clone(rules), exact: map[string]*paths{}, suffixes: map[string]*paths{}}
	slices.SortStableFunc(ix.rules, func(a, b *Rule) int { return int(a.Priority) - int(b.Priority) })
	exact, suffixes, rest := map[string][]entry{}, map[string][]entry{}, []entry(nil)
	for rank, r := range ix.rules {
		e := entry{rank: int32(rank), rule: r}
		globs, simple := r.simpleHosts()
		if !simple {
			rest = append(rest, e)
			continue
		}
		e.done = skipHost
		for _, g := range globs {
			if g.kind == globExact {
				exact[g.text] = append(exact[g.text], e)
			} else {
				suffixes[g.text] = append(suffixes[g.text], e)
			}
		}
	}
	for host, list := range exact {
		ix.exact[host] = newPaths(list, false)
	}
	for suffix, list := range suffixes {
		ix.suffixes[suffix] = newPaths(list, false)
	}
	ix.any = newPaths(rest, false)
	ix.cost = ix.bound()
	return ix
}

// simpleHosts returns the globs of the rule's only host condition when all of them are whole names or suffixes that start
// with a dot.
func (r *Rule) simpleHosts() ([]glob, bool) {
	var only *test
	for i := range r.tests {
		if r.tests[i].skip == skipHost {
			if only != nil {
				return nil, false
			}
			only = &r.tests[i]
		}
	}
	if only == nil || len(only.regexes) > 0 || len(only.globs) > manyHosts {
		return nil, false
	}
	for i := range only.globs {
		g := &only.globs[i]
		if g.kind != globExact && (g.kind != globSuffix || g.text == "" || g.text[0] != '.') || g.text == "" {
			return nil, false
		}
	}
	return only.globs, true
}

// Match returns the rule for a request, nil for the default actions. It allocates nothing.
func (ix *Index) Match(x *exchange.Exchange) *Rule {
	best := ix.any.match(x, nil)
	host := x.Request.Host
	if p := ix.exact[string(host)]; p != nil {
		best = p.match(x, best)
	}
	if len(ix.suffixes) > 0 {
		for i := nextDot(host, 0); i >= 0; i = nextDot(host, i+1) {
			if p := ix.suffixes[string(host[i:])]; p != nil {
				best = p.match(x, best)
			}
		}
	}
	if best == nil {
		return nil
	}
	return best.rule
}

// Rules lists what a request is compared with, in order.
func (ix *Index) Rules(*exchange.Exchange) (host string, rules []*Rule) { return "", ix.rules }
