package telemetry

import (
	"maps"
	"sync"
	"sync/atomic"
)

// table finds things by name without a lock and without allocating. It is copied when something is added, which is
// rare and never happens for a name that a client thought of. The zero value is empty and ready.
type table[V any] struct {
	mu  sync.Mutex
	all atomic.Pointer[map[string]*V]
}

// get returns what has that name, made by create when there is nothing yet.
func (t *table[V]) get(name string, create func() *V) *V {
	if all := t.all.Load(); all != nil {
		if v := (*all)[name]; v != nil {
			return v
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	next := map[string]*V{}
	if all := t.all.Load(); all != nil {
		if v := (*all)[name]; v != nil {
			return v
		}
		maps.Copy(next, *all)
	}
	v := create()
	next[name] = v
	t.all.Store(&next)
	return v
}

func (t *table[V]) drop(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if all := t.all.Load(); all != nil && (*all)[name] != nil {
		next := maps.Clone(*all)
		delete(next, name)
		t.all.Store(&next)
	}
}

// values returns everything, in no order.
func (t *table[V]) values() []*V {
	all := t.all.Load()
	if all == nil {
		return nil
	}
	list := make([]*V, 0, len(*all))
	for _, v := range *all {
		list = append(list, v)
	}
	return list
}
