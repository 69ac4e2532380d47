package relay_test

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/proxy/listen/relay"
)

// readByProcess is how many bytes this process has read by read(2); what was spliced is not among them.
func readByProcess(t *testing.T) (n int64) {
	t.Helper()
	text, err := os.ReadFile("/proc/self/io")
	if err != nil {
		t.Skip(err)
	}
	for _, line := range strings.Split(string(text), "\n") {
		if _, err := fmt.Sscanf(line, "rchar: %d", &n); err == nil {
			return n
		}
	}
	t.Skip("no rchar")
	return 0
}

// TestPlainFlowsAreSpliced guards what a wrapper around a connection would silently lose. It runs alone, because other
// tests would read meanwhile.
func TestPlainFlowsAreSpliced(t *testing.T) {
	const size = 64 << 20
	h := newHouse(t, plan{targets: []string{target(t, func(c *net.TCPConn) {
		piece := make([]byte, 1<<20)
		for range size / len(piece) {
			if _, err := c.Write(piece); err != nil {
				return
			}
		}
	})}})
	c := h.dial()
	before := readByProcess(t)
	calls, bytes := relay.Spliced()
	n, err := io.Copy(io.Discard, c)
	if err != nil || n != size {
		t.Fatalf("%d bytes, %v", n, err)
	}
	// The client reads everything once; the proxy must add next to nothing to that.
	if read := readByProcess(t) - before; read > size+size/8 {
		t.Errorf("%d MB were read for %d MB", read>>20, size>>20)
	}
	// Each megabyte at most goes into a pipe with one call, and out of it with another.
	made, moved := relay.Spliced()
	if made, moved = made-calls, moved-bytes; made < 2*size>>20 || moved < 2*size-size/8 {
		t.Errorf("%d calls of splice moved %d MB for %d MB", made, moved>>20, size>>20)
	}
}

// TestIdleFlowsHoldTheirSocketsOnly guards what many idle connections cost. It runs alone, too.
func TestIdleFlowsHoldTheirSocketsOnly(t *testing.T) {
	const flows = 50
	h := newHouse(t, plan{targets: []string{named(t, "a")}})
	h.ask(h.dial(), "hello")
	before := openFiles(t)
	for range flows {
		h.ask(h.dial(), "hello")
	}
	// Two sockets here, and the other ends of both; and a few pipes that wait for their next use.
	if more := openFiles(t) - before; more > 4*flows+20 {
		t.Errorf("%d files more for %d flows", more, flows)
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	return len(list)
}
