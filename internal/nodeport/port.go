package nodeport

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Dial opens connections to endpoints.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// dialTime bounds the wait for one endpoint.
const dialTime = 2 * time.Second

// Port is one node port of one node. Its methods may be called from any goroutine.
type Port struct {
	listener  net.Listener
	dialer    Dial
	endpoints atomic.Pointer[[]netip.AddrPort]
	next      atomic.Uint64
	work      sync.WaitGroup

	mu     sync.Mutex
	conns  map[net.Conn]struct{}
	closed bool
}

// Open serves a listener, which Close closes. A nil dial is a plain one.
func Open(l net.Listener, dial Dial) *Port {
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	f := &Port{listener: l, dialer: dial, conns: map[net.Conn]struct{}{}}
	f.endpoints.Store(&[]netip.AddrPort{})
	f.work.Go(f.accept)
	return f
}

// SetEndpoints replaces where connections go; those that are open stay where they are.
func (f *Port) SetEndpoints(list []netip.AddrPort) { f.endpoints.Store(&list) }

func (f *Port) accept() {
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
func (f *Port) forward(client net.Conn) {
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
func (f *Port) dial() net.Conn {
	endpoints := *f.endpoints.Load()
	start := f.next.Add(1)
	for i := range endpoints {
		at := endpoints[(start+uint64(i))%uint64(len(endpoints))]
		if c, err := f.reach(at); err == nil {
			return c
		}
	}
	return nil
}

func (f *Port) reach(at netip.AddrPort) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), dialTime) // the client that waits has no context
	defer cancel()
	return f.dialer(ctx, "tcp", at.String())
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
func (f *Port) hold(c net.Conn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		c.Close()
		return false
	}
	f.conns[c] = struct{}{}
	return true
}

func (f *Port) drop(c net.Conn) {
	f.mu.Lock()
	delete(f.conns, c)
	f.mu.Unlock()
	c.Close()
}

// Close stops listening and cuts what is open. It returns when nothing of the port is left.
func (f *Port) Close() {
	f.listener.Close()
	f.mu.Lock()
	f.closed = true
	for c := range f.conns {
		c.Close()
	}
	f.mu.Unlock()
	f.work.Wait()
}
