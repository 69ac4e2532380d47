package standin

import (
	"fmt"
	"net/netip"

	"k8s.io/apimachinery/pkg/types"
)

// firstPodAddress is the distance of the first pod's address from the beginning of its node's network; what is before it
// belongs to nodes and to the cloud.
const firstPodAddress = 32

// addresses gives pods addresses of their nodes' networks. It has one caller.
type addresses struct {
	nodes map[string]Node
	of    map[types.UID]netip.Addr
	taken map[netip.Addr]types.UID
	// next goes round, so that an address rests for as long as possible after its pod is gone.
	next map[string]netip.Addr
}

func newAddresses(nodes []Node) *addresses {
	a := &addresses{
		nodes: map[string]Node{}, of: map[types.UID]netip.Addr{}, taken: map[netip.Addr]types.UID{}, next: map[string]netip.Addr{},
	}
	for _, n := range nodes {
		a.nodes[n.Name] = n
		a.taken[n.Address] = "node " + types.UID(n.Name)
	}
	return a
}

// give returns the pod's address: the one that it has, the one that its status names, or a free one.
func (a *addresses) give(pod types.UID, node, status string) (netip.Addr, error) {
	if at, ok := a.of[pod]; ok {
		return at, nil
	}
	n := a.nodes[node]
	if at, err := netip.ParseAddr(status); err == nil && n.Pods.Contains(at) && a.taken[at] == "" {
		a.keep(pod, at)
		return at, nil
	}
	first := n.Pods.Masked().Addr()
	for range firstPodAddress {
		first = first.Next()
	}
	at, ok := a.next[node]
	if !ok {
		at = first
	}
	for range 1 << 16 {
		if !n.Pods.Contains(at.Next()) { // the last one is the network's broadcast address
			at = first
		}
		if a.taken[at] == "" {
			a.next[node] = at.Next()
			a.keep(pod, at)
			return at, nil
		}
		at = at.Next()
	}
	return netip.Addr{}, fmt.Errorf("network %s of node %s has no free address", n.Pods, node)
}

func (a *addresses) keep(pod types.UID, at netip.Addr) { a.of[pod], a.taken[at] = at, pod }

func (a *addresses) release(pod types.UID) {
	if at, ok := a.of[pod]; ok {
		delete(a.of, pod)
		delete(a.taken, at)
	}
}
