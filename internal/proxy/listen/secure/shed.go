package secure

import (
	"bytes"
	"crypto/tls"
	"reflect"
	"unsafe"
)

// buffers are where a tls.Conn keeps what it has read: whole records, and the messages of the handshake. Both grow to the
// largest that there ever was, a client's hello as a rule, and stay so until the connection ends.
var buffers = offsets("rawInput", "hand")

// offsets finds members of tls.Conn that are buffers. Those that this version of Go does not have are left out.
func offsets(names ...string) (list []uintptr) {
	conn := reflect.TypeFor[tls.Conn]()
	for _, name := range names {
		if f, ok := conn.FieldByName(name); ok && f.Type == reflect.TypeFor[bytes.Buffer]() {
			list = append(list, f.Offset)
		}
	}
	return list
}

// Shed lets go of the memory that a handshake has left behind in a connection, about 3 KiB: many idle connections consist of
// little else. It is for whoever reads from the connection, between two reads, after the handshake, and once: the next read
// makes a buffer that fits. A buffer with something in it stays. crypto/tls offers no way to do this, so it is done from
// outside, by members' names and types; with another crypto/tls nothing is shed, and a test says so.
func Shed(c *tls.Conn) {
	for _, at := range buffers {
		b := (*bytes.Buffer)(unsafe.Add(unsafe.Pointer(c), at))
		if b.Len() == 0 {
			*b = bytes.Buffer{}
		}
	}
}
