package local

import (
	"fmt"
	"net"
	"net/netip"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The stand-in region; its zones are "local-1a" and so on, like those of a cloud.
const region = "local-1"

// standInNode is a node that does not exist.
type standInNode struct {
	name, zone string
	// instance looks like an EC2 instance id.
	instance string
	address  netip.Addr
}

// nodeLockPort is held by the process that uses a node's address, so that two processes never forward for one another's
// Services. It stands for the node as kubelet's port would.
const nodeLockPort = 29999

// plannedNodes are the stand-in nodes of zones a and b, without a claim on their addresses. Where there is only one
// loopback address there is only one node, since all nodes of a cluster have the same node ports.
func plannedNodes(l loopback) []standInNode {
	var out []standInNode
	for i, letter := range []string{"a", "b"} {
		if i > 0 && !l.many {
			break
		}
		name := "stand-in-node-" + letter
		out = append(out, standInNode{
			name: name, zone: region + letter, instance: fmt.Sprintf("i-%017x", hash(name)),
			address: l.address(nodeNetwork, 11, name),
		})
	}
	return out
}

// claimNodes gives each node an address that no other process of ours uses. The listeners hold the claims.
func claimNodes(l loopback) (nodes []standInNode, claims []net.Listener) {
	nodes = plannedNodes(l)
	if !l.many {
		return nodes, nil
	}
	for i := range nodes {
		first := nodes[i].address
		for attempt := range 64 {
			claim, err := listen(netip.AddrPortFrom(nodes[i].address, nodeLockPort))
			if err == nil {
				claims = append(claims, claim)
				break
			}
			nodes[i].address = l.address(nodeNetwork, 11, fmt.Sprint(nodes[i].name, attempt))
			if attempt == 63 {
				nodes[i].address = first // somebody holds the port on every address; do without a claim
			}
		}
	}
	return nodes, claims
}

// object is the node as an API server would show it.
func (n standInNode) object() *corev1.Node {
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: n.name,
			Labels: map[string]string{
				corev1.LabelHostname: n.name, corev1.LabelTopologyZone: n.zone, corev1.LabelTopologyRegion: region,
				corev1.LabelOSStable: "linux", managedBy: "true",
			},
		},
		Spec: corev1.NodeSpec{ProviderID: "aws:///" + n.zone + "/" + n.instance},
		Status: corev1.NodeStatus{
			Addresses: []corev1.NodeAddress{
				{Type: corev1.NodeInternalIP, Address: n.address.String()}, {Type: corev1.NodeHostName, Address: n.name},
			},
			Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}},
		},
	}
}
