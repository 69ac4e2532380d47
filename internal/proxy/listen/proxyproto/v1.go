package proxyproto

import (
	"bytes"
	"net/netip"
	"strconv"
)

// prefixV1 begins every header of version 1 (section 2.1).
const prefixV1 = "PROXY "

// parseV1 reads a line: "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443" and CRLF. Words are parted by exactly one space.
func parseV1(b []byte) (Header, int, error) {
	line := b[:min(len(b), MaxV1)]
	end := bytes.IndexByte(line, '\n')
	if end < 0 {
		if len(line) == MaxV1 {
			return Header{}, 0, ErrTooLong
		}
		if cr := bytes.IndexByte(line, '\r'); cr >= 0 && cr != len(line)-1 {
			return Header{}, 0, ErrMalformed
		}
		return Header{}, 0, nil
	}
	n := end + 1
	line = line[len(prefixV1):n]
	if len(line) < 2 || line[len(line)-2] != '\r' {
		return Header{}, 0, ErrMalformed
	}
	line = line[:len(line)-2]
	if bytes.IndexByte(line, '\r') >= 0 {
		return Header{}, 0, ErrMalformed
	}
	family, rest, more := bytes.Cut(line, space)
	if string(family) == "UNKNOWN" {
		// Whatever the line says besides is to be ignored.
		return Header{Version: 1, Local: true}, n, nil
	}
	if !more || string(family) != "TCP4" && string(family) != "TCP6" {
		return Header{}, 0, ErrMalformed
	}
	var words [4][]byte
	for i := range words {
		words[i], rest, more = bytes.Cut(rest, space)
		if more != (i < len(words)-1) {
			return Header{}, 0, ErrMalformed
		}
	}
	source, ok1 := endV1(words[0], words[2], family[3] == '6')
	destination, ok2 := endV1(words[1], words[3], family[3] == '6')
	if !ok1 || !ok2 {
		return Header{}, 0, ErrMalformed
	}
	return Header{Version: 1, Source: source, Destination: destination}, n, nil
}

var space = []byte{' '}

// endV1 reads an address and a port in their canonical forms: no zone, no leading zero, no sign. A port of 0 is one.
func endV1(address, port []byte, six bool) (netip.AddrPort, bool) {
	if len(address) > len("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255") || len(port) == 0 || len(port) > 5 ||
		port[0] == '0' && len(port) > 1 || port[0] == '+' {
		return netip.AddrPort{}, false
	}
	a, err := netip.ParseAddr(string(address))
	if err != nil || a.Is6() != six || a.Zone() != "" {
		return netip.AddrPort{}, false
	}
	p, err := strconv.ParseUint(string(port), 10, 16)
	if err != nil {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(a.Unmap(), uint16(p)), true
}
