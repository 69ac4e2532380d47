package box

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"syscall"

	"github.com/gwanmun/gwanmun/kubebox/internal/state"
)

// DefaultServiceCIDR is where cluster IPs come from unless the user says otherwise.
const DefaultServiceCIDR = "10.96.0.0/16"

// Options say what to run.
type Options struct {
	// StateDir is made if there is none.
	StateDir string
	// Listen is a loopback address and a port. Port 0: the port of the last start if it is free, otherwise any.
	Listen string
	// ServiceCIDR is where cluster IPs come from; empty: as at the first start, or DefaultServiceCIDR.
	ServiceCIDR string
	// LogFile takes the components' logs; empty: kubebox.log in the state folder.
	LogFile string
	// ReadyFile, if not empty, gets the text of Info when the cluster can be used, and is removed at the end.
	ReadyFile string
	// Ready is called once, when the cluster can be used. An error of it ends the run.
	Ready func(Info) error
	// Say takes remarks for the user, one line each without a line end.
	Say func(line string)
}

// listen opens the API server's port.
func listen(wanted string, last int) (net.Listener, error) {
	host, port, err := net.SplitHostPort(wanted)
	if err != nil {
		return nil, fmt.Errorf("--listen %s: write it as 127.0.0.1:PORT, with port 0 for any free one", wanted)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if address, err := netip.ParseAddr(host); err != nil || !address.IsLoopback() {
		return nil, fmt.Errorf("--listen %s: kubebox serves this machine only; use a loopback address such as 127.0.0.1", wanted)
	}
	if port == "0" && last != 0 {
		if l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(last))); err == nil {
			return l, nil
		}
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("port %s of %s is in use by another program: stop that one, or choose another port with --listen (0 = any free one)", port, host)
	}
	if err != nil {
		return nil, fmt.Errorf("--listen %s: %w", wanted, err)
	}
	return l, nil
}

// settleServices decides about the service CIDR and remembers it.
func settleServices(dir *state.Dir, wanted string) error {
	kept := dir.Facts.ServiceCIDR
	switch {
	case wanted == "" && kept == "":
		dir.Facts.ServiceCIDR = DefaultServiceCIDR
		return nil
	case wanted == "":
		return nil
	}
	prefix, err := netip.ParsePrefix(wanted)
	if err != nil || prefix != prefix.Masked() {
		return fmt.Errorf("--service-cidr %s: write it as a network and a length, such as %s", wanted, DefaultServiceCIDR)
	}
	if kept != "" && kept != wanted {
		return fmt.Errorf("--service-cidr %s: the Services in %s have addresses of %s; leave the flag away, or choose another --state-dir",
			wanted, dir.Path, kept)
	}
	dir.Facts.ServiceCIDR = wanted
	return nil
}
