package laptop

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"github.com/gwanmun/gwanmun/internal/elbapi/traffic"
)

// lowPortOffset is added to ports below 1024 where this user may not open them.
const lowPortOffset = 8000

// mayOpenLow says whether this user may open ports below 1024.
func mayOpenLow(at netip.Addr) bool {
	for _, port := range []uint16{80, 443} {
		l, err := net.Listen("tcp", netip.AddrPortFrom(at, port).String())
		if errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.EPERM) {
			return false
		}
		if err == nil {
			_ = l.Close() // it was only tried
		}
	}
	return true
}

// bind says where listeners of load balancers are served; nil for where they are.
func bind(low bool) func(netip.AddrPort) netip.AddrPort {
	if low {
		return nil
	}
	return traffic.LowPorts(lowPortOffset)
}

// choose picks the port of a listener of class nginx: the one that was asked for, which must be free; otherwise the
// standard one, one further up, or any.
func choose(at netip.Addr, asked, standard uint16, flag string) (netip.AddrPort, error) {
	candidates := []uint16{standard, standard + lowPortOffset, 0}
	if asked != 0 {
		candidates = []uint16{asked}
	}
	var reason error
	for _, port := range candidates {
		l, err := net.Listen("tcp", netip.AddrPortFrom(at, port).String())
		if err != nil {
			reason = err
			continue
		}
		chosen, err := netip.ParseAddrPort(l.Addr().String())
		if closing := l.Close(); err == nil {
			err = closing
		}
		return chosen, err
	}
	return netip.AddrPort{}, fmt.Errorf("port %d of %s cannot be opened: %w; choose another one with %s", asked, at, reason, flag)
}
