package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// file is what Snapshot writes. Lists are in the order of State's.
type file struct {
	Format        int             `json:"format"`
	Counter       uint64          `json:"counter"`
	LoadBalancers []*LoadBalancer `json:"loadBalancers,omitempty"`
	Listeners     []*Listener     `json:"listeners,omitempty"`
	Rules         []*Rule         `json:"rules,omitempty"`
	TargetGroups  []*TargetGroup  `json:"targetGroups,omitempty"`
	TrustStores   []*TrustStore   `json:"trustStores,omitempty"`
}

// fileFormat is the format that this version reads and writes.
const fileFormat = 1

// Snapshot writes the whole state as JSON, the same bytes for the same state. It holds the secrets of authentication
// actions: keep it where only its owner reads.
func (s *Store) Snapshot() ([]byte, error) {
	s.mu.RLock()
	f := file{Format: fileFormat, Counter: s.counter}
	f.LoadBalancers, f.Listeners = s.state.LoadBalancers(), s.state.Listeners("")
	f.Rules = sorted(s.state.rules, func(r *Rule) uint64 { return r.Seq })
	f.TargetGroups, f.TrustStores = s.state.TargetGroups(), s.state.TrustStores()
	s.mu.RUnlock()
	b := fmt.Appendf(nil, `{"format":%d,"counter":%d`, f.Format, f.Counter)
	var err error
	for _, part := range []func([]byte) ([]byte, error){
		section("loadBalancers", f.LoadBalancers), section("listeners", f.Listeners), section("rules", f.Rules),
		section("targetGroups", f.TargetGroups), section("trustStores", f.TrustStores),
	} {
		if b, err = part(b); err != nil {
			return nil, fmt.Errorf("write the state of load balancers: %w", err)
		}
	}
	return append(b, "}\n"...), nil
}

// section writes a list with one record on each line, so that two states can be compared by eye.
func section[T any](name string, list []*T) func([]byte) ([]byte, error) {
	return func(b []byte) ([]byte, error) {
		b = fmt.Appendf(b, ",\n%q:[", name)
		for i, record := range list {
			text, err := json.Marshal(record)
			if err != nil {
				return nil, err
			}
			if i > 0 {
				b = append(b, ',')
			}
			b = withoutNulls(append(b, '\n'), text)
		}
		return append(b, ']'), nil
	}
}

// withoutNulls appends JSON without white space, and without the members that are null: the SDK's shapes have many.
func withoutNulls(b, text []byte) []byte {
	for i := 0; i < len(text); {
		if text[i] != '"' {
			b = append(b, text[i])
			i++
			continue
		}
		end := stringEnd(text, i)
		rest, null := bytes.CutPrefix(text[end:], []byte(":null"))
		if !null {
			b = append(b, text[i:end]...)
			i = end
			continue
		}
		i = len(text) - len(rest)
		switch {
		case rest[0] == ',':
			i++
		case b[len(b)-1] == ',':
			b = b[:len(b)-1]
		}
	}
	return b
}

// stringEnd is where the string that begins at i ends.
func stringEnd(text []byte, i int) int {
	for i++; text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// Restore replaces the state by what Snapshot wrote. On an error the state is as it was.
func (s *Store) Restore(text []byte) error {
	var f file
	if err := json.Unmarshal(text, &f); err != nil {
		return fmt.Errorf("read the state of load balancers: %w", err)
	}
	if f.Format != fileFormat {
		return fmt.Errorf("read the state of load balancers: its format is %d, and this version reads %d", f.Format, fileFormat)
	}
	next, err := f.state()
	if err != nil {
		return fmt.Errorf("read the state of load balancers: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	changes := s.state.all()
	s.state = next
	changes.add(s.state.all())
	s.counter = max(s.counter, f.Counter)
	s.version++
	s.tell(changes)
	return nil
}

// state puts the records of a file together; it fails when one refers to another that is not there.
func (f *file) state() (State, error) {
	s := newState()
	if slices.Contains(f.LoadBalancers, nil) || slices.Contains(f.Listeners, nil) || slices.Contains(f.Rules, nil) ||
		slices.Contains(f.TargetGroups, nil) || slices.Contains(f.TrustStores, nil) {
		return s, errors.New("a record is null")
	}
	for _, b := range f.LoadBalancers {
		s.loadBalancers[b.ARN] = b
	}
	for _, g := range f.TargetGroups {
		s.targetGroups[g.ARN] = g
	}
	for _, x := range f.TrustStores {
		s.trustStores[x.ARN] = x
	}
	for _, l := range f.Listeners {
		if s.loadBalancers[l.LoadBalancer] == nil {
			return s, fmt.Errorf("listener %s has no load balancer", l.ARN)
		}
		s.setListener(l.ARN, l)
	}
	for _, r := range f.Rules {
		if s.listeners[r.Listener] == nil {
			return s, fmt.Errorf("rule %s has no listener", r.ARN)
		}
		for _, g := range r.TargetGroups() {
			if s.targetGroups[g] == nil {
				return s, fmt.Errorf("rule %s forwards to %s, which is not there", r.ARN, g)
			}
		}
		s.setRule(r.ARN, r)
	}
	for _, l := range f.Listeners {
		if s.DefaultRule(l.ARN) == nil {
			return s, fmt.Errorf("listener %s has no default rule", l.ARN)
		}
	}
	return s, nil
}
