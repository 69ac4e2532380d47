package local

import (
	"net/netip"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/nodeport"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// forwarders play kube-proxy on the stand-in nodes: each node port leads to the Service's endpoints in turn, on whatever
// node they are. They have one caller.
type forwarders struct {
	nodes []standInNode
	open  map[netip.AddrPort]*nodeport.Port
}

func newForwarders(nodes []standInNode) *forwarders {
	return &forwarders{nodes: nodes, open: map[netip.AddrPort]*nodeport.Port{}}
}

// ensure opens and closes node ports and updates where they lead.
func (f *forwarders) ensure(set *objects.Set, into *diag.Collector) {
	needed := map[netip.AddrPort]bool{}
	for _, s := range set.Services() {
		for _, p := range tcpPorts(s) {
			if p.NodePort == 0 {
				continue
			}
			name := objects.Name{Namespace: s.Namespace, Name: s.Name}
			endpoints := nodeport.Endpoints(set.EndpointSlicesOf(name), p.Name, nil)
			for _, n := range f.nodes {
				at := netip.AddrPortFrom(n.address, uint16(p.NodePort))
				needed[at] = true
				if f.open[at] == nil {
					l, err := listen(at)
					if err != nil {
						into.Add(diag.LocalNodePortBusy, objects.Key{Kind: objects.KindService, Name: name}.Object(), "spec.ports",
							diag.A("address", at), diag.A("reason", bindReason(err)))
						continue
					}
					f.open[at] = nodeport.Open(l, nil)
				}
				f.open[at].SetEndpoints(endpoints)
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

func (f *forwarders) close() {
	for _, fw := range f.open {
		fw.Close()
	}
	f.open = nil
}
