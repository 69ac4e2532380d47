package route

import (
	"bytes"
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// entry is a rule in an index. rank is its place in the order of priorities, done what the index has tested by then.
type entry struct {
	rank int32
	done skip
	rule *Rule
}

// paths is the index over the paths of rules that share a host. Every list is in rank order, so that a list is left as
// soon as it cannot beat what was found elsewhere.
type paths struct {
	nginx bool
	// exact holds rules by the one path they match, prefixes those that match all paths with a prefix.
	exact    map[string][]entry
	prefixes []prefix
	// rest holds the others: regular expressions, inner wildcards, no path at all.
	rest []entry
}

// prefix is one prefix in string order. parent is the longest other prefix that it starts with, -1 for none.
type prefix struct {
	text    string
	parent  int32
	entries []entry
}

// smallPaths is up to how many rules a plain list is as fast as an index.
const smallPaths = 8

// newPaths builds the index over entries in rank order.
func newPaths(entries []entry, nginx bool) *paths {
	p := &paths{nginx: nginx}
	if len(entries) <= smallPaths {
		p.rest = entries
		return p
	}
	p.exact = map[string][]entry{}
	byPrefix := map[string][]entry{}
	for _, e := range entries {
		globs, simple := e.rule.simplePaths()
		if !simple {
			p.rest = append(p.rest, e)
			continue
		}
		e.done |= skipPath
		for _, g := range globs {
			if g.kind == globExact {
				p.exact[g.text] = append(p.exact[g.text], e)
			} else {
				byPrefix[g.text] = append(byPrefix[g.text], e)
			}
		}
	}
	for text, list := range byPrefix {
		p.prefixes = append(p.prefixes, prefix{text: text, entries: list})
	}
	p.link()
	return p
}

// link sorts the prefixes and finds their parents.
func (p *paths) link() {
	slices.SortFunc(p.prefixes, func(a, b prefix) int { return strings.Compare(a.text, b.text) })
	var open []int32
	for i := range p.prefixes {
		for len(open) > 0 && !strings.HasPrefix(p.prefixes[i].text, p.prefixes[open[len(open)-1]].text) {
			open = open[:len(open)-1]
		}
		p.prefixes[i].parent = -1
		if len(open) > 0 {
			p.prefixes[i].parent = open[len(open)-1]
		}
		open = append(open, int32(i))
	}
}

// simplePaths returns the globs of the rule's only path condition when all of them are exact paths or prefixes.
func (r *Rule) simplePaths() ([]glob, bool) {
	var only *test
	for i := range r.tests {
		if r.tests[i].skip == skipPath {
			if only != nil {
				return nil, false
			}
			only = &r.tests[i]
		}
	}
	if only == nil || len(only.regexes) > 0 {
		return nil, false
	}
	for i := range only.globs {
		if k := only.globs[i].kind; k != globExact && k != globPrefix {
			return nil, false
		}
	}
	return only.globs, true
}

// match returns the matching entry with the lowest rank, or best when none is below it.
func (p *paths) match(x *exchange.Exchange, best *entry) *entry {
	best = first(p.rest, x, best)
	if p.exact == nil {
		return best
	}
	path := pathOf(x, p.nginx)
	best = first(p.exact[string(path)], x, best)
	for i := p.last(path); i >= 0; i = p.prefixes[i].parent {
		if n := &p.prefixes[i]; len(path) >= len(n.text) && string(path[:len(n.text)]) == n.text {
			best = first(n.entries, x, best)
		}
	}
	return best
}

// last finds the last prefix that is not behind the path in string order. Every prefix of the path is that one or one of
// its ancestors.
func (p *paths) last(path []byte) int32 {
	low, high := 0, len(p.prefixes)
	for low < high {
		mid := int(uint(low+high) >> 1)
		if p.prefixes[mid].text > string(path) {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return int32(low - 1)
}

// first finds the first entry of a list that holds and beats best.
func first(list []entry, x *exchange.Exchange, best *entry) *entry {
	for i := range list {
		e := &list[i]
		if best != nil && e.rank >= best.rank {
			return best
		}
		if e.rule.holds(x, e.done) {
			return e
		}
	}
	return best
}

// nextDot finds the next dot of a host, -1 when there is none.
func nextDot(host []byte, from int) int {
	if i := bytes.IndexByte(host[from:], '.'); i >= 0 {
		return from + i
	}
	return -1
}
