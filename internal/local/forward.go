package local

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// forwarders play kube-proxy on the stand-in nodes: each node port leads to the Service's endpoints in turn, on whatever
// node they are. They have one caller.
type forwarders struct {
	nodes []standInNode
	open  map[netip.AddrPort]*forwarder
}

func newForwarders(nodes []standInNode) *forwarders {
	return &forwarders{nodes: nodes, open: map[netip.AddrPort]*forwarder{}}
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
			endpoints := endpointsOf(set, name, p)
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
					f.open[at] = newForwarder(l)
				}
				f.open[at].endpoints.Store(&endpoints)
			}
		}
	}
	for at, fw := range f.open {
		if !needed[at] {
			fw.close()
			delete(f.open, at)
		}
	}
}

func (f *forwarders) close() {
	for _, fw := range f.open {
		fw.close()
	}
	f.open = nil
}

// endpointsOf lists the ready endpoints of a Service's port.
func endpointsOf(set *objects.Set, service objects.Name, p corev1.ServicePort) []netip.AddrPort {
	var out []netip.AddrPort
	for _, s := range set.EndpointSlicesOf(service) {
		for _, port := range s.Ports {
			if port.Port == nil || port.Name == nil || *port.Name != p.Name {
				continue
			}
			for _, e := range s.Endpoints {
				if e.Conditions.Ready != nil && !*e.Conditions.Ready || len(e.Addresses) == 0 {
					continue
				}
				if a, err := netip.ParseAddr(e.Addresses[0]); err == nil {
					out = append(out, netip.AddrPortFrom(a, uint16(*port.Port)))
				}
			}
		}
	}
	slices.SortFunc(out, netip.AddrPort.Compare)
	return out
}

// forwarder is one node port of one node.
type forwarder struct {
	listener  net.Listener
	endpoints atomic.Pointer[[]netip.AddrPort]
	next      atomic.Uint64
	work      sync.WaitGroup

	mu     sync.Mutex
	conns  map[net.Conn]struct{}
	closed bool
}

func newForwarder(l net.Listener) *forwarder {
	f := &forwarder{listener: l, conns: map[net.Conn]struct{}{}}
	f.endpoints.Store(&[]netip.AddrPort{})
	f.work.Go(f.accept)
	return f
}

func (f *forwarder) accept() {
	for {
		c, err := f.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of descriptors, most likely
			time.Sleep(20 * time.Millisecond)
			continue
		}
		f.work.Go(func() { f.forward(c) })
	}
}

// forward joins a client's connection to an endpoint until both sides have ended.
func (f *forwarder) forward(client net.Conn) {
	if !f.hold(client) {
		return
	}
	defer f.drop(client)
	target := f.dial()
	if target == nil || !f.hold(target) {
		return
	}
	defer f.drop(target)
	done := make(chan struct{})
	go func() {
		defer close(done)
		pipe(target, client)
	}()
	pipe(client, target)
	<-done
}

// dial tries each endpoint once, beginning with the one whose turn it is.
func (f *forwarder) dial() net.Conn {
	endpoints := *f.endpoints.Load()
	start := f.next.Add(1)
	for i := range endpoints {
		at := endpoints[(start+uint64(i))%uint64(len(endpoints))]
		if c, err := net.DialTimeout("tcp", at.String(), 2*time.Second); err == nil {
			return c
		}
	}
	return nil
}

// pipe copies one direction and then closes that half. Both ends are TCP connections, so the kernel does the copying
// where it can.
func pipe(to, from net.Conn) {
	_, err := io.Copy(to, from)
	half, ok := to.(*net.TCPConn)
	if err != nil || !ok || half.CloseWrite() != nil {
		to.Close()
		from.Close()
	}
}

// hold keeps a connection for close to find; it closes the connection and says false when it is too late.
func (f *forwarder) hold(c net.Conn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		c.Close()
		return false
	}
	f.conns[c] = struct{}{}
	return true
}

func (f *forwarder) drop(c net.Conn) {
	f.mu.Lock()
	delete(f.conns, c)
	f.mu.Unlock()
	c.Close()
}

func (f *forwarder) close() {
	f.listener.Close()
	f.mu.Lock()
	f.closed = true
	for c := range f.conns {
		c.Close()
	}
	f.mu.Unlock()
	f.work.Wait()
}
