package nodeport

import (
	"net"
	"net/netip"
	"testing"
	"time"
)

func TestDatagramsGoToTheEndpointsInTurnAndBack(t *testing.T) {
	endpoint := func(name string) netip.AddrPort {
		conn, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		go func() {
			b := make([]byte, 100)
			for {
				_, peer, err := conn.ReadFrom(b)
				if err != nil {
					return
				}
				conn.WriteTo([]byte(name), peer)
			}
		}()
		return conn.LocalAddr().(*net.UDPAddr).AddrPort()
	}
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := OpenDatagrams(conn, nil)
	defer d.Close()
	ask := func() (string, string) {
		c, err := net.Dial("udp", conn.LocalAddr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		var got [2]string
		for i := range got {
			c.SetDeadline(time.Now().Add(10 * time.Second))
			c.Write([]byte("x"))
			b := make([]byte, 100)
			n, err := c.Read(b)
			if err != nil {
				t.Fatal(err)
			}
			got[i] = string(b[:n])
		}
		return got[0], got[1]
	}
	d.SetEndpoints([]netip.AddrPort{endpoint("a"), endpoint("b")})
	seen := map[string]int{}
	for range 4 {
		first, second := ask()
		if first != second {
			t.Errorf("one client was answered by %s and %s", first, second)
		}
		seen[first]++
	}
	if seen["a"] != 2 || seen["b"] != 2 {
		t.Errorf("%v", seen)
	}
}
