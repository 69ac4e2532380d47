package targets

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/gwanmun/gwanmun/internal/aws/client"
	"github.com/gwanmun/gwanmun/internal/model"
)

// Description marks the permissions that are ours: only they are ever removed. It is the original's.
const Description = "elbv2.k8s.aws/targetGroupBinding=shared"

// NetworkOptions of a Network.
type NetworkOptions struct {
	// Cluster is the name in the tag kubernetes.io/cluster/<name> of the one security group that takes our permissions when
	// an interface has several.
	Cluster string
	// GroupTags must be on that group too (flag service-target-eni-security-group-tags).
	GroupTags []model.Tag
	// VPC finds the VPC in which interfaces are looked for. May be nil.
	VPC func(context.Context) (string, error)
	// OneByOne keeps every permission by itself instead of one span of ports for each source group (flag
	// disable-restricted-sg-rules).
	OneByOne bool
	// Kept is for how long interfaces and security groups are believed; 10 minutes when 0.
	Kept time.Duration
	// Now is the clock; time.Now when nil.
	Now func() time.Time
}

const defaultNetworkKept = 10 * time.Minute

// Network lets load balancers in to targets, through the security groups of the targets' network interfaces. The wishes of
// all bindings are brought together for each group. It is safe for use by several goroutines; a lock lets one of them in at
// a time, because bindings share groups.
type Network struct {
	clients *client.Clients
	o       NetworkOptions

	mu sync.Mutex
	// bindings are the permissions that each binding wishes, by security group.
	bindings map[string]map[string][]model.SecurityGroupRule
	// complete says that all bindings were heard once, so that what nobody wishes can go.
	complete  bool
	groups    map[string]knownGroup
	instances map[string]knownInstance
	addresses map[string]knownAddress
}

// NewNetwork makes a Network. It makes no call.
func NewNetwork(c *client.Clients, o NetworkOptions) *Network {
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Kept = cmp.Or(o.Kept, defaultNetworkKept)
	return &Network{
		clients: c, o: o, bindings: map[string]map[string][]model.SecurityGroupRule{}, groups: map[string]knownGroup{},
		instances: map[string]knownInstance{}, addresses: map[string]knownAddress{},
	}
}

// Access says who may reach the targets of one binding.
type Access struct {
	// Binding is a name that is the binding's alone: "namespace/name".
	Binding string
	// Rules have sources that are CIDRs or ids of security groups.
	Rules   []model.BindingRule
	Targets []Endpoint
}

// Endpoint is a target as the network sees it.
type Endpoint struct {
	// ID is an instance id or an address.
	ID string
	// Instance is the instance that an address lives on; empty when that is not known.
	Instance string
	// Ports are the numbers of named ports.
	Ports map[string]int32
}

// Allow lets a binding's sources in to its targets, and takes away what it allowed before and no binding wishes any more.
// A target whose interface cannot be found, or that has no single security group for us, is an error that the other targets
// do not suffer from.
func (n *Network) Allow(ctx context.Context, a Access) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(a.Rules) == 0 {
		return n.set(ctx, a.Binding, nil)
	}
	byGroup, lost, err := n.groupsOf(ctx, a.Targets)
	if err != nil {
		return err
	}
	wishes := map[string][]model.SecurityGroupRule{}
	for group, endpoints := range byGroup {
		wishes[group] = permissions(a.Rules, endpoints)
	}
	if lost != nil {
		// Targets that cannot be placed may be reached through what was allowed before.
		for group, list := range n.bindings[a.Binding] {
			wishes[group] = unique(append(wishes[group], list...))
		}
	}
	return errors.Join(lost, n.set(ctx, a.Binding, wishes))
}

// Withdraw takes a binding's wishes away.
func (n *Network) Withdraw(ctx context.Context, binding string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.set(ctx, binding, nil)
}

// Complete says that every binding was heard once since the start. From now on what nobody wishes is removed; groups of the
// cluster that no binding uses any more are cleaned.
func (n *Network) Complete(ctx context.Context) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.complete {
		return nil
	}
	if err := n.readCluster(ctx); err != nil {
		return err
	}
	n.complete = true
	var errs []error
	for _, id := range sortedKeys(n.groups) {
		errs = append(errs, n.sync(ctx, id))
	}
	return errors.Join(errs...)
}

// set changes what a binding wishes and corrects the groups that are concerned.
func (n *Network) set(ctx context.Context, binding string, wishes map[string][]model.SecurityGroupRule) error {
	before := n.bindings[binding]
	if wishes == nil {
		delete(n.bindings, binding)
	} else {
		n.bindings[binding] = wishes
	}
	concerned := append(sortedKeys(before), sortedKeys(wishes)...)
	slices.Sort(concerned)
	var errs []error
	for _, group := range slices.Compact(concerned) {
		if err := n.sync(ctx, group); err != nil {
			errs = append(errs, fmt.Errorf("security group %s: %w", group, err))
		}
	}
	return errors.Join(errs...)
}

func sortedKeys[T any](m map[string]T) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
