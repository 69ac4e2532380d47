package store

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"net/netip"
	"strconv"
)

// Tx is a change in the making. It reads what it has put.
type Tx struct {
	*State
	store   *Store
	undo    []func()
	counter uint64
	changes *Changes
}

// Next returns the next number for Seq.
func (t *Tx) Next() uint64 {
	t.counter++
	return t.counter
}

// ID makes the 16 hexadecimal digits that end an ARN.
func (t *Tx) ID() string {
	sum := t.draw()
	return hex.EncodeToString(sum[:8])
}

// Digits makes the number in an application load balancer's DNS name.
func (t *Tx) Digits() string {
	sum := t.draw()
	return strconv.FormatUint(1_000_000_000+binary.BigEndian.Uint64(sum[:8])%1_000_000_000, 10)
}

func (t *Tx) draw() [sha256.Size]byte {
	return sha256.Sum256([]byte(t.store.options.Seed + "/" + strconv.FormatUint(t.Next(), 10)))
}

// ErrNoAddress says that every address of the block belongs to a load balancer.
var ErrNoAddress = errors.New("no address is left for another load balancer")

// Address returns the lowest address that no load balancer has.
func (t *Tx) Address() (netip.Addr, error) {
	taken := map[netip.Addr]bool{}
	for _, b := range t.loadBalancers {
		taken[b.Address] = true
	}
	block := t.store.options.Addresses.Masked()
	for a := block.Addr().Next(); block.Contains(a); a = a.Next() {
		if !taken[a] {
			return a, nil
		}
	}
	return netip.Addr{}, ErrNoAddress
}

// PutLoadBalancer adds a load balancer or replaces the one with its ARN.
func (t *Tx) PutLoadBalancer(b *LoadBalancer) {
	put(t, t.loadBalancers, b.ARN, b, nil)
	t.changes.LoadBalancers[b.ARN] = true
}

// DeleteLoadBalancer takes a load balancer out with its listeners and their rules.
func (t *Tx) DeleteLoadBalancer(arn string) {
	for _, l := range t.Listeners(arn) {
		t.DeleteListener(l.ARN)
	}
	put(t, t.loadBalancers, arn, nil, nil)
	t.changes.LoadBalancers[arn] = true
}

// PutListener adds a listener or replaces the one with its ARN.
func (t *Tx) PutListener(l *Listener) {
	put(t, t.listeners, l.ARN, l, t.setListener)
	t.changes.LoadBalancers[l.LoadBalancer] = true
}

// DeleteListener takes a listener out with its rules.
func (t *Tx) DeleteListener(arn string) {
	l := t.listeners[arn]
	if l == nil {
		return
	}
	for _, r := range t.Rules(arn) {
		put(t, t.rules, r.ARN, nil, t.setRule)
	}
	put(t, t.listeners, arn, nil, t.setListener)
	t.changes.LoadBalancers[l.LoadBalancer] = true
}

// PutRule adds a rule or replaces the one with its ARN.
func (t *Tx) PutRule(r *Rule) {
	put(t, t.rules, r.ARN, r, t.setRule)
	t.touchRule(r)
}

// DeleteRule takes a rule out.
func (t *Tx) DeleteRule(arn string) {
	if r := t.rules[arn]; r != nil {
		put(t, t.rules, arn, nil, t.setRule)
		t.touchRule(r)
	}
}

func (t *Tx) touchRule(r *Rule) {
	if l := t.listeners[r.Listener]; l != nil {
		t.changes.LoadBalancers[l.LoadBalancer] = true
	}
}

// PutTargetGroup adds a target group or replaces the one with its ARN.
func (t *Tx) PutTargetGroup(g *TargetGroup) {
	put(t, t.targetGroups, g.ARN, g, nil)
	t.changes.TargetGroups[g.ARN] = true
}

// DeleteTargetGroup takes a target group out with its targets.
func (t *Tx) DeleteTargetGroup(arn string) {
	put(t, t.targetGroups, arn, nil, nil)
	t.changes.TargetGroups[arn] = true
}

// SetTargets replaces the targets of a target group and nothing else.
func (t *Tx) SetTargets(arn string, targets []Target) {
	g := *t.targetGroups[arn]
	g.Targets = targets
	put(t, t.targetGroups, arn, &g, nil)
	t.changes.Targets[arn] = true
}

// PutTrustStore adds a trust store or replaces the one with its ARN. Load balancers that use it change with it.
func (t *Tx) PutTrustStore(x *TrustStore) {
	put(t, t.trustStores, x.ARN, x, nil)
	for _, l := range t.Listeners("") {
		if l.Mutual != nil && l.Mutual.TrustStore == x.ARN {
			t.changes.LoadBalancers[l.LoadBalancer] = true
		}
	}
}

// DeleteTrustStore takes a trust store out.
func (t *Tx) DeleteTrustStore(arn string) { put(t, t.trustStores, arn, nil, nil) }

// put replaces a record, or takes it out when v is nil, and remembers what was there. with keeps indexes; nil where there
// are none.
func put[T any](t *Tx, m map[string]*T, arn string, v *T, with func(string, *T)) {
	if with == nil {
		with = func(arn string, v *T) { set(m, arn, v) }
	}
	was := m[arn]
	t.undo = append(t.undo, func() { with(arn, was) })
	with(arn, v)
}

func set[T any](m map[string]*T, arn string, v *T) {
	if v == nil {
		delete(m, arn)
		return
	}
	m[arn] = v
}
