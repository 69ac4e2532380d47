package world

import (
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"sync"
	"time"
)

var (
	everywhere4 = netip.MustParsePrefix("0.0.0.0/0")
	everywhere6 = netip.MustParsePrefix("::/0")
)

// Options are what a world needs from outside.
type Options struct {
	// Rand is where ids, serial numbers and tokens come from.
	Rand io.Reader
	// Now is the clock: times of certificates and instances.
	Now func() time.Time
}

// World is the state with its lock. All methods may be called from many goroutines.
type World struct {
	mu      sync.RWMutex
	state   *State
	version uint64
	options Options
	// drawing guards the source of randomness, which callers of View draw from too.
	drawing sync.Mutex
}

// New makes a world from a file. It generates the certificates that the file asks for.
func New(f *File, o Options) (*World, error) {
	w := &World{options: o, state: &State{}, version: 1}
	w.state.random = w.random
	w.state.clean()
	if err := f.fill(w.state, o); err != nil {
		return nil, err
	}
	return w, nil
}

// random draws n bytes. A source of randomness that fails is not survivable: ids would repeat.
func (w *World) random(n int) []byte {
	w.drawing.Lock()
	defer w.drawing.Unlock()
	b := make([]byte, n)
	if _, err := io.ReadFull(w.options.Rand, b); err != nil {
		panic(fmt.Sprintf("world: source of randomness: %v", err))
	}
	return b
}

// Now is the time by the world's clock.
func (w *World) Now() time.Time { return w.options.Now() }

// View calls f with the state. f must not change it, nor keep parts of it.
func (w *World) View(f func(*State) error) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return f(w.state)
}

// Change calls f with the state, alone. f must either change it and return nil, or leave it as it is and say why.
func (w *World) Change(f func(*State) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := f(w.state); err != nil {
		return err
	}
	w.version++
	return nil
}

// Version grows with each change.
func (w *World) Version() uint64 {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.version
}

// Snapshot is the state as JSON; equal states give equal bytes. It holds private keys.
func (w *World) Snapshot() ([]byte, error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	b, err := json.MarshalIndent(w.state, "", " ")
	if err != nil {
		return nil, fmt.Errorf("write the state of the world: %w", err)
	}
	return append(b, '\n'), nil
}

// Restore replaces the state by a saved one, unless that one contradicts itself.
func (w *World) Restore(snapshot []byte) error {
	var s State
	if err := json.Unmarshal(snapshot, &s); err != nil {
		return fmt.Errorf("read the saved state of the world: %w", err)
	}
	if s.Identity.Region == "" || s.Identity.Account == "" {
		return fmt.Errorf("read the saved state of the world: it names no region and account")
	}
	s.clean()
	s.random = w.random
	if err := s.Sound(); err != nil {
		return fmt.Errorf("read the saved state of the world: %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state = &s
	w.version++
	return nil
}

// Identity says whose world it is.
func (w *World) Identity() Identity {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.state.Identity
}

// Zone finds a zone by name.
func (w *World) Zone(name string) (Zone, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	i := slices.IndexFunc(w.state.Zones, func(z Zone) bool { return z.Name == name })
	if i < 0 {
		return Zone{}, false
	}
	return w.state.Zones[i], true
}
