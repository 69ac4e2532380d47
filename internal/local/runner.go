package local

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/echo"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// runner keeps the stand-in pods that are needed running. It has one caller.
type runner struct {
	loopback loopback
	tls      *tls.Config
	running  map[standInKey]standIn
	stopping sync.WaitGroup
	// lag is how long a stand-in that is no longer needed is still reachable, for requests that are on their way to it;
	// grace is how long requests that it has may take from then on. quit ends the lag.
	lag, grace time.Duration
	quit       chan struct{}
}

type standInKey struct {
	service objects.Name
	port    placePort
	pod     string
	node    string
}

// standIn is a stand-in pod's port at work.
type standIn interface {
	Address() netip.AddrPort
	Close(ctx context.Context) error
}

// datagrams is a port of UDP. Nothing is under way there that an end could wait for.
type datagrams struct{ *echo.Datagrams }

func (d datagrams) Close(context.Context) error { return d.Datagrams.Close() }

func newRunner(l loopback, config *tls.Config) *runner {
	return &runner{
		loopback: l, tls: config, running: map[standInKey]standIn{},
		lag: 500 * time.Millisecond, grace: 2 * time.Second, quit: make(chan struct{}),
	}
}

// ensure starts the stand-ins that are missing and returns the EndpointSlices of all places, and those that are no longer
// needed. These go on until stop gets them, so that nothing is sent to a pod that is gone.
func (r *runner) ensure(places []place, into *diag.Collector) (slicesOut []*discoveryv1.EndpointSlice, stale []standInKey) {
	needed := map[standInKey]bool{}
	for i := range places {
		p := &places[i]
		if p.process.IsValid() {
			slicesOut = append(slicesOut, p.slice(p.process.Addr(), repeat(p.process.Port(), len(p.ports))))
			continue
		}
		address := r.loopback.podAddress(p)
		ports := make([]uint16, 0, len(p.ports))
		for _, port := range p.ports {
			key := standInKey{p.service, port, p.pod, p.node.name}
			needed[key] = true
			s, err := r.start(key, netip.AddrPortFrom(address, uint16(port.target)))
			if err != nil {
				into.Add(diag.LocalStandInFailed, objects.Key{Kind: objects.KindService, Name: p.service}.Object(), "",
					diag.A("pod", p.pod), diag.A("reason", err))
				break
			}
			ports = append(ports, s.Address().Port())
		}
		if len(ports) == len(p.ports) {
			slicesOut = append(slicesOut, p.slice(address, ports))
		}
	}
	for key := range r.running {
		if !needed[key] {
			stale = append(stale, key)
		}
	}
	return slicesOut, stale
}

func (r *runner) start(key standInKey, at netip.AddrPort) (standIn, error) {
	if s := r.running[key]; s != nil {
		return s, nil
	}
	id := echo.Identity{Service: key.service.Name, Namespace: key.service.Namespace, Pod: key.pod, Node: key.node}
	if !r.loopback.many {
		at = netip.AddrPortFrom(localhost, 0) // one address for all pods: ports would meet
	}
	if key.port.datagrams {
		conn, err := listenDatagrams(at)
		if err != nil && r.loopback.many {
			conn, err = listenDatagrams(netip.AddrPortFrom(at.Addr(), 0))
		}
		if err != nil {
			return nil, err
		}
		r.running[key] = datagrams{echo.StartDatagrams(conn, id)}
		return r.running[key], nil
	}
	var l net.Listener
	var err error
	if r.loopback.many {
		l, err = listenNear(at)
	} else {
		l, err = listen(at)
	}
	if err != nil {
		return nil, err
	}
	r.running[key] = echo.Start(l, id, r.tls)
	return r.running[key], nil
}

// stop ends stand-ins in the background.
func (r *runner) stop(keys []standInKey) {
	for _, key := range keys {
		s := r.running[key]
		if s == nil {
			continue
		}
		delete(r.running, key)
		r.stopping.Go(func() {
			select {
			case <-time.After(r.lag):
			case <-r.quit:
			}
			ctx, cancel := context.WithTimeout(context.Background(), r.grace) // outlives the change that led here
			defer cancel()
			_ = s.Close(ctx) // what does not end in time is cut
		})
	}
}

// close ends all stand-ins; the runner cannot be used afterwards.
func (r *runner) close() {
	close(r.quit)
	var all []standInKey
	for key := range r.running {
		all = append(all, key)
	}
	r.stop(all)
	r.stopping.Wait()
}

func repeat(port uint16, n int) []uint16 { return slices.Repeat([]uint16{port}, n) }
