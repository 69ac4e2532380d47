package proxyproto

import (
	"bytes"
	"errors"
	"net/netip"
)

// Bounds of what is taken. MaxV1 is the protocol's own bound of a line with its end (section 2.1); the one of version 2 is
// nginx's, far more than any load balancer sends: the protocol would allow 64 KiB.
const (
	MaxV1 = 107
	MaxV2 = 4096
)

// Header is what a header says.
type Header struct {
	// Version is 1 or 2.
	Version uint8
	// Local says that the sender speaks for itself, as health checks do, or knows no addresses that could be said in
	// terms of IP: the connection's own ends hold. Source and Destination are invalid then.
	Local bool
	// Datagram says that the client speaks UDP to the sender.
	Datagram bool
	// Source is the client, Destination what it connected to.
	Source, Destination netip.AddrPort
}

// Errors of Parse.
var (
	// ErrMissing says that the bytes do not begin a header.
	ErrMissing = errors.New("no PROXY protocol header")
	// ErrMalformed says that they begin one that breaks the rules of the protocol.
	ErrMalformed = errors.New("malformed PROXY protocol header")
	// ErrTooLong says that the header is longer than what is taken.
	ErrTooLong = errors.New("PROXY protocol header too long")
	// ErrChecksum says that a header of version 2 carries a checksum that is not its own.
	ErrChecksum = errors.New("PROXY protocol header with a wrong checksum")
)

// Parse reads the header that b begins with. n is its length; 0 without an error says that more bytes are needed to tell.
// What follows the header is not looked at. It keeps nothing of b.
func Parse(b []byte) (h Header, n int, err error) {
	switch {
	case startsWith(b, signature):
		if len(b) < len(signature) {
			return Header{}, 0, nil
		}
		return parseV2(b)
	case startsWith(b, prefixV1):
		if len(b) < len(prefixV1) {
			return Header{}, 0, nil
		}
		return parseV1(b)
	}
	return Header{}, 0, ErrMissing
}

// startsWith says whether b begins with what, or could after more bytes.
func startsWith(b []byte, what string) bool {
	n := min(len(b), len(what))
	return bytes.Equal(b[:n], []byte(what[:n]))
}
