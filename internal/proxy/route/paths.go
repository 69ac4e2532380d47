package route

import (
	"bytes"
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
	// exact holds rules by the one path they match, prefixes those that match all paths with a prefix. Both are nil when
	// there are too few rules to be worth it.
	exact    map[string][]entry
	prefixes prefixes
	// starts holds rules with regular expressions by the literal they start with, in lower case; patterns lists all of
	// these rules, for paths beyond ASCII, where lower case is not that simple.
	starts   prefixes
	patterns []entry
	// rest holds the others: inner wildcards, expressions that may start anywhere, no path at all.
	rest []entry
	// cost bounds what one match takes.
	cost cost
}

// smallPaths is up to how many rules a plain list is as fast as an index.
const smallPaths = 8

// maxStart is how much of an expression's literal start tells it apart from others, in bytes.
const maxStart = 128

// newPaths builds the index over entries in rank order.
func newPaths(entries []entry, nginx bool) *paths {
	p := &paths{nginx: nginx}
	if len(entries) <= smallPaths {
		p.rest = entries
		p.cost = p.bound()
		return p
	}
	p.exact = map[string][]entry{}
	byPrefix, byStart := map[string][]entry{}, map[string][]entry{}
	for _, e := range entries {
		if globs, simple := e.rule.simplePaths(); simple {
			e.done |= skipPath
			for _, g := range globs {
				if g.kind == globExact {
					p.exact[g.text] = append(p.exact[g.text], e)
				} else {
					byPrefix[g.text] = append(byPrefix[g.text], e)
				}
			}
			continue
		}
		starts, all := e.rule.pathStarts()
		if !all {
			p.rest = append(p.rest, e)
			continue
		}
		p.patterns = append(p.patterns, e)
		for _, s := range starts {
			byStart[s] = append(byStart[s], e)
		}
	}
	p.prefixes, p.starts = newPrefixes(byPrefix), newPrefixes(byStart)
	p.cost = p.bound()
	return p
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

// pathStarts returns the literals, in lower case, that the paths of the rule's only path condition start with, when all
// its values are regular expressions with such a start.
func (r *Rule) pathStarts() ([]string, bool) {
	var starts []string
	for i := range r.tests {
		t := &r.tests[i]
		if t.skip != skipPath {
			continue
		}
		if starts != nil || len(t.globs) > 0 {
			return nil, false
		}
		for j := range t.regexes {
			if t.regexes[j].prefix == "" {
				return nil, false
			}
			start := t.regexes[j].prefix
			starts = append(starts, strings.ToLower(start[:min(len(start), maxStart)]))
		}
	}
	return starts, starts != nil
}

// match returns the matching entry with the lowest rank, or best when none is below it.
func (p *paths) match(x *exchange.Exchange, best *entry) *entry {
	best = first(p.rest, x, best)
	if p.exact == nil {
		return best
	}
	path := pathOf(x, p.nginx)
	best = first(p.exact[string(path)], x, best)
	best = p.prefixes.match(path, x, best)
	if len(p.patterns) == 0 {
		return best
	}
	var room [maxStart]byte
	low, ascii := lowerPath(room[:0], path)
	if !ascii {
		return first(p.patterns, x, best)
	}
	return p.starts.match(low, x, best)
}

// lowerPath is the beginning of a path in lower case, as far as there is room. ascii is false when any byte of it is beyond ASCII.
func lowerPath(room, path []byte) (low []byte, ascii bool) {
	for _, c := range path[:min(len(path), cap(room))] {
		if c >= 0x80 {
			return nil, false
		}
		room = append(room, lower(c))
	}
	return room, true
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
