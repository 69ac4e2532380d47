package laptop

import (
	"errors"
	"net"
	"net/netip"
	"strings"

	"github.com/gwanmun/gwanmun/internal/elbapi/world"
	"github.com/gwanmun/gwanmun/internal/loopback"
	"github.com/gwanmun/gwanmun/internal/standin"
)

// nodesOf are the stand-in nodes: the running machines of the world that its tags give to the cluster. It also returns the
// VPC that they are in.
func nodesOf(w *world.World, cluster string) (nodes []standin.Node, vpc string, err error) {
	region := w.Identity().Region
	for _, i := range w.Instances() {
		if _, ours := i.Tags["kubernetes.io/cluster/"+cluster]; !ours || i.State != "" && i.State != "running" {
			continue
		}
		subnet, ok := w.Subnet(i.Subnet)
		if !ok {
			continue
		}
		vpc = i.VPC
		nodes = append(nodes, standin.Node{
			Name: nodeName(i.PrivateIP, region), Zone: subnet.Zone, Region: region, Instance: i.ID,
			Address: i.PrivateIP, Pods: subnet.CIDR,
		})
	}
	if len(nodes) == 0 {
		return nil, "", errors.New("no running machine of the world is tagged kubernetes.io/cluster/" + cluster +
			": give the cluster's name with --cluster-name, or machines with that tag in the file of --world")
	}
	return nodes, vpc, nil
}

// nodeName is the private DNS name that EC2 gives.
func nodeName(a netip.Addr, region string) string {
	return "ip-" + strings.ReplaceAll(a.String(), ".", "-") + "." + region + ".compute.internal"
}

// claimPort is held on every node's address by the process that plays the node, as kubelet's port would be: two processes on one
// machine must not play the same nodes.
const claimPort = 10250

// claim holds the nodes' addresses.
func claim(nodes []standin.Node) (held []net.Listener, err error) {
	for _, n := range nodes {
		l, err := net.Listen("tcp", netip.AddrPortFrom(loopback.Shift(n.Address), claimPort).String())
		if err != nil {
			for _, h := range held {
				_ = h.Close() // the first error counts
			}
			return nil, errors.New("the addresses of the stand-in nodes are in use: another `gwanmun local` runs on this machine; " +
				"stop it, or give this one other addresses with --world (" + err.Error() + ")")
		}
		held = append(held, l)
	}
	return held, nil
}
