package loopback

import (
	"net"
	"net/netip"
	"testing"
)

func TestPrivateAddressesAreReachedOnThisMachine(t *testing.T) {
	for from, want := range map[string]string{
		"10.42.64.10": "127.42.64.10", "10.0.0.1": "10.0.0.1", "192.0.2.1": "192.0.2.1", "::1": "::1",
		"::ffff:10.42.1.2": "127.42.1.2", "127.0.0.1": "127.0.0.1",
	} {
		if got := Shift(netip.MustParseAddr(from)); got.String() != want {
			t.Errorf("%s is reached at %s, want %s", from, got, want)
		}
	}
}

func TestDialReachesAListenerThroughItsPrivateAddress(t *testing.T) {
	l, err := net.Listen("tcp", "127.77.1.2:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	c, err := Dial(t.Context(), "tcp", "10.77.1.2:"+port)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	if _, err := Dial(t.Context(), "tcp", "no address"); err == nil {
		t.Error("a text that is no address was dialled")
	}
}
