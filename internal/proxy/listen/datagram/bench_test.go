package datagram_test

import (
	"net"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
)

// bare is an echo that takes no memory.
func bare(t testing.TB) model.Target {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	udp := conn.(*net.UDPConn)
	_ = udp.SetReadBuffer(4 << 20) // as much as the system gives
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 1<<16)
		for {
			n, peer, err := udp.ReadFromUDPAddrPort(b)
			if err != nil {
				return
			}
			_, _ = udp.WriteToUDPAddrPort(b[:n], peer) // a lost answer fails the test
		}
	}()
	t.Cleanup(func() {
		udp.Close()
		<-done
	})
	at := udp.LocalAddr().(*net.UDPAddr).AddrPort()
	return model.Target{ID: at.Addr().String(), Port: int32(at.Port())}
}

// BenchmarkEcho sends windows of datagrams through the proxy to an echo and back: one operation is one datagram both ways.
func BenchmarkEcho(b *testing.B) {
	const flows, window = 16, 12 // what fits in the buffers of sockets by default
	for _, size := range []int{64, 1200} {
		b.Run(map[int]string{64: "64B", 1200: "1200B"}[size], func(b *testing.B) {
			h := newHouse(b, plan{groups: []model.TargetGroup{{Targets: []model.Target{bare(b)}}}})
			var clients [flows]*client
			for i := range clients {
				clients[i] = h.dial("")
				clients[i].ask("warm")
				if err := clients[i].SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
					b.Fatal(err)
				}
			}
			out, in := make([]byte, size), make([]byte, 2048)
			b.ReportAllocs()
			b.ResetTimer()
			for n := 0; n < b.N; n += flows * window {
				for _, c := range clients {
					for range window {
						if _, err := c.Write(out); err != nil {
							b.Fatal(err)
						}
					}
				}
				for _, c := range clients {
					for range window {
						if _, err := c.UDPConn.Read(in); err != nil {
							b.Fatal(err)
						}
					}
				}
			}
		})
	}
}
