package route

import (
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// prefixes finds all entries whose prefix a text has: prefixes in string order, each with its longest ancestor.
type prefixes []prefix

// prefix is one prefix. parent is the longest other prefix that it starts with, -1 for none.
type prefix struct {
	text    string
	parent  int32
	entries []entry
}

// newPrefixes sorts the prefixes and finds their parents.
func newPrefixes(byText map[string][]entry) prefixes {
	p := make(prefixes, 0, len(byText))
	for text, list := range byText {
		p = append(p, prefix{text: text, entries: list})
	}
	slices.SortFunc(p, func(a, b prefix) int { return strings.Compare(a.text, b.text) })
	var open []int32
	for i := range p {
		for len(open) > 0 && !strings.HasPrefix(p[i].text, p[open[len(open)-1]].text) {
			open = open[:len(open)-1]
		}
		p[i].parent = -1
		if len(open) > 0 {
			p[i].parent = open[len(open)-1]
		}
		open = append(open, int32(i))
	}
	return p
}

// match returns the matching entry with the lowest rank among those whose prefix the text has, or best.
func (p prefixes) match(text []byte, x *exchange.Exchange, best *entry) *entry {
	for i := p.last(text); i >= 0; i = p[i].parent {
		if n := &p[i]; len(text) >= len(n.text) && string(text[:len(n.text)]) == n.text {
			best = first(n.entries, x, best)
		}
	}
	return best
}

// last finds the last prefix that is not behind the text in string order. Every prefix of the text is that one or one of
// its ancestors.
func (p prefixes) last(text []byte) int32 {
	low, high := 0, len(p)
	for low < high {
		mid := int(uint(low+high) >> 1)
		if p[mid].text > string(text) {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return int32(low - 1)
}
