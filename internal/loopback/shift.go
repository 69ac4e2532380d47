package loopback

import (
	"context"
	"net"
	"net/netip"
)

// Addresses of the two networks begin with these bytes.
const (
	private = 10
	local   = 127
)

// Shift is where an address is reached on this machine: 10.a.b.c at 127.a.b.c, any other where it is. Addresses of
// 10.0.0.0/16 stay too, since 127.0.0.0/16 holds addresses that other programs use.
func Shift(a netip.Addr) netip.Addr {
	a = a.Unmap()
	if !a.Is4() {
		return a
	}
	b := a.As4()
	if b[0] != private || b[1] == 0 {
		return a
	}
	b[0] = local
	return netip.AddrFrom4(b)
}

// Dial opens a connection to an address or to where it is shifted; it is a hook for the proxy (proxy.Options.Dial).
func Dial(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, network, ShiftText(address))
}

// ShiftText shifts "address:port"; texts of other forms stay.
func ShiftText(address string) string {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return address
	}
	return netip.AddrPortFrom(Shift(at.Addr()), at.Port()).String()
}
