package h2

import (
	"sync/atomic"
	"testing"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

func TestStreamsKnowTheNameOfTheirConnection(t *testing.T) {
	var name atomic.Pointer[[2]uint64]
	h := build(t, plan{before: func(x *exchange.Exchange) exchange.Verdict {
		id := x.Conn.ID
		name.Store(&id)
		return made(x)
	}})
	seen := map[[2]uint64]int{}
	for range 2 {
		r := h.dial()
		for _, id := range []uint32{1, 3} {
			r.get(id)
			if a := r.read(id); a.status != "200" {
				t.Fatalf("%+v", a)
			}
			seen[*name.Load()]++
		}
	}
	if len(seen) != 2 || seen[[2]uint64{}] != 0 {
		t.Errorf("names and how many requests had them: %v", seen)
	}
}
