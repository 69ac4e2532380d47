package echo

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Identity says which pod a server stands for.
type Identity struct {
	Service   string
	Namespace string
	Pod       string
	Node      string
}

// Server is a running stand-in pod.
type Server struct {
	identity Identity
	http     *http.Server
	address  netip.AddrPort
	served   chan struct{}
	// tunnels are the connections that became WebSockets; the HTTP server forgets them.
	mu      sync.Mutex
	tunnels map[net.Conn]struct{}
	open    sync.WaitGroup
	closed  bool
	status  atomic.Int32
}

// Start serves HTTP/1.1 and HTTP/2 on a listener, which the server closes in the end. With a TLS configuration, connections that begin with
// a TLS handshake are served too, on the same port: a stand-in does not know how its Service is going to be called.
func Start(l net.Listener, id Identity, tlsConfig *tls.Config) *Server {
	s := &Server{identity: id, served: make(chan struct{}), tunnels: map[net.Conn]struct{}{}}
	if a, ok := l.Addr().(*net.TCPAddr); ok {
		s.address = a.AddrPort()
	}
	protocols := &http.Protocols{}
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	s.http = &http.Server{
		Protocols:         protocols,
		Handler:           http.HandlerFunc(s.serve),
		ReadHeaderTimeout: 30 * time.Second,
		IdleTimeout:       5 * time.Minute,
		MaxHeaderBytes:    1 << 20,
		ErrorLog:          quiet(),
	}
	if tlsConfig != nil {
		l = newEither(l, tlsConfig)
	}
	go func() {
		defer close(s.served)
		_ = s.http.Serve(l) // it ends when Close closes the listener
	}()
	return s
}

// Address is where the server listens.
func (s *Server) Address() netip.AddrPort { return s.address }

// Answer makes all further answers have that status, whatever requests ask for; 0 leaves it to them again.
func (s *Server) Answer(status int) { s.status.Store(int32(status)) }

// Identity says which pod the server stands for.
func (s *Server) Identity() Identity { return s.identity }

// Close stops listening, lets requests in flight end until ctx does, and then cuts what is left.
func (s *Server) Close(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, s.http.Close())
	}
	s.mu.Lock()
	s.closed = true
	for c := range s.tunnels {
		_ = c.Close() // its reader sees the error
	}
	s.mu.Unlock()
	s.open.Wait()
	<-s.served
	return err
}

// track keeps a hijacked connection until the returned function is called; false when the server is closing.
func (s *Server) track(c net.Conn) (done func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, false
	}
	s.tunnels[c] = struct{}{}
	s.open.Add(1)
	return func() {
		s.mu.Lock()
		delete(s.tunnels, c)
		s.mu.Unlock()
		s.open.Done()
	}, true
}
