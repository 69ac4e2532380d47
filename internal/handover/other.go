//go:build !unix

package handover

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"time"
)

// Successor says what is to replace this process.
type Successor struct {
	Path                  string
	Args, Environ         []string
	Within                time.Duration
	Stdin, Stdout, Stderr *os.File
}

// Start is refused: this system cannot pass sockets to another process.
func Start(context.Context, Successor, []Socket) (*os.Process, error) { return nil, errors.ErrUnsupported }

// Inherited is what this process got from the one that it replaces: nothing.
type Inherited struct{}

// Inherit finds nothing.
func Inherit() (*Inherited, error) { return nil, nil }

// TCP finds nothing.
func (*Inherited) TCP(netip.AddrPort) (*net.TCPListener, error) { return nil, nil }

// UDP finds nothing.
func (*Inherited) UDP(netip.AddrPort) (*net.UDPConn, error) { return nil, nil }

// Ready has nobody to tell.
func (*Inherited) Ready() error { return nil }
