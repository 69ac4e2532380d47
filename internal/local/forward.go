package local

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/nodeport"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// forwarders play kube-proxy on the stand-in nodes: each node port leads to the Service's endpoints in turn, on whatever
// node they are. They have one caller.
type forwarders struct {
	nodes []standInNode
	open  map[forwardKey]forwarder
}

// forwardKey is a node port on a node.
type forwardKey struct {
	at        netip.AddrPort
	datagrams bool
}

// forwarder is a node port at work.
type forwarder interface {
	SetEndpoints(list []netip.AddrPort)
	Close()
}

func newForwarders(nodes []standInNode) *forwarders {
	return &forwarders{nodes: nodes, open: map[forwardKey]forwarder{}}
}

// ensure opens and closes node ports and updates where they lead.
func (f *forwarders) ensure(set *objects.Set, into *diag.Collector) {
	needed := map[forwardKey]bool{}
	for _, s := range set.Services() {
		for _, p := range servedPorts(s) {
			if p.NodePort == 0 {
				continue
			}
			name := objects.Name{Namespace: s.Namespace, Name: s.Name}
			endpoints := nodeport.Endpoints(set.EndpointSlicesOf(name), p.Name, nil)
			for _, n := range f.nodes {
				at := netip.AddrPortFrom(n.address, uint16(p.NodePort))
				k := forwardKey{at, p.Protocol == corev1.ProtocolUDP}
				needed[k] = true
				if f.open[k] == nil {
					opened, err := k.open()
					if err != nil {
						into.Add(diag.LocalNodePortBusy, objects.Key{Kind: objects.KindService, Name: name}.Object(), "spec.ports",
							diag.A("address", at), diag.A("reason", bindReason(err)))
						continue
					}
					f.open[k] = opened
				}
				f.open[k].SetEndpoints(endpoints)
			}
		}
	}
	for at, fw := range f.open {
		if !needed[at] {
			fw.Close()
			delete(f.open, at)
		}
	}
}

// open binds the port and serves it.
func (k forwardKey) open() (forwarder, error) {
	if k.datagrams {
		conn, err := listenDatagrams(k.at)
		if err != nil {
			return nil, err
		}
		return nodeport.OpenDatagrams(conn, nil), nil
	}
	l, err := listen(k.at)
	if err != nil {
		return nil, err
	}
	return nodeport.Open(l, nil), nil
}

func (f *forwarders) close() {
	for _, fw := range f.open {
		fw.Close()
	}
	f.open = nil
}
