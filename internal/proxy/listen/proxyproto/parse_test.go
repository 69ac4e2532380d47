package proxyproto_test

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"net/netip"
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/proxy/listen/proxyproto"
)

const signature = "\r\n\r\n\x00\r\nQUIT\n"

// v2 makes a header with any command, family and content.
func v2(command, family byte, body string) string {
	b := append([]byte(signature), command, family)
	return string(binary.BigEndian.AppendUint16(b, uint16(len(body)))) + body
}

// field makes a field of version 2.
func field(kind byte, value string) string {
	return string(binary.BigEndian.AppendUint16([]byte{kind}, uint16(len(value)))) + value
}

const (
	ipv4 = "\xc0\x00\x02\x01\xc6\x33\x64\x07\x9c\xb0\x01\xbb" // 192.0.2.1:40112 to 198.51.100.7:443
	ipv6 = "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" +
		"\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x9c\xb0\x01\xbb"
)

// summed puts the right checksum at the place of a field of four zeros that ends the header.
func summed(header string) string {
	b := []byte(header)
	binary.BigEndian.PutUint32(b[len(b)-4:], crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
	return string(b)
}

// aws is a header as a network load balancer behind a VPC endpoint sends it, made by hand from the layout alone.
func aws() string {
	b, err := hex.DecodeString("0d0a0d0a000d0a515549540a" + "2111" + "0054" + "c0000201" + "c6336407" + "9cb0" + "01bb" +
		"030004" + "00000000" + "ea0017" + "01" + hex.EncodeToString([]byte("vpce-0123456789abcdef0")) + "040024" + strings.Repeat("00", 36))
	if err != nil {
		panic(err)
	}
	binary.BigEndian.PutUint32(b[31:], crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
	return string(b)
}

func TestHeadersSayWhoTheClientIs(t *testing.T) {
	for name, c := range map[string]struct {
		in, source, destination string
		version                 uint8
		local, datagram         bool
	}{
		"version 1 over IPv4":          {in: "PROXY TCP4 192.0.2.1 198.51.100.7 40112 443\r\n", source: "192.0.2.1:40112", destination: "198.51.100.7:443", version: 1},
		"version 1 over IPv6":          {in: "PROXY TCP6 2001:db8::1 2001:db8::2 40112 443\r\n", source: "[2001:db8::1]:40112", destination: "[2001:db8::2]:443", version: 1},
		"version 1, mapped addresses":  {in: "PROXY TCP6 ::ffff:192.0.2.1 ::ffff:198.51.100.7 1 2\r\n", source: "192.0.2.1:1", destination: "198.51.100.7:2", version: 1},
		"version 1, ports of 0":        {in: "PROXY TCP4 192.0.2.1 198.51.100.7 0 0\r\n", source: "192.0.2.1:0", destination: "198.51.100.7:0", version: 1},
		"version 1, unknown":           {in: "PROXY UNKNOWN\r\n", version: 1, local: true},
		"version 1, unknown with more": {in: "PROXY UNKNOWN ffff:f...f:ffff 1 2\r\n", version: 1, local: true},
		"version 1, as long as it may be": {
			in: "PROXY UNKNOWN " + strings.Repeat("x", proxyproto.MaxV1-16) + "\r\n", version: 1, local: true,
		},
		"version 2 over IPv4":           {in: v2(0x21, 0x11, ipv4), source: "192.0.2.1:40112", destination: "198.51.100.7:443", version: 2},
		"version 2 over IPv6":           {in: v2(0x21, 0x21, ipv6), source: "[2001:db8::1]:40112", destination: "[2001:db8::2]:443", version: 2},
		"version 2, datagrams":          {in: v2(0x21, 0x12, ipv4), source: "192.0.2.1:40112", destination: "198.51.100.7:443", version: 2, datagram: true},
		"version 2 with fields":         {in: v2(0x21, 0x11, ipv4+field(1, "h2")+field(2, "a.example")+field(0xe0, "")), source: "192.0.2.1:40112", destination: "198.51.100.7:443", version: 2},
		"version 2 with a checksum":     {in: summed(v2(0x21, 0x11, ipv4+field(3, "\x00\x00\x00\x00"))), source: "192.0.2.1:40112", destination: "198.51.100.7:443", version: 2},
		"version 2 of an NLB":           {in: aws(), source: "192.0.2.1:40112", destination: "198.51.100.7:443", version: 2},
		"version 2, local":              {in: v2(0x20, 0x00, ""), version: 2, local: true},
		"version 2, local with a body":  {in: v2(0x20, 0x11, "\x01\x02"), version: 2, local: true},
		"version 2, unspecified family": {in: v2(0x21, 0x00, "anything"), version: 2, local: true},
		"version 2, a socket of Unix":   {in: v2(0x21, 0x31, strings.Repeat("/", 216)), version: 2, local: true},
	} {
		for _, rest := range []string{"", "GET / HTTP/1.1\r\n"} {
			h, n, err := proxyproto.Parse([]byte(c.in + rest))
			if err != nil || n != len(c.in) {
				t.Errorf("%s: %d bytes, %v", name, n, err)
				continue
			}
			if h.Version != c.version || h.Local != c.local || h.Datagram != c.datagram {
				t.Errorf("%s: %+v", name, h)
			}
			if !c.local && (h.Source != netip.MustParseAddrPort(c.source) || h.Destination != netip.MustParseAddrPort(c.destination)) {
				t.Errorf("%s: %v to %v", name, h.Source, h.Destination)
			}
		}
		for n := range len(c.in) {
			if _, got, err := proxyproto.Parse([]byte(c.in[:n])); got != 0 || err != nil {
				t.Errorf("%s: %d of its %d bytes are enough: %d, %v", name, n, len(c.in), got, err)
				break
			}
		}
	}
}

func TestWhatIsNoHeaderIsRefused(t *testing.T) {
	for in, want := range map[string]error{
		"GET / HTTP/1.1\r\n":   proxyproto.ErrMissing,
		"\x16\x03\x01":         proxyproto.ErrMissing,
		"PROXIED":              proxyproto.ErrMissing,
		"proxy TCP4":           proxyproto.ErrMissing,
		"\r\n\r\n\x00\r\nQUIX": proxyproto.ErrMissing,
		"PROXY TCP4 192.0.2.1 198.51.100.7 40112 443\n":     proxyproto.ErrMalformed,
		"PROXY TCP4 192.0.2.1 198.51.100.7 40112 443 \r\n":  proxyproto.ErrMalformed,
		"PROXY TCP4  192.0.2.1 198.51.100.7 40112 443\r\n":  proxyproto.ErrMalformed,
		"PROXY TCP4 192.0.2.1 198.51.100.7 40112\r\n":       proxyproto.ErrMalformed,
		"PROXY TCP4 192.0.2.1 198.51.100.7 40112 443 7\r\n": proxyproto.ErrMalformed,
		"PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n":        proxyproto.ErrMalformed,
		"PROXY TCP6 192.0.2.1 198.51.100.7 1 2\r\n":         proxyproto.ErrMalformed,
		"PROXY TCP6 fe80::1%eth0 fe80::2 1 2\r\n":           proxyproto.ErrMalformed,
		"PROXY TCP4 192.0.2.1 198.51.100.7 65536 443\r\n":   proxyproto.ErrMalformed,
		"PROXY TCP4 192.0.2.1 198.51.100.7 -1 443\r\n":      proxyproto.ErrMalformed,
		"PROXY TCP4 192.0.2.1 198.51.100.7 +1 443\r\n":      proxyproto.ErrMalformed,
		"PROXY TCP4 192.0.2.1 198.51.100.7 01 443\r\n":      proxyproto.ErrMalformed,
		"PROXY TCP4 192.0.2.01 198.51.100.7 1 443\r\n":      proxyproto.ErrMalformed,
		"PROXY TCP4 300.0.2.1 198.51.100.7 1 443\r\n":       proxyproto.ErrMalformed,
		"PROXY UDP4 192.0.2.1 198.51.100.7 1 443\r\n":       proxyproto.ErrMalformed,
		"PROXY \r\n": proxyproto.ErrMalformed,
		"PROXY TCP4 192.0.2.1\r198.51.100.7 1 443\r\n": proxyproto.ErrMalformed,
		"PROXY TCP4 1\rx": proxyproto.ErrMalformed,
		"PROXY UNKNOWN" + strings.Repeat("x", proxyproto.MaxV1):              proxyproto.ErrTooLong,
		"PROXY UNKNOWN " + strings.Repeat("x", proxyproto.MaxV1-15) + "\r\n": proxyproto.ErrTooLong,
		v2(0x11, 0x11, ipv4):                                     proxyproto.ErrMalformed,
		v2(0x22, 0x11, ipv4):                                     proxyproto.ErrMalformed,
		v2(0x21, 0x13, ipv4):                                     proxyproto.ErrMalformed,
		v2(0x21, 0x41, ipv4):                                     proxyproto.ErrMalformed,
		v2(0x21, 0x01, ipv4):                                     proxyproto.ErrMalformed,
		v2(0x21, 0x11, ipv4[:11]):                                proxyproto.ErrMalformed,
		v2(0x21, 0x21, ipv4):                                     proxyproto.ErrMalformed,
		v2(0x21, 0x31, ipv6):                                     proxyproto.ErrMalformed,
		v2(0x21, 0x11, ipv4+"\x04\x00"):                          proxyproto.ErrMalformed,
		v2(0x21, 0x11, ipv4+"\x04\x00\x02x"):                     proxyproto.ErrMalformed,
		v2(0x21, 0x11, ipv4+field(3, "\x00\x00\x00")):            proxyproto.ErrMalformed,
		v2(0x21, 0x11, ipv4+field(3, "\x00\x00\x00\x00")):        proxyproto.ErrChecksum,
		v2(0x21, 0x11, strings.Repeat("\x00", proxyproto.MaxV2)): proxyproto.ErrTooLong,
		signature + "\x21\x11\xff\xff":                           proxyproto.ErrTooLong,
		summed(v2(0x21, 0x11, ipv4+field(4, "")+field(3, "\x00\x00\x00\x00"))) + "": nil,
	} {
		if _, _, err := proxyproto.Parse([]byte(in)); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", in, err, want)
		}
	}
}
