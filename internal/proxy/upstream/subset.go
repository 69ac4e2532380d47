package upstream

import (
	"cmp"
	"slices"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// newSubsets splits the targets, ordered by address so that all replicas agree, into subsets of one size. The last one is
// filled up with the first targets once more, as ingress-nginx does (upstream-hash-by-subset).
func newSubsets(targets []*Target, size int) [][]*Target {
	if len(targets) == 0 {
		return nil
	}
	list := slices.SortedFunc(slices.Values(targets), func(a, b *Target) int { return cmp.Compare(a.address, b.address) })
	n := (len(list) + size - 1) / size
	for i := 0; len(list) < n*size; i++ {
		list = append(list, list[i])
	}
	out := make([][]*Target, 0, n)
	for s := range slices.Chunk(list, size) {
		out = append(out, s)
	}
	return out
}

// fromSubset takes the subset that the key leads to, and one of its targets by chance. When all of them were tried, any
// other target is.
func (p *part) fromSubset(key uint64, x *exchange.Exchange) *Target {
	best, most := 0, uint64(0)
	for i := range p.subsets {
		if w := mix(key ^ mix(uint64(i)+1)); w >= most {
			best, most = i, w
		}
	}
	subset := p.subsets[best]
	start := int(below(draw(x), len(subset)))
	for i := range subset {
		if t := subset[(start+i)%len(subset)]; !tried(t, x) {
			return t
		}
	}
	return next(p.usable, int(below(draw(x), len(p.usable))), x)
}
