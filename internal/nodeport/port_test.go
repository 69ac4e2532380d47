package nodeport

import (
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// endpoint answers every connection with its name and what it was sent, once the client has sent everything.
func endpoint(t *testing.T, name string) netip.AddrPort {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				data, _ := io.ReadAll(c)
				_, _ = c.Write(append([]byte(name+" "), data...))
			}()
		}
	}()
	return netip.MustParseAddrPort(l.Addr().String())
}

func open(t *testing.T) (*Port, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return Open(l, nil), l.Addr().String()
}

// ask sends a text, closes that half, and reads the answer.
func ask(t *testing.T, address, text string) string {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	data, _ := io.ReadAll(c)
	return string(data)
}

func TestConnectionsGoToTheEndpointsInTurnAndHalvesAreClosedByThemselves(t *testing.T) {
	p, at := open(t)
	defer p.Close()
	p.SetEndpoints([]netip.AddrPort{endpoint(t, "a"), endpoint(t, "b")})
	seen := map[string]int{}
	for range 6 {
		seen[ask(t, at, "hello")]++
	}
	if seen["a hello"] != 3 || seen["b hello"] != 3 {
		t.Errorf("answers: %v", seen)
	}
}

func TestAnEndpointThatRefusesIsPassedOver(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := netip.MustParseAddrPort(l.Addr().String())
	l.Close()
	p, at := open(t)
	defer p.Close()
	p.SetEndpoints([]netip.AddrPort{gone, endpoint(t, "a")})
	for range 3 {
		if got := ask(t, at, "x"); got != "a x" {
			t.Errorf("got %q", got)
		}
	}
}

func TestWithoutEndpointsConnectionsAreClosed(t *testing.T) {
	p, at := open(t)
	defer p.Close()
	if got := ask(t, at, ""); got != "" {
		t.Errorf("somebody answered %q", got)
	}
}

func TestCloseCutsWhatIsOpenAndLeavesNothingBehind(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	p, at := open(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p.SetEndpoints([]netip.AddrPort{netip.MustParseAddrPort(l.Addr().String())})
	c, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	far, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	p.Close()
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("an open connection was not cut")
	}
}
