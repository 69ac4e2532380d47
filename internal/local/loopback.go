package local

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"runtime"
	"syscall"
)

// loopback is what this machine can listen on.
type loopback struct {
	// many says that all of 127.0.0.0/8 is there, as on Linux; elsewhere only 127.0.0.1 is.
	many bool
}

// thisMachine says what the operating system gives. Linux answers for the whole of 127.0.0.0/8 without being asked.
func thisMachine() loopback { return loopback{many: runtime.GOOS == "linux"} }

var localhost = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// Parts of 127.0.0.0/8, so that load balancers, nodes and pods never meet and can be told apart in logs.
const (
	nodeNetwork = 32 // 127.32.0.0/11
	podNetwork  = 64 // 127.64.0.0/10
)

// address is an address of a part of 127.0.0.0/8 that follows from a name.
func (l loopback) address(network byte, bits int, name string) netip.Addr {
	if !l.many {
		return localhost
	}
	h := hash(name)
	host := h & (1<<(32-bits) - 1)
	if host&0xff == 0 || host&0xff == 255 {
		host ^= 1 // looks like a network or broadcast address, which confuses people
	}
	var a [4]byte
	binary.BigEndian.PutUint32(a[:], 127<<24|uint32(network)<<16|host)
	return netip.AddrFrom4(a)
}

// podAddress is the address of a stand-in pod.
func (l loopback) podAddress(p *place) netip.Addr {
	return l.address(podNetwork, 10, p.service.Namespace+"/"+p.pod)
}

func hash(name string) uint32 {
	sum := sha256.Sum256([]byte(name))
	return binary.BigEndian.Uint32(sum[:4])
}

// listen opens a TCP listener.
func listen(a netip.AddrPort) (net.Listener, error) { return net.Listen("tcp", a.String()) }

// listenNear opens a listener on the address and port, or on the address and any port when that one is taken or may not
// be bound.
func listenNear(a netip.AddrPort) (net.Listener, error) {
	l, err := listen(a)
	if err != nil && (errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.EPERM)) {
		return listen(netip.AddrPortFrom(a.Addr(), 0))
	}
	return l, err
}

// listenDatagrams binds an address and port for UDP.
func listenDatagrams(a netip.AddrPort) (net.PacketConn, error) {
	var config net.ListenConfig
	return config.ListenPacket(context.Background(), "udp", a.String()) // binding does not wait
}

// mayListen says whether an address and port could be bound now, and otherwise why not.
func mayListen(a netip.AddrPort) error {
	l, err := listen(a)
	if err != nil {
		return err
	}
	return l.Close()
}

// bindReason says in few words why an address could not be bound.
func bindReason(err error) string {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return "another program uses it"
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		return "only the administrator may open ports below 1024"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "this machine does not have the address"
	}
	return err.Error()
}
