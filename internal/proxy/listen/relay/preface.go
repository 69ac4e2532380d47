package relay

import (
	"encoding/binary"
	"hash/crc32"
	"net/netip"
)

// signature begins every header of version 2 of the PROXY protocol (its section 2.2).
const signature = "\r\n\r\n\x00\r\nQUIT\n"

// Parts of a header.
const (
	versionProxy = 0x21 // version 2, command PROXY
	familyTCP4   = 0x11
	familyTCP6   = 0x21
	tlvNoop      = 0x04
	tlvCRC32C    = 0x03
	// tlvBytes is how much the fields after the addresses take up: those of an NLB fill a header over IPv4 to 100 bytes.
	// Over IPv6 nobody has seen one; receivers go by the length.
	tlvBytes = 72
	crcBytes = 3 + 4
)

// castagnoli is the table of CRC-32C.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendPreface appends the header that an NLB sends: the addresses, a checksum over the whole header (with the checksum
// itself as zeros), and padding. Connections through a VPC endpoint would have its name between the last two; there are
// none here.
func appendPreface(b []byte, client, local netip.AddrPort) []byte {
	start := len(b)
	b = append(b, signature...)
	from, to := client.Addr().Unmap(), local.Addr().Unmap()
	if from.Is4() && to.Is4() {
		b = append(b, versionProxy, familyTCP4)
		b = binary.BigEndian.AppendUint16(b, 4+4+2+2+tlvBytes)
		b = append(append(b, from.AsSlice()...), to.AsSlice()...)
	} else {
		b = append(b, versionProxy, familyTCP6)
		b = binary.BigEndian.AppendUint16(b, 16+16+2+2+tlvBytes)
		x, y := from.As16(), to.As16()
		b = append(append(b, x[:]...), y[:]...)
	}
	b = binary.BigEndian.AppendUint16(b, client.Port())
	b = binary.BigEndian.AppendUint16(b, local.Port())
	b = append(b, tlvCRC32C, 0, 4, 0, 0, 0, 0)
	sum := len(b) - 4
	const padding = tlvBytes - crcBytes - 3
	b = append(b, tlvNoop, 0, padding)
	b = append(b, make([]byte, padding)...)
	binary.BigEndian.PutUint32(b[sum:], crc32.Checksum(b[start:], castagnoli))
	return b
}
