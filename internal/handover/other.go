//go:build !unix

package handover

import (
	"context"
	"errors"
	"net"
	"os"
	"time"
)

// Successor says what is to replace this process.
type Successor struct {
	Path                  string
	Args, Environ         []string
	Note                  string
	Within                time.Duration
	Stdin, Stdout, Stderr *os.File
}

// Start is refused: this system cannot pass sockets to another process.
func Start(context.Context, Successor, []Socket) (*os.Process, error) {
	return nil, errors.ErrUnsupported
}

// Inherited is what this process got from the one that it replaces: nothing.
type Inherited struct{}

// Inherit finds nothing.
func Inherit() (*Inherited, error) { return nil, nil }

// TCP finds nothing.
func (*Inherited) TCP(string) (*net.TCPListener, error) { return nil, nil }

// UDP finds nothing.
func (*Inherited) UDP(string) (*net.UDPConn, error) { return nil, nil }

// Note is empty.
func (*Inherited) Note() string { return "" }

// Ready has nobody to tell.
func (*Inherited) Ready() error { return nil }
