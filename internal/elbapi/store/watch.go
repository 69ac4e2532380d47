package store

import "maps"

// Changes says what has changed, as sets of ARNs. Who reads them looks up what is there now: a load balancer that is
// listed and not there has been deleted.
type Changes struct {
	// LoadBalancers are those that changed, or of whose listeners or rules one did.
	LoadBalancers map[string]bool
	// TargetGroups are those that changed in more than their targets, Targets those whose targets changed.
	TargetGroups map[string]bool
	Targets      map[string]bool
	// Version is the state's version that the changes lead to, at least.
	Version uint64
}

func newChanges() *Changes {
	return &Changes{LoadBalancers: map[string]bool{}, TargetGroups: map[string]bool{}, Targets: map[string]bool{}}
}

func (c *Changes) add(o *Changes) {
	maps.Copy(c.LoadBalancers, o.LoadBalancers)
	maps.Copy(c.TargetGroups, o.TargetGroups)
	maps.Copy(c.Targets, o.Targets)
}

// Watch collects changes until they are taken. A slow reader misses no change, only how often it happened.
type Watch struct {
	store   *Store
	wake    chan struct{}
	pending *Changes
}

// Watch begins to collect changes. Everything that is there already counts as changed.
func (s *Store) Watch() *Watch {
	s.mu.RLock()
	defer s.mu.RUnlock()
	s.watchMu.Lock()
	defer s.watchMu.Unlock()
	w := &Watch{store: s, wake: make(chan struct{}, 1), pending: s.state.all()}
	w.pending.Version = s.version
	w.wake <- struct{}{}
	s.watches = append(s.watches, w)
	return w
}

// Wake is readable when there may be changes to take.
func (w *Watch) Wake() <-chan struct{} { return w.wake }

// Take returns the changes since the last Take.
func (w *Watch) Take() *Changes {
	w.store.watchMu.Lock()
	defer w.store.watchMu.Unlock()
	c := w.pending
	w.pending = newChanges()
	w.pending.Version = c.Version
	return c
}

// Stop ends the collecting.
func (w *Watch) Stop() {
	w.store.watchMu.Lock()
	defer w.store.watchMu.Unlock()
	for i, o := range w.store.watches {
		if o == w {
			w.store.watches = append(w.store.watches[:i:i], w.store.watches[i+1:]...)
			return
		}
	}
}

// tell adds changes to all watches. The store's lock is held.
func (s *Store) tell(c *Changes) {
	s.watchMu.Lock()
	defer s.watchMu.Unlock()
	for _, w := range s.watches {
		w.pending.add(c)
		w.pending.Version = s.version
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
}

// all lists everything that is there.
func (s *State) all() *Changes {
	c := newChanges()
	for arn := range s.loadBalancers {
		c.LoadBalancers[arn] = true
	}
	for arn := range s.targetGroups {
		c.TargetGroups[arn] = true
	}
	return c
}
