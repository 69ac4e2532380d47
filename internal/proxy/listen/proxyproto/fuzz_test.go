package proxyproto_test

import (
	"bufio"
	"bytes"
	"net"
	"net/netip"
	"testing"

	pires "github.com/pires/go-proxyproto"

	"github.com/gwanmun/gwanmun/internal/proxy/listen/proxyproto"
)

// FuzzParse compares with another implementation: what is accepted here must be accepted there and say the same, as long as
// the other one knows it. It must take the same number of bytes, and every shorter piece must ask for more.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"PROXY TCP4 192.0.2.1 198.51.100.7 40112 443\r\nGET /", "PROXY TCP6 2001:db8::1 2001:db8::2 40112 443\r\n",
		"PROXY UNKNOWN\r\n", "PROXY TCP4 192.0.2.1 198.51.100.7 01 443\r\n", aws(), v2(0x21, 0x21, ipv6), v2(0x20, 0, ""),
		v2(0x21, 0x12, ipv4), v2(0x21, 0x11, ipv4+field(1, "h2")), v2(0x21, 0x11, ipv4+"\x04\x00\x02x"), "GET / HTTP/1.1\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		kept := bytes.Clone(b)
		h, n, err := proxyproto.Parse(b)
		if !bytes.Equal(kept, b) {
			t.Fatal("the bytes were changed")
		}
		if err != nil || n == 0 {
			if n != 0 {
				t.Fatalf("%d bytes taken with error %v", n, err)
			}
			return
		}
		for i := range n {
			if _, m, err := proxyproto.Parse(b[:i]); m != 0 || err != nil {
				t.Fatalf("%d of %d bytes: %d, %v", i, n, m, err)
			}
		}
		if h.Local {
			return // the other one looks at what is to be ignored
		}
		r := bufio.NewReaderSize(bytes.NewReader(b), 8<<10)
		other, err := pires.Read(r)
		if err != nil {
			t.Fatalf("taken here as %+v, refused there: %v", h, err)
		}
		rest, _ := r.Peek(r.Buffered())
		if got := len(b) - len(rest); len(b) < 8<<10 && got != n {
			t.Fatalf("%d bytes taken here, %d there", n, got)
		}
		if s, d := otherEnd(other.SourceAddr), otherEnd(other.DestinationAddr); s != h.Source || d != h.Destination {
			t.Fatalf("%v to %v here, %v to %v there", h.Source, h.Destination, s, d)
		}
	})
}

// otherEnd is an address of the other implementation in our terms.
func otherEnd(a net.Addr) netip.AddrPort {
	var p netip.AddrPort
	switch x := a.(type) {
	case *net.TCPAddr:
		p = x.AddrPort()
	case *net.UDPAddr:
		p = x.AddrPort()
	}
	return netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
}
