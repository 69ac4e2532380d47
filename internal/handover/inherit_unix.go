//go:build unix

package handover

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"syscall"
)

// Inherited is what this process got from the one that it replaces. A nil *Inherited has nothing.
type Inherited struct {
	mu    sync.Mutex
	ready int
	note  string
	list  []passed
}

// Inherit reads what this process inherits; nil when it replaces nobody. It is called once, at the beginning: the
// processes that this one starts are not to find the same.
func Inherit() (*Inherited, error) {
	text, ok := os.LookupEnv(Environment)
	if !ok {
		return nil, nil
	}
	if err := os.Unsetenv(Environment); err != nil {
		return nil, err
	}
	ready, note, list, err := decode(text)
	if err != nil {
		return nil, err
	}
	in := &Inherited{ready: ready, note: note, list: list}
	syscall.CloseOnExec(ready)
	for _, p := range list {
		syscall.CloseOnExec(p.fd)
	}
	return in, nil
}

// TCP takes the listening socket of that name out of what was inherited; nil when there is none.
func (in *Inherited) TCP(name string) (*net.TCPListener, error) {
	f, err := in.take(TCP, name)
	if f == nil || err != nil {
		return nil, err
	}
	defer f.Close()
	l, err := net.FileListener(f) // a copy, which does not block
	if err != nil {
		return nil, fmt.Errorf("take over tcp %s: %w", name, err)
	}
	tcp, ok := l.(*net.TCPListener)
	if !ok {
		_ = l.Close() // it is not ours
		return nil, fmt.Errorf("take over tcp %s: it is a %T", name, l)
	}
	return tcp, nil
}

// UDP takes the socket of that name out of what was inherited; nil when there is none.
func (in *Inherited) UDP(name string) (*net.UDPConn, error) {
	f, err := in.take(UDP, name)
	if f == nil || err != nil {
		return nil, err
	}
	defer f.Close()
	c, err := net.FilePacketConn(f)
	if err != nil {
		return nil, fmt.Errorf("take over udp %s: %w", name, err)
	}
	udp, ok := c.(*net.UDPConn)
	if !ok {
		_ = c.Close() // it is not ours
		return nil, fmt.Errorf("take over udp %s: it is a %T", name, c)
	}
	return udp, nil
}

// Note is what the process before wanted this one to know.
func (in *Inherited) Note() string {
	if in == nil {
		return ""
	}
	return in.note
}

func (in *Inherited) take(kind Kind, name string) (*os.File, error) {
	if in == nil {
		return nil, nil
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	i := slices.IndexFunc(in.list, func(p passed) bool { return p.kind == kind && p.name == name })
	if i < 0 {
		return nil, nil
	}
	fd := in.list[i].fd
	in.list = slices.Delete(in.list, i, i+1)
	f := os.NewFile(uintptr(fd), fmt.Sprintf("%s %s", kind, name))
	if f == nil {
		return nil, fmt.Errorf("take over %s %s: descriptor %d is not open", kind, name, fd)
	}
	return f, nil
}

// Ready tells the process before that this one serves, and closes what it has no use for. It does nothing the second
// time, and for a process that replaces nobody.
func (in *Inherited) Ready() error {
	if in == nil {
		return nil
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, p := range in.list {
		_ = syscall.Close(p.fd) // nobody listens there any more
	}
	in.list = nil
	if in.ready == 0 {
		return nil
	}
	_, err := syscall.Write(in.ready, []byte{1})
	err = errors.Join(err, syscall.Close(in.ready))
	in.ready = 0
	if err != nil {
		return fmt.Errorf("tell the process before: %w", err)
	}
	return nil
}
