package store

import (
	"net/netip"
	"sync"
	"time"
)

// Options are what a Store takes from outside.
type Options struct {
	// Seed makes the ids of resources: the same seed and the same calls give the same ids.
	Seed string
	// Addresses are what load balancers get their addresses from, lowest first, without the first one of the block;
	// 127.10.0.0/16 when zero.
	Addresses netip.Prefix
	// Now is the clock; time.Now when nil.
	Now func() time.Time
}

// Store is the state with a lock around it. All methods may be called from any goroutine.
type Store struct {
	options Options

	mu      sync.RWMutex
	state   State
	version uint64
	// counter has been used for ids; it only grows.
	counter uint64

	watchMu sync.Mutex
	watches []*Watch
}

// New makes an empty store.
func New(o Options) *Store {
	if o.Now == nil {
		o.Now = time.Now
	}
	if !o.Addresses.IsValid() {
		o.Addresses = netip.PrefixFrom(netip.AddrFrom4([4]byte{127, 10, 0, 0}), 16)
	}
	return &Store{options: o, state: newState()}
}

// Version changes with every change of the state.
func (s *Store) Version() uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.version
}

// View reads. The function must not call the store again.
func (s *Store) View(read func(*State)) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	read(&s.state)
}

// Update changes the state. When the function returns an error everything is as it was before. It must not call the
// store again.
func (s *Store) Update(change func(*Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &Tx{State: &s.state, store: s, counter: s.counter, changes: newChanges()}
	if err := change(t); err != nil {
		for i := len(t.undo) - 1; i >= 0; i-- {
			t.undo[i]()
		}
		return err
	}
	if len(t.undo) == 0 {
		return nil
	}
	s.counter = t.counter
	s.version++
	s.tell(t.changes)
	return nil
}

// Tagged is a resource with its tags.
type Tagged struct {
	ARN  string
	Tags map[string]string
}

// Tagged lists all resources with their tags: load balancers, listeners, rules, target groups, trust stores.
func (s *Store) Tagged() []Tagged {
	var out []Tagged
	s.View(func(t *State) {
		for _, b := range t.LoadBalancers() {
			out = append(out, Tagged{b.ARN, b.Tags})
			for _, l := range t.Listeners(b.ARN) {
				out = append(out, Tagged{l.ARN, l.Tags})
				for _, r := range t.Rules(l.ARN) {
					out = append(out, Tagged{r.ARN, r.Tags})
				}
			}
		}
		for _, g := range t.TargetGroups() {
			out = append(out, Tagged{g.ARN, g.Tags})
		}
		for _, x := range t.TrustStores() {
			out = append(out, Tagged{x.ARN, x.Tags})
		}
	})
	return out
}
