package listen

import (
	"sync"
	"testing"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

func TestEveryConnectionHasANameOfItsOwn(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var names [][2]uint64
	h := newHouse(t, plan{before: func(x *exchange.Exchange) exchange.Verdict {
		mu.Lock()
		defer mu.Unlock()
		names = append(names, x.Conn.ID)
		x.Respond(200, nil)
		return exchange.Respond
	}})
	for range 2 {
		c := h.dial()
		for range 2 {
			if a := c.get("/"); a.StatusCode != 200 {
				t.Fatalf("answered %d", a.StatusCode)
			}
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if len(names) != 4 || names[0] != names[1] || names[2] != names[3] || names[0] == names[2] {
		t.Errorf("names of two connections with two requests each: %x", names)
	}
	for _, n := range names {
		if n[0] == 0 || n[1] == 0 {
			t.Errorf("no name: %x", n)
		}
	}
}
