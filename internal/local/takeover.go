package local

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy"
)

// places are the addresses that a process hands over to the one that replaces it, so that nothing moves.
type places struct {
	// Nginx are those of class nginx, by the listener's port.
	Nginx map[int32]netip.AddrPort `json:"nginx,omitempty"`
	// Given are those of the load balancers' listeners.
	Given []givenPlace `json:"given,omitempty"`
}

type givenPlace struct {
	LoadBalancer string         `json:"loadBalancer"`
	Port         int32          `json:"port"`
	Address      netip.AddrPort `json:"address"`
}

// readPlaces reads the note of the process before; an empty one holds nothing.
func readPlaces(note string) (p places, err error) {
	if note == "" {
		return p, nil
	}
	if err := json.Unmarshal([]byte(note), &p); err != nil {
		return p, fmt.Errorf("read where the process before served: %w", err)
	}
	return p, nil
}

// places are the addresses in use.
func (p *placer) places() places {
	out := places{Nginx: p.nginx}
	for _, k := range slices.SortedFunc(maps.Keys(p.given), listenerKey.compare) {
		out.Given = append(out.Given, givenPlace{k.lb, k.port, p.given[k]})
	}
	return out
}

// resume gives load balancers the addresses that the process before had for them. Those of class nginx come from flags.
func (p *placer) resume(before places) {
	for _, g := range before.Given {
		if k := (listenerKey{g.LoadBalancer, g.Port}); !p.taken[g.Address] {
			p.give(k, g.Address)
			p.ips[g.LoadBalancer] = g.Address.Addr()
		}
	}
}

// HandOver prepares for a process that replaces this one: it returns the sockets and a note, which that process gets as
// Options.Inherited and Options.Note. From then on the state file is the other process's. When that one serves, Close lets
// this one end what it has begun; when it does not come up, Stay takes it all back.
func (s *Server) HandOver() ([]proxy.OpenSocket, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sockets, err := s.proxy.Sockets()
	if err != nil {
		return nil, "", err
	}
	note, err := json.Marshal(s.placer.places())
	if err != nil {
		return nil, "", err
	}
	s.leaving = true
	return sockets, string(note), nil
}

// drainFor is for how long connections of a process that was replaced may wait for their last request.
const drainFor = 5 * time.Second

// replaced says that another process has taken over.
func (s *Server) replaced() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.leaving
}

// Stay is for when no other process has taken over.
func (s *Server) Stay() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leaving = false
	s.file.written = nil // the other process may have written it
	s.state = s.write(s.state)
}
