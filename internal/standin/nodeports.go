package standin

import (
	"context"
	"net"
	"net/netip"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	corelisters "k8s.io/client-go/listers/core/v1"
	discoverylisters "k8s.io/client-go/listers/discovery/v1"
	"k8s.io/client-go/tools/cache"

	"github.com/gwanmun/gwanmun/internal/nodeport"
)

// nodePorts play kube-proxy on all nodes: each node port leads to the ready endpoints of its Service, with
// externalTrafficPolicy Local only to those on the node itself.
type nodePorts struct {
	options  *Options
	services corelisters.ServiceLister
	slices   discoverylisters.EndpointSliceLister
	synced   []cache.InformerSynced
	// changed holds one note that there is something to do.
	changed chan struct{}
	open    map[nodePortKey]nodePort
	// health are the ports that say whether a node has endpoints of a Service with externalTrafficPolicy Local.
	health map[netip.AddrPort]*healthPort
	// busy are addresses that could not be opened, and have been told of.
	busy map[netip.AddrPort]bool
}

// nodePortKey is a node port on a node; datagrams says that it is one of UDP.
type nodePortKey struct {
	at        netip.AddrPort
	datagrams bool
}

// nodePort is a node port at work.
type nodePort interface {
	SetEndpoints(list []netip.AddrPort)
	Close()
}

func newNodePorts(o *Options, f informers.SharedInformerFactory) *nodePorts {
	services, endpoints := f.Core().V1().Services(), f.Discovery().V1().EndpointSlices()
	p := &nodePorts{
		options: o, services: services.Lister(), slices: endpoints.Lister(), changed: make(chan struct{}, 1),
		open: map[nodePortKey]nodePort{}, health: map[netip.AddrPort]*healthPort{}, busy: map[netip.AddrPort]bool{},
	}
	note := func(any) {
		select {
		case p.changed <- struct{}{}:
		default:
		}
	}
	p.synced = []cache.InformerSynced{watch(services.Informer(), note), watch(endpoints.Informer(), note)}
	return p
}

func (p *nodePorts) run(ctx context.Context) {
	defer func() {
		for _, port := range p.open {
			port.Close()
		}
		for _, port := range p.health {
			port.close()
		}
	}()
	if !synced(ctx, p.synced...) {
		return
	}
	retry := time.NewTicker(5 * time.Second) // an address that another program held may be free by now
	defer retry.Stop()
	for {
		p.sync()
		select {
		case <-ctx.Done():
			return
		case <-p.changed:
		case <-retry.C:
		}
	}
}

func (p *nodePorts) sync() {
	services, err := p.services.List(labels.Everything())
	if err != nil {
		return // listing a cache cannot fail
	}
	needed, wanted := map[netip.AddrPort]bool{}, map[nodePortKey]bool{}
	for _, s := range services {
		p.tellHealth(s, needed)
		for i := range s.Spec.Ports {
			port := &s.Spec.Ports[i]
			if port.NodePort == 0 || !served(port.Protocol) {
				continue
			}
			for _, n := range p.options.Nodes {
				at := netip.AddrPortFrom(p.options.Place(n.Address), uint16(port.NodePort)) //nolint:gosec // the API server checks ports
				needed[at] = true
				k := nodePortKey{at, port.Protocol == corev1.ProtocolUDP}
				wanted[k] = true
				p.lead(k, p.endpoints(s, port, n.Name))
			}
		}
	}
	for k, port := range p.open {
		if !wanted[k] {
			port.Close()
			delete(p.open, k)
		}
	}
	for at, port := range p.health {
		if !needed[at] {
			port.close()
			delete(p.health, at)
		}
	}
	for at := range p.busy {
		if !needed[at] {
			delete(p.busy, at)
		}
	}
}

func (p *nodePorts) lead(k nodePortKey, endpoints []netip.AddrPort) {
	port := p.open[k]
	if port == nil {
		if port = p.serve(k); port == nil {
			return
		}
		p.open[k] = port
	}
	port.SetEndpoints(endpoints)
}

// serve opens a node port; nil when it is taken.
func (p *nodePorts) serve(k nodePortKey) nodePort {
	if !k.datagrams {
		if l := p.listen(k.at); l != nil {
			return nodeport.Open(l, p.options.Dial)
		}
		return nil
	}
	var listen net.ListenConfig
	conn, err := listen.ListenPacket(context.Background(), "udp", k.at.String()) // binding does not wait
	if p.tellBusy(k.at, err); err != nil {
		return nil
	}
	return nodeport.OpenDatagrams(conn, p.options.Dial)
}

// listen opens a port of a node; nil when it is taken, which is told once.
func (p *nodePorts) listen(at netip.AddrPort) net.Listener {
	l, err := net.Listen("tcp", at.String())
	if p.tellBusy(at, err); err != nil {
		return nil
	}
	return l
}

// tellBusy tells once that a node port could not be opened.
func (p *nodePorts) tellBusy(at netip.AddrPort, err error) {
	switch {
	case err == nil:
		delete(p.busy, at)
	case !p.busy[at]:
		p.busy[at] = true
		p.options.Logger.Warn("a node port cannot be opened; it is tried again", "address", at, "error", err)
	}
}

// endpoints are where a node port leads on a node.
func (p *nodePorts) endpoints(s *corev1.Service, port *corev1.ServicePort, node string) []netip.AddrPort {
	list, err := p.slices.EndpointSlices(s.Namespace).List(labels.SelectorFromSet(labels.Set{discoveryv1.LabelServiceName: s.Name}))
	if err != nil {
		return nil // listing a cache cannot fail
	}
	local := s.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal
	return nodeport.Endpoints(list, port.Name, func(e *discoveryv1.Endpoint) bool {
		return !local || e.NodeName != nil && *e.NodeName == node
	})
}
