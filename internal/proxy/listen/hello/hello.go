package hello

import "strings"

// MaxBytes is how much of a connection is looked at. A ClientHello that has not ended by then names nothing: those of
// browsers with post-quantum key shares take less than 2 KiB.
const MaxBytes = 32 << 10

// Result says what was found.
type Result uint8

// Results of ServerName.
const (
	// More: the bytes so far are the beginning of a ClientHello.
	More Result = iota
	// Named: the client asks for a name.
	Named
	// Unnamed: the client speaks TLS and asks for no name, or for one that is none.
	Unnamed
	// Foreign: this is no ClientHello that follows the rules.
	Foreign
)

const (
	recordHandshake = 22
	recordHead      = 5
	recordMost      = 16 << 10 // RFC 8446 section 5.1
	clientHello     = 1
	extensionName   = 0
	hostName        = 0
)

// ServerName reads the name (RFC 6066 section 3), in lower case, from the beginning of a connection. A ClientHello may be
// spread over several records.
func ServerName(b []byte) (name string, r Result) {
	message, r := handshake(b)
	if r != Named {
		return "", r
	}
	return find(message)
}

// handshake puts the first handshake message together from its records: its content without type and length. The result is
// Named when it is complete.
func handshake(b []byte) ([]byte, Result) {
	var joined []byte
	for at := 0; ; {
		record, r := record(b[at:])
		if r == Foreign {
			return nil, Foreign
		}
		joined = append(joined, record...)
		if len(joined) >= 4 {
			length := int(joined[1])<<16 | int(joined[2])<<8 | int(joined[3])
			if joined[0] != clientHello || 4+length > MaxBytes {
				return nil, Foreign
			}
			if len(joined) >= 4+length {
				return joined[4 : 4+length], Named
			}
		}
		if r == More {
			if len(b) >= MaxBytes {
				return nil, Foreign
			}
			return nil, More
		}
		at += recordHead + len(record)
	}
}

// record is the content of the record that b begins with, as far as it is there; More says that it is not there as a whole.
func record(b []byte) ([]byte, Result) {
	if len(b) > 0 && b[0] != recordHandshake || len(b) > 1 && b[1] != 3 || len(b) > 2 && b[2] > 4 {
		return nil, Foreign
	}
	if len(b) < recordHead {
		return nil, More
	}
	length := int(b[3])<<8 | int(b[4])
	if length == 0 || length > recordMost {
		return nil, Foreign
	}
	if b = b[recordHead:]; len(b) < length {
		return b, More
	}
	return b[:length], Named
}

// find walks a ClientHello (RFC 8446 section 4.1.2) to its extensions.
func find(b []byte) (string, Result) {
	m := message{rest: b}
	m.take(2 + 32) // version, random
	session := m.vector(1)
	ciphers := m.vector(2)
	compression := m.vector(1)
	if m.broken || len(session) > 32 || len(ciphers) < 2 || len(ciphers)%2 != 0 || len(compression) == 0 {
		return "", Foreign
	}
	if len(m.rest) == 0 {
		return "", Unnamed
	}
	extensions := message{rest: m.vector(2)}
	if m.broken || len(m.rest) > 0 {
		return "", Foreign
	}
	name, r := "", Unnamed
	for seen := false; len(extensions.rest) > 0; {
		kind := extensions.take(2)
		body := extensions.vector(2)
		if extensions.broken {
			return "", Foreign
		}
		if kind[0] != 0 || kind[1] != extensionName {
			continue
		}
		if seen {
			return "", Foreign
		}
		seen = true
		if name, r = names(body); r == Foreign {
			return "", Foreign
		}
	}
	return name, r
}

// names reads the list of an extension server_name, which holds one host name in practice and by the rules.
func names(b []byte) (string, Result) {
	m := message{rest: b}
	list := message{rest: m.vector(2)}
	if m.broken || len(m.rest) > 0 || len(list.rest) == 0 {
		return "", Foreign
	}
	kind := list.take(1)
	host := list.vector(2)
	if list.broken || len(list.rest) > 0 || len(host) == 0 {
		return "", Foreign
	}
	if kind[0] != hostName || !isName(host) {
		return "", Unnamed
	}
	return strings.ToLower(string(host)), Named
}

// isName says whether these could be the bytes of a DNS name.
func isName(b []byte) bool {
	if len(b) > 253 || b[0] == '.' || b[len(b)-1] == '.' {
		return false
	}
	for _, c := range b {
		switch {
		case 'a' <= c|0x20 && c|0x20 <= 'z', '0' <= c && c <= '9', c == '-', c == '.', c == '_':
		default:
			return false
		}
	}
	return true
}

// message is what is left of a message. After a read beyond its end it is broken and gives nothing.
type message struct {
	rest   []byte
	broken bool
}

// take gives the next n bytes.
func (m *message) take(n int) []byte {
	if m.broken || len(m.rest) < n {
		m.broken = true
		return nil
	}
	out := m.rest[:n]
	m.rest = m.rest[n:]
	return out
}

// vector gives the content of a vector whose length takes up some bytes.
func (m *message) vector(lengthBytes int) []byte {
	length := 0
	for _, c := range m.take(lengthBytes) {
		length = length<<8 | int(c)
	}
	if m.broken {
		return nil
	}
	return m.take(length)
}
