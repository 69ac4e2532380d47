package proxyproto

import (
	"encoding/binary"
	"hash/crc32"
	"net/netip"
)

// signature begins every header of version 2 (section 2.2).
const signature = "\r\n\r\n\x00\r\nQUIT\n"

// Parts of a header of version 2.
const (
	headV2 = 16 // signature, command, family, length

	commandLocal = 0x20
	commandProxy = 0x21

	familyUnspecified = 0x00
	familyTCP4        = 0x11
	familyUDP4        = 0x12
	familyTCP6        = 0x21
	familyUDP6        = 0x22
	familyStream      = 0x31 // sockets of Unix
	familyDatagram    = 0x32

	bytesIPv4 = 4 + 4 + 2 + 2
	bytesIPv6 = 16 + 16 + 2 + 2
	bytesUnix = 108 + 108

	tlvCRC32C = 0x03
)

// castagnoli is the table of CRC-32C.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func parseV2(b []byte) (Header, int, error) {
	if len(b) < headV2 {
		return Header{}, 0, nil
	}
	command, family := b[12], b[13]
	n := headV2 + int(binary.BigEndian.Uint16(b[14:]))
	switch {
	case command != commandLocal && command != commandProxy:
		return Header{}, 0, ErrMalformed
	case n > MaxV2:
		return Header{}, 0, ErrTooLong
	case len(b) < n:
		return Header{}, 0, nil
	}
	h := Header{Version: 2, Local: true}
	if command == commandLocal {
		// Family and addresses are to be ignored, fields or not (section 2.2).
		return h, n, nil
	}
	body := b[headV2:n]
	length := 0
	switch family {
	case familyUnspecified:
		return h, n, nil
	case familyTCP4, familyUDP4:
		length = bytesIPv4
	case familyTCP6, familyUDP6:
		length = bytesIPv6
	case familyStream, familyDatagram:
		length = bytesUnix
	default:
		return Header{}, 0, ErrMalformed
	}
	if len(body) < length {
		return Header{}, 0, ErrMalformed
	}
	if err := checkFields(b[:n], headV2+length); err != nil {
		return Header{}, 0, err
	}
	h.Datagram = family&0x0f == 2
	switch length {
	case bytesIPv4:
		h.Source = netip.AddrPortFrom(netip.AddrFrom4([4]byte(body[0:4])), binary.BigEndian.Uint16(body[8:]))
		h.Destination = netip.AddrPortFrom(netip.AddrFrom4([4]byte(body[4:8])), binary.BigEndian.Uint16(body[10:]))
		h.Local = false
	case bytesIPv6:
		h.Source = netip.AddrPortFrom(netip.AddrFrom16([16]byte(body[0:16])).Unmap(), binary.BigEndian.Uint16(body[32:]))
		h.Destination = netip.AddrPortFrom(netip.AddrFrom16([16]byte(body[16:32])).Unmap(), binary.BigEndian.Uint16(body[34:]))
		h.Local = false
	}
	return h, n, nil
}

// checkFields walks the fields after the addresses: each must end where the header does or before, and a checksum must be
// right. What they say besides is for nobody here.
func checkFields(header []byte, at int) error {
	checked := false
	for at < len(header) {
		if len(header)-at < 3 {
			return ErrMalformed
		}
		kind, length := header[at], int(binary.BigEndian.Uint16(header[at+1:]))
		at += 3
		if length > len(header)-at {
			return ErrMalformed
		}
		if kind == tlvCRC32C {
			if length != 4 || checked {
				return ErrMalformed
			}
			checked = true
			if checksum(header, at) != binary.BigEndian.Uint32(header[at:]) {
				return ErrChecksum
			}
		}
		at += length
	}
	return nil
}

// checksum is that of a header with the four bytes of the checksum as zeros.
func checksum(header []byte, at int) uint32 {
	var zeros [4]byte
	sum := crc32.Update(0, castagnoli, header[:at])
	sum = crc32.Update(sum, castagnoli, zeros[:])
	return crc32.Update(sum, castagnoli, header[at+4:])
}
