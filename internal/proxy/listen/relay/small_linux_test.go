package relay_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"testing"

	"github.com/gwanmun/gwanmun/internal/proxy/listen/relay"
)

// echoFlow is a flow whose target sends everything back.
func echoFlow(t *testing.T) net.Conn {
	t.Helper()
	h := newHouse(t, plan{targets: []string{target(t, func(c *net.TCPConn) {
		_, _ = io.Copy(struct{ io.Writer }{c}, struct{ io.Reader }{c}) // by read and write; the client sees how it ended
	})}})
	return h.dial()
}

// TestSmallMessagesAreNotSpliced guards what messages cost: a read and a write, not two splices. It runs alone, because
// other tests would splice meanwhile.
func TestSmallMessagesAreNotSpliced(t *testing.T) {
	c := echoFlow(t)
	calls, _ := relay.Spliced()
	message, back := bytes.Repeat([]byte("m"), 128), make([]byte, 128)
	for range 200 {
		if _, err := c.Write(message); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, back); err != nil || !bytes.Equal(back, message) {
			t.Fatalf("%q, %v", back, err)
		}
	}
	if made, _ := relay.Spliced(); made > calls {
		t.Errorf("%d calls of splice for small messages", made-calls)
	}
}

// TestBytesStayInOrderWhateverTheSizeOfPieces changes between small and large pieces, which go different ways.
func TestBytesStayInOrderWhateverTheSizeOfPieces(t *testing.T) {
	c := echoFlow(t)
	random := rand.New(rand.NewPCG(1, 2))
	all := make([]byte, 8<<20)
	for i := range all {
		all[i] = byte(random.Uint32())
	}
	sent := make(chan error, 1)
	go func() {
		rest := all
		for len(rest) > 0 {
			n := min(len(rest), 1+random.IntN(200))
			if random.IntN(2) == 0 {
				n = min(len(rest), 1+random.IntN(300<<10))
			}
			if _, err := c.Write(rest[:n]); err != nil {
				sent <- err
				return
			}
			rest = rest[n:]
		}
		sent <- c.(interface{ CloseWrite() error }).CloseWrite()
	}()
	back, err := io.ReadAll(c)
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	if err != nil || !bytes.Equal(back, all) {
		t.Fatalf("%d of %d bytes came back, %v; as they were: %t", len(back), len(all), err, bytes.Equal(back, all))
	}
}
