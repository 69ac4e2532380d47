package relay_test

import (
	"encoding/binary"
	"encoding/hex"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/relay"
)

func addrPort(a net.Addr) netip.AddrPort { return a.(*net.TCPAddr).AddrPort() }

// slowCRC is CRC-32C by its definition, bit by bit.
func slowCRC(b []byte) uint32 {
	sum := ^uint32(0)
	for _, c := range b {
		sum ^= uint32(c)
		for range 8 {
			bit := sum & 1
			sum >>= 1
			if bit == 1 {
				sum ^= 0x82f63b78
			}
		}
	}
	return ^sum
}

func TestTheHeaderOfTheProxyProtocolHasTheBytesOfANetworkLoadBalancer(t *testing.T) {
	const signature = "0d0a0d0a000d0a515549540a"
	for _, c := range []struct {
		name, client, local, want string
		sum                       int
	}{
		{
			"IPv4", "198.51.100.7:40112", "10.1.0.5:443",
			signature + "2111" + "0054" + "c6336407" + "0a010005" + "9cb0" + "01bb" +
				"030004" + "00000000" + "04003e" + strings.Repeat("00", 62), 31,
		},
		{
			"IPv6", "[2001:db8::1]:40112", "[2001:db8::2]:443",
			signature + "2121" + "006c" + "20010db8000000000000000000000001" + "20010db8000000000000000000000002" + "9cb0" + "01bb" +
				"030004" + "00000000" + "04003e" + strings.Repeat("00", 62), 55,
		},
	} {
		want, err := hex.DecodeString(c.want)
		if err != nil {
			t.Fatal(err)
		}
		binary.BigEndian.PutUint32(want[c.sum:], slowCRC(want))
		got := relay.AppendPreface(nil, netip.MustParseAddrPort(c.client), netip.MustParseAddrPort(c.local))
		if string(got) != string(want) {
			t.Errorf("%s:\n got %x\nwant %x", c.name, got, want)
		}
	}
	if n := len(relay.AppendPreface(nil, netip.MustParseAddrPort("1.2.3.4:5"), netip.MustParseAddrPort("5.6.7.8:9"))); n != 100 {
		t.Errorf("%d bytes over IPv4, want 100", n)
	}
}

func TestTheHeaderComesBeforeWhatTheClientSends(t *testing.T) {
	got := make(chan []byte, 1)
	h := newHouse(t, plan{
		group: model.TargetGroup{Attributes: []model.Attribute{{Key: "proxy_protocol_v2.enabled", Value: "true"}}},
		targets: []string{target(t, func(c *net.TCPConn) {
			b, _ := io.ReadAll(c)
			got <- b
		})},
	})
	c := h.dial()
	io.WriteString(c, "PROXY TCP4 1.1.1.1 2.2.2.2 3 4\r\nGET /")
	c.CloseWrite()
	want := string(relay.AppendPreface(nil, addrPort(c.LocalAddr()), addrPort(c.RemoteAddr()))) + "PROXY TCP4 1.1.1.1 2.2.2.2 3 4\r\nGET /"
	if b := <-got; string(b) != want {
		t.Errorf("the target got %q", b)
	}
	if f := h.ended(1)[0]; f.BytesIn != int64(len(want)-100) {
		t.Errorf("%d bytes recorded", f.BytesIn)
	}
}
