package echo

import (
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"
)

// either is a listener whose connections are TLS or not, by their first byte.
type either struct {
	net.Listener
	config *tls.Config
	ready  chan net.Conn
	done   chan struct{}
	once   sync.Once
	work   sync.WaitGroup

	mu      sync.Mutex
	waiting map[net.Conn]struct{}
}

// tlsHandshake is the first byte of a TLS record that holds a handshake; no HTTP method begins with it.
const tlsHandshake = 0x16

func newEither(l net.Listener, config *tls.Config) *either {
	e := &either{
		Listener: l, config: config, ready: make(chan net.Conn), done: make(chan struct{}), waiting: map[net.Conn]struct{}{},
	}
	e.work.Add(1)
	go e.accept()
	return e
}

func (e *either) accept() {
	defer e.work.Done()
	for {
		c, err := e.Listener.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return
			}
			select { // out of descriptors, most likely: others may close some
			case <-time.After(50 * time.Millisecond):
				continue
			case <-e.done:
				return
			}
		}
		e.work.Add(1)
		go e.look(c)
	}
}

// look waits for the first byte of a connection and hands the connection on.
func (e *either) look(c net.Conn) {
	defer e.work.Done()
	if !e.wait(c, true) {
		c.Close()
		return
	}
	first := make([]byte, 1)
	_ = c.SetReadDeadline(time.Now().Add(5 * time.Minute)) // Read tells
	n, err := c.Read(first)
	e.wait(c, false)
	if n == 0 || err != nil {
		c.Close()
		return
	}
	_ = c.SetReadDeadline(time.Time{}) // the next Read tells
	var out net.Conn = &peeked{Conn: c, first: first}
	if first[0] == tlsHandshake {
		out = tls.Server(out, e.config)
	}
	select {
	case e.ready <- out:
	case <-e.done:
		c.Close()
	}
}

// wait notes that a connection waits for its first byte, or no longer does; false when the listener is closed.
func (e *either) wait(c net.Conn, waits bool) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !waits {
		delete(e.waiting, c)
		return true
	}
	select {
	case <-e.done:
		return false
	default:
		e.waiting[c] = struct{}{}
		return true
	}
}

// Accept returns the next connection that has sent something.
func (e *either) Accept() (net.Conn, error) {
	select {
	case c := <-e.ready:
		return c, nil
	case <-e.done:
		return nil, net.ErrClosed
	}
}

// Close stops listening and closes the connections that have not sent anything.
func (e *either) Close() error {
	err := net.ErrClosed
	e.once.Do(func() {
		close(e.done)
		err = e.Listener.Close()
		e.mu.Lock()
		for c := range e.waiting {
			c.Close()
		}
		e.mu.Unlock()
		e.work.Wait()
	})
	return err
}

// peeked is a connection whose first byte was read already.
type peeked struct {
	net.Conn
	first []byte
}

func (p *peeked) Read(b []byte) (int, error) {
	if len(p.first) > 0 && len(b) > 0 {
		n := copy(b, p.first)
		p.first = p.first[n:]
		return n, nil
	}
	return p.Conn.Read(b)
}
