package handover

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"syscall"
)

// Environment names the variable in which a successor finds what it inherits; nobody else sets it.
const Environment = "GWANMUN_HANDOVER"

// Kind says what a socket is.
type Kind string

// Kinds of sockets.
const (
	TCP Kind = "tcp"
	UDP Kind = "udp"
)

// Socket is an open socket to hand over.
type Socket struct {
	Kind Kind
	// Name is by what the successor asks for it; unique for its kind.
	Name string
	// Conn gives access to the descriptor.
	Conn syscall.RawConn
}

// passed is a socket on its way: its name and its descriptor in the successor.
type passed struct {
	kind Kind
	name string
	fd   int
}

// encode writes what a successor is to know: the descriptor to be told on, the note, then one word per socket.
func encode(ready int, note string, list []passed) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d note:%s", ready, url.QueryEscape(note))
	for _, p := range list {
		fmt.Fprintf(&b, " %s/%s/%d", p.kind, url.QueryEscape(p.name), p.fd)
	}
	return b.String()
}

// decode reads what encode wrote.
func decode(text string) (ready int, note string, list []passed, err error) {
	words := strings.Fields(text)
	if len(words) < 2 {
		return 0, "", nil, fmt.Errorf("%s is %q, which is too short", Environment, text)
	}
	if ready, err = descriptor(words[0]); err != nil {
		return 0, "", nil, err
	}
	escaped, ok := strings.CutPrefix(words[1], "note:")
	if note, err = url.QueryUnescape(escaped); !ok || err != nil {
		return 0, "", nil, fmt.Errorf("%s holds %q in place of a note", Environment, words[1])
	}
	for _, w := range words[2:] {
		parts := strings.Split(w, "/")
		if len(parts) != 3 || parts[0] != string(TCP) && parts[0] != string(UDP) {
			return 0, "", nil, fmt.Errorf("%s holds %q, which names no socket", Environment, w)
		}
		p := passed{kind: Kind(parts[0])}
		if p.name, err = url.QueryUnescape(parts[1]); err != nil {
			return 0, "", nil, fmt.Errorf("%s holds %q: %w", Environment, w, err)
		}
		if p.fd, err = descriptor(parts[2]); err != nil {
			return 0, "", nil, err
		}
		list = append(list, p)
	}
	return ready, note, list, nil
}

// descriptor reads the number of an inherited descriptor: 0 to 2 are taken.
func descriptor(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 3 || n > 1<<20 {
		return 0, fmt.Errorf("%s holds %q, which is no descriptor", Environment, text)
	}
	return n, nil
}
