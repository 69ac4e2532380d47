package testkit

import (
	"bufio"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// script is what a pod answers byte by byte, whatever it is asked.
type script struct {
	bytes string
	// stay keeps the connection open behind them.
	stay     bool
	listener net.Listener
	served   sync.WaitGroup
}

// scriptOf makes a script of an order's words: lines of an answer, with CR LF between them. The last one ends with the
// body's last byte, or in the middle of the head.
func scriptOf(words []string, stay bool) *script {
	return &script{bytes: strings.Join(words, "\r\n"), stay: stay}
}

// start begins to answer.
func (s *script) start() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.listener = l
	s.served.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return // close has closed it
			}
			s.served.Go(func() { s.answer(conn) })
		}
	})
	return nil
}

// answer reads a head and answers it. The beginning of TLS is answered at once.
func (s *script) answer(conn net.Conn) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(requestTimeout)) // a socket that is closed already fails below
	in := bufio.NewReader(conn)
	const handshake = 0x16
	first, err := in.Peek(1)
	for err == nil && first[0] != handshake {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		if line == "\r\n" {
			break
		}
	}
	if _, err := io.WriteString(conn, s.bytes); err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok && !s.stay {
		_ = tcp.CloseWrite() // closed with a body unread, the connection would break off and take the answer with it
	}
	_, _ = io.Copy(io.Discard, in) // until the proxy ends it
}

func (s *script) close() {
	_ = s.listener.Close() // it was only waiting
	s.served.Wait()
}

// scripted is where connections to an address end when its pod has a script; "" when it has none.
func (n *network) scripted(address string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	id, ok := n.known[address]
	if s := n.scripts[id.Pod]; ok && s != nil {
		return s.listener.Addr().String()
	}
	return ""
}

// follow gives a pod a script, or takes it away with nil. The lock is held.
func (n *network) follow(pod string, s *script) error {
	if s != nil {
		if err := s.start(); err != nil {
			return err
		}
	}
	if old := n.scripts[pod]; old != nil {
		n.done = append(n.done, old)
		_ = old.listener.Close() // it was only waiting
	}
	if n.scripts == nil {
		n.scripts = map[string]*script{}
	}
	n.scripts[pod] = s
	return nil
}

// endScripts ends all of them. The lock is held.
func (n *network) endScripts() {
	for _, s := range n.scripts {
		if s != nil {
			n.done = append(n.done, s)
		}
	}
	for _, s := range n.done {
		s.close()
	}
}
