package traffic

import (
	"errors"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy"
)

// place opens and closes sockets until each listener of the store has one, and remembers what could not be opened.
func (t *Traffic) place() {
	var list []proxy.Placement
	t.options.Store.View(func(s *store.State) {
		for _, b := range s.LoadBalancers() {
			if !b.Address.IsValid() {
				continue
			}
			for _, l := range s.Listeners(b.ARN) {
				at := t.options.Bind(netip.AddrPortFrom(b.Address, uint16(l.Port)))
				listener := model.Listener{Port: l.Port, Protocol: model.ListenerProtocol(l.Protocol)}
				list = append(list, proxy.PlacementsOf(b.ARN, &listener, at)...)
			}
		}
	})
	failures := map[string][]string{}
	for _, err := range parts(t.server.Place(list)) {
		if bind, ok := errors.AsType[*proxy.BindError](err); ok {
			arn := bind.Placement.LoadBalancer
			failures[arn] = append(failures[arn], bind.Error())
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	next := map[string]string{}
	for _, arn := range slices.Sorted(maps.Keys(failures)) {
		next[arn] = strings.Join(failures[arn], "; ")
		if t.failures[arn] != next[arn] {
			t.options.Logger.Error("a load balancer cannot be served", "loadBalancer", arn, "detail", next[arn])
		}
	}
	for _, arn := range slices.Sorted(maps.Keys(t.failures)) {
		if next[arn] == "" {
			t.options.Logger.Info("a load balancer is served again", "loadBalancer", arn)
		}
	}
	t.failures = next
}

// parts are the errors that errors.Join has put together.
func parts(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return nil
}

// failing says whether anything could not be opened.
func (t *Traffic) failing() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.failures) > 0
}

// Failure says why a load balancer cannot be served, or "".
func (t *Traffic) Failure(loadBalancer string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.failures[loadBalancer]
}
