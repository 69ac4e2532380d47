package testkit

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/gwanmun/gwanmun/internal/echo"
	"github.com/gwanmun/gwanmun/internal/objects"
	"github.com/gwanmun/gwanmun/internal/testkit/provider"
)

// network stands for the pods and nodes of a case: connections to their addresses end at echoes on loopback, which are
// started when something first dials them.
type network struct {
	// provider is where the proxy lets users log in; nil for nobody.
	provider *provider.Provider
	mu       sync.Mutex
	known    map[string]echo.Identity
	echoes   map[string]*echo.Server
	// datagrams are those that answer datagrams.
	datagrams map[string]*echo.Datagrams
	tls       *tls.Config
	refuse    []string
	// hang are pods that take connections and never answer.
	hang []string
	void net.Listener
	// scripts are what pods answer byte by byte; done are those that have ended.
	scripts map[string]*script
	done    []*script
	// answers are statuses that pods answer everything with, by address.
	answers map[string]int
}

func newNetwork(refuse []string) (*network, error) {
	made, err := selfMade()
	if err != nil {
		return nil, err
	}
	cert, err := tls.X509KeyPair(made.chain, made.key)
	if err != nil {
		return nil, err
	}
	return &network{
		refuse: refuse,
		known:  map[string]echo.Identity{}, echoes: map[string]*echo.Server{}, datagrams: map[string]*echo.Datagrams{},
		tls: &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2", "http/1.1"}},
	}, nil
}

// learn enters the addresses of all endpoints, and of all nodes with the node ports of all Services.
func (n *network) learn(set *objects.Set) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, s := range set.Services() {
		for _, slice := range set.EndpointSlicesOf(objects.Name{Namespace: s.Namespace, Name: s.Name}) {
			for i := range slice.Endpoints {
				e := &slice.Endpoints[i]
				id := echo.Identity{Service: s.Name, Namespace: s.Namespace}
				if e.TargetRef != nil {
					id.Pod = e.TargetRef.Name
				}
				if e.NodeName != nil {
					id.Node = *e.NodeName
				}
				for _, address := range e.Addresses {
					for _, p := range slice.Ports {
						n.known[net.JoinHostPort(address, strconv.Itoa(int(*p.Port)))] = id
					}
				}
			}
		}
		for _, node := range set.Nodes() {
			for _, p := range s.Spec.Ports {
				for _, a := range node.Status.Addresses {
					n.known[net.JoinHostPort(a.Address, strconv.Itoa(int(p.NodePort)))] = echo.Identity{
						Service: s.Name, Namespace: s.Namespace, Pod: s.Name + "-on-" + node.Name, Node: node.Name,
					}
				}
			}
		}
	}
}

// dial connects to the echo that stands at an address; nobody answers at addresses that no object names.
func (n *network) dial(ctx context.Context, protocol, address string) (net.Conn, error) {
	var d net.Dialer
	if silent := n.silent(address); silent != "" {
		return d.DialContext(ctx, protocol, silent)
	}
	if at := n.scripted(address); at != "" {
		return d.DialContext(ctx, protocol, at)
	}
	if protocol == "udp" {
		return n.dialDatagrams(ctx, address)
	}
	s, err := n.echo(address)
	if err != nil {
		return nil, err
	}
	return d.DialContext(ctx, protocol, s.Address().String())
}

// dialDatagrams is dial for datagrams. Who refuses connections has nobody that listens there either.
func (n *network) dialDatagrams(ctx context.Context, address string) (net.Conn, error) {
	n.mu.Lock()
	s := n.datagrams[address]
	if s == nil {
		id, ok := n.known[address]
		if !ok || slices.Contains(n.refuse, id.Pod) {
			n.mu.Unlock()
			return nil, fmt.Errorf("dial %s: %w", address, syscall.ECONNREFUSED)
		}
		conn, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			n.mu.Unlock()
			return nil, err
		}
		s = echo.StartDatagrams(conn, id)
		n.datagrams[address] = s
	}
	n.mu.Unlock()
	var d net.Dialer
	return d.DialContext(ctx, "udp", s.Address().String())
}

func (n *network) echo(address string) (*echo.Server, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if s := n.echoes[address]; s != nil {
		return s, nil
	}
	id, ok := n.known[address]
	if !ok || slices.Contains(n.refuse, id.Pod) {
		return nil, fmt.Errorf("dial %s: %w", address, syscall.ECONNREFUSED)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := echo.Start(l, id, n.tls)
	s.Answer(n.answers[address])
	s.Answer(n.answers[address])
	n.echoes[address] = s
	return s, nil
}

func (n *network) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for _, s := range n.echoes {
		_ = s.Close(ctx) // what still runs belongs to a request that failed already
	}
	for _, s := range n.datagrams {
		_ = s.Close() // as above
	}
	n.endScripts()
	if n.void != nil {
		_ = n.void.Close() // nobody waits for it
	}
}
