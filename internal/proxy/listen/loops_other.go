//go:build !linux

package listen

import "net"

// defaultDriver is the only one where there is no event loop.
const (
	loopOffered   = false
	defaultDriver = Goroutines
)

type loops struct{}

func newLoops(*Set) *loops { return nil }

func (l *loops) stop() {}

func (l *loops) stats() []LoopStats { return nil }

func (k *socket) acceptNext() error { return k.acceptTCP() }

// acceptor is for event loops.
type acceptor struct{}

func (a *acceptor) prepare(*Set, *net.TCPListener) error { return nil }

func (a *acceptor) close() {}
