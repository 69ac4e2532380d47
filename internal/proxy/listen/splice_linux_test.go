package listen

import (
	"fmt"
	"io"
	"net"
	"net/http"
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

// TestPlainTunnelsAreSpliced guards what a wrapper around a connection would silently lose: the bytes of a plain tunnel
// do not pass through this process. It runs alone, because other tests would read meanwhile.
func TestPlainTunnelsAreSpliced(t *testing.T) {
	const size = 64 << 20
	h := newHouse(t, plan{targets: []string{switching(t)}})
	c := h.dial()
	c.send(upgrade)
	if resp, err := http.ReadResponse(c.r, nil); err != nil || resp.StatusCode != 101 {
		t.Fatal(resp, err)
	}
	before := readByProcess(t)
	calls, bytes := relay.Spliced()
	go func() {
		piece := make([]byte, 1<<20)
		for range size / len(piece) {
			if _, err := c.conn.Write(piece); err != nil {
				return
			}
		}
		c.conn.(*net.TCPConn).CloseWrite()
	}()
	n, err := io.Copy(io.Discard, c.r)
	if err != nil || n != size+int64(len("early ")) {
		t.Fatalf("%d bytes came back, %v", n, err)
	}
	// The target and the client each read everything once; the tunnel must add next to nothing to that.
	if read := readByProcess(t) - before; read > 2*size+size/4 {
		t.Errorf("%d MB were read for %d MB each way", read>>20, size>>20)
	}
	// Both ways, into a pipe and out of it.
	made, moved := relay.Spliced()
	if made, moved = made-calls, moved-bytes; made < 4*size>>20 || moved < 4*size-size/4 {
		t.Errorf("%d calls of splice moved %d MB for %d MB each way", made, moved>>20, size>>20)
	}
}
