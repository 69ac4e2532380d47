package listen

import (
	"net"
	"sync"
	"testing"

	"github.com/gwanmun/gwanmun/internal/model"
)

// quick is a target that answers each request with one write.
func quick(t testing.TB) string {
	answer := []byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	return rawBackend(t, func(_ int, c net.Conn) {
		buf := make([]byte, 4096)
		for {
			if n, err := c.Read(buf); err != nil || n == 0 {
				return
			}
			if _, err := c.Write(answer); err != nil {
				return
			}
		}
	})
}

// BenchmarkRequest sends requests over 16 connections with each driver there is. Clients and targets are in the same process:
// only the difference between drivers says something.
func BenchmarkRequest(b *testing.B) {
	for _, driver := range []Driver{Goroutines, EventLoop} {
		if driver == EventLoop && !loopOffered {
			continue
		}
		b.Run(string(driver), func(b *testing.B) {
			h := newHouse(b, plan{
				dialect: model.DialectELB, targets: []string{quick(b)}, options: func(o *Options) { o.Driver = driver },
				attributes: []model.Attribute{{Key: "client_keep_alive.seconds", Value: "3600"}},
			})
			const clients = 16
			request := []byte("GET /a/b?c=d HTTP/1.1\r\nHost: a.example\r\nUser-Agent: test\r\nAccept: */*\r\n\r\n")
			h.silent.Store(true)
			b.ReportAllocs()
			b.ResetTimer()
			var all sync.WaitGroup
			for range clients {
				c := h.dial()
				all.Go(func() {
					buf := make([]byte, 4096)
					for range b.N / clients {
						if _, err := c.conn.Write(request); err != nil {
							b.Error(err)
							return
						}
						if _, err := c.conn.Read(buf); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			all.Wait()
		})
	}
}
