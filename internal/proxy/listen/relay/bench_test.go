package relay_test

import (
	"io"
	"net"
	"testing"
)

// BenchmarkTCPRelay is the cost of a megabyte through an open flow.
func BenchmarkTCPRelay(b *testing.B) {
	h := newHouse(b, plan{targets: []string{target(b, func(c *net.TCPConn) { io.Copy(io.Discard, c) })}})
	c := h.dial()
	piece := make([]byte, 1<<20)
	b.SetBytes(int64(len(piece)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Write(piece); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTCPFlow is the cost of a flow that carries a line each way.
func BenchmarkTCPFlow(b *testing.B) {
	h := newHouse(b, plan{targets: []string{named(b, "a")}})
	b.ReportAllocs()
	for b.Loop() {
		c, err := net.Dial("tcp", h.address)
		if err != nil {
			b.Fatal(err)
		}
		io.WriteString(c, "hello\n")
		if _, err := readLine(c); err != nil {
			b.Fatal(err)
		}
		c.Close()
	}
}
