package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http2/hpack"

	"github.com/gwanmun/gwanmun/internal/testkit/escapes"
)

// A case of class http2 is a list of frames, one a line, that follow the preface and an empty SETTINGS frame. After the
// name come the stream, words, and fields or a payload; text may be quoted, and is escaped like everything else here.
//
//	HEADERS 1 end GET x-a=b    GET stands for the four pseudo-header fields of a plain request, POST likewise; a field with the
//	                           name of one of them takes its place, "+:path=/x" is added, "-:path" taken away;
//	                           words: end (END_STREAM), open (no END_HEADERS), pad=N, raw="bytes" (of a header block)
//	CONTINUATION 1 x-a=b       words: open, raw=
//	DATA 1 end "hello"         words: end, pad=N
//	RST 1 8                    PRIORITY 1 3      WINDOW 1 100     SETTINGS 4=100    SETTINGS ack
//	PING    PING ack           GOAWAY            PUSH 1 2 GET
//	FRAME 9 0 1 "bytes"        type, flags, stream, payload
//	RAW "bytes"
//	nopreface                  nothing is sent but the lines
//	pause 20ms                 wait    read 1    wait for the end of a stream
//	*100 LINE                  so often; @+ is then the next stream, @ the current one
type framer struct {
	out     bytes.Buffer
	encoder *hpack.Encoder
	block   bytes.Buffer
	// next is the stream that @ stands for.
	next uint32
}

func newFramer() *framer {
	f := &framer{}
	f.encoder = hpack.NewEncoder(&f.block)
	return f
}

// Types and flags of frames (RFC 9113 section 6).
const (
	frameData = iota
	frameHeaders
	framePriority
	frameReset
	frameSettings
	framePush
	framePing
	frameGoAway
	frameWindow
	frameContinuation

	flagEnd        = 1
	flagEndHeaders = 4
	flagPadded     = 8
)

// add appends a frame.
func (f *framer) add(kind, flags byte, stream uint32, payload []byte) {
	n := len(payload)
	f.out.Write([]byte{byte(n >> 16), byte(n >> 8), byte(n), kind, flags})
	var id [4]byte
	binary.BigEndian.PutUint32(id[:], stream)
	f.out.Write(id[:])
	f.out.Write(payload)
}

// instruction is one thing that a client does.
type instruction struct {
	send  []byte
	pause time.Duration
	read  uint32
}

// instructions turns the lines of a case into what is done.
func (c *hostileCase) instructions() ([]instruction, error) {
	f := newFramer()
	var out []instruction
	lines := c.frames
	if len(lines) > 0 && lines[0] == "nopreface" {
		lines = lines[1:]
	} else {
		f.out.WriteString("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
		f.add(frameSettings, 0, 0, nil)
	}
	flush := func() {
		if f.out.Len() > 0 {
			out = append(out, instruction{send: bytes.Clone(f.out.Bytes())})
			f.out.Reset()
		}
	}
	for _, line := range lines {
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "":
		case "pause":
			d, err := time.ParseDuration(rest)
			if err != nil {
				return nil, err
			}
			flush()
			out = append(out, instruction{pause: d})
		case "read":
			n, err := strconv.ParseUint(rest, 10, 31)
			if err != nil {
				return nil, err
			}
			flush()
			out = append(out, instruction{read: uint32(n)})
		default:
			if err := f.repeated(line); err != nil {
				return nil, fmt.Errorf("%q: %w", line, err)
			}
		}
	}
	flush()
	return out, nil
}

// repeated does a line, or several separated by ";" as often as "*N" says.
func (f *framer) repeated(line string) error {
	times := 1
	if strings.HasPrefix(line, "*") {
		number, rest, _ := strings.Cut(line[1:], " ")
		n, err := strconv.Atoi(number)
		if err != nil {
			return err
		}
		times, line = n, rest
	}
	for range times {
		for _, one := range strings.Split(line, " ; ") {
			if err := f.line(one); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *framer) stream(text string) (uint32, error) {
	switch text {
	case "@+":
		if f.next == 0 {
			f.next = 1
		} else {
			f.next += 2
		}
		return f.next, nil
	case "@":
		return f.next, nil
	}
	n, err := strconv.ParseUint(text, 0, 32)
	f.next = max(f.next, uint32(n))
	return uint32(n), err
}

func (f *framer) line(line string) error {
	words, err := tokens(line)
	if err != nil {
		return err
	}
	kind := words[0]
	switch kind {
	case "RAW":
		f.out.WriteString(words[1])
		return nil
	case "SETTINGS":
		return f.settings(words[1:])
	case "PING":
		f.add(framePing, ackFlag(words), 0, []byte("01234567"))
		return nil
	case "GOAWAY":
		f.add(frameGoAway, 0, 0, make([]byte, 8))
		return nil
	case "FRAME":
		return f.raw(words[1:])
	}
	stream, err := f.stream(words[1])
	if err != nil {
		return err
	}
	switch kind {
	case "RST", "WINDOW", "PRIORITY":
		n, err := strconv.ParseUint(words[2], 0, 32)
		if err != nil {
			return err
		}
		payload := binary.BigEndian.AppendUint32(nil, uint32(n))
		switch kind {
		case "RST":
			f.add(frameReset, 0, stream, payload)
		case "WINDOW":
			f.add(frameWindow, 0, stream, payload)
		default:
			f.add(framePriority, 0, stream, append(payload, 15))
		}
		return nil
	case "DATA":
		return f.data(stream, words[2:])
	case "HEADERS", "CONTINUATION", "PUSH":
		return f.headers(kind, stream, words[2:])
	}
	return fmt.Errorf("unknown frame")
}

func ackFlag(words []string) byte {
	if len(words) > 1 && words[1] == "ack" {
		return 1
	}
	return 0
}

func (f *framer) settings(words []string) error {
	var payload []byte
	flags := byte(0)
	for _, w := range words {
		if w == "ack" {
			flags = 1
			continue
		}
		id, value, _ := strings.Cut(w, "=")
		i, err := strconv.ParseUint(id, 0, 16)
		if err != nil {
			return err
		}
		v, err := strconv.ParseUint(value, 0, 32)
		if err != nil {
			return err
		}
		payload = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint16(payload, uint16(i)), uint32(v))
	}
	f.add(frameSettings, flags, 0, payload)
	return nil
}

func (f *framer) raw(words []string) error {
	var n [3]uint64
	for i := range n {
		var err error
		if n[i], err = strconv.ParseUint(words[i], 0, 32); err != nil {
			return err
		}
	}
	payload := ""
	if len(words) > 3 {
		payload = words[3]
	}
	f.add(byte(n[0]), byte(n[1]), uint32(n[2]), []byte(payload))
	return nil
}

func (f *framer) data(stream uint32, words []string) error {
	flags, payload := byte(0), []byte(nil)
	pad := -1
	for _, w := range words {
		switch {
		case w == "end":
			flags |= flagEnd
		case strings.HasPrefix(w, "pad="):
			n, err := strconv.Atoi(w[4:])
			if err != nil {
				return err
			}
			pad = n
		default:
			payload = []byte(w)
		}
	}
	if pad >= 0 {
		flags |= flagPadded
		payload = append(append([]byte{byte(pad)}, payload...), make([]byte, pad)...)
	}
	f.add(frameData, flags, stream, payload)
	return nil
}

// plain is what GET and POST stand for.
func plain(method string) []hpack.HeaderField {
	return []hpack.HeaderField{
		{Name: ":method", Value: method}, {Name: ":scheme", Value: "https"}, {Name: ":path", Value: "/"}, {Name: ":authority", Value: "a.example"},
	}
}

func (f *framer) headers(kind string, stream uint32, words []string) error {
	flags := byte(flagEndHeaders)
	pad := -1
	var fields []hpack.HeaderField
	promised := uint32(0)
	raw := ""
	for i, w := range words {
		name, value, isField := strings.Cut(w, "=")
		if strings.HasPrefix(w, ":") || strings.HasPrefix(w, "+:") {
			// The name itself begins with a colon; the first "=" behind it parts them.
			name, value, isField = strings.Cut(w, "=")
		}
		switch {
		case kind == "PUSH" && i == 0:
			n, err := strconv.Atoi(w)
			if err != nil {
				return err
			}
			promised = uint32(n)
		case w == "end":
			flags |= flagEnd
		case w == "open":
			flags &^= flagEndHeaders
		case name == "pad" && isField:
			n, err := strconv.Atoi(value)
			if err != nil {
				return err
			}
			pad = n
		case name == "raw" && isField:
			raw += value
		case w == "GET" || w == "POST" || w == "HEAD":
			fields = append(fields, plain(w)...)
		case !isField && strings.HasPrefix(w, "-"):
			fields = without(fields, w[1:])
		case !isField:
			return fmt.Errorf("unknown word %q", w)
		default:
			fields = put(fields, name, value)
		}
	}
	f.block.Reset()
	for _, h := range fields {
		if err := f.encoder.WriteField(h); err != nil {
			return err
		}
	}
	payload := append(bytes.Clone(f.block.Bytes()), raw...)
	code := byte(frameHeaders)
	switch kind {
	case "CONTINUATION":
		code = frameContinuation
	case "PUSH":
		code = framePush
		payload = append(binary.BigEndian.AppendUint32(nil, promised), payload...)
	}
	if pad >= 0 {
		flags |= flagPadded
		payload = append(append([]byte{byte(pad)}, payload...), make([]byte, pad)...)
	}
	f.add(code, flags, stream, payload)
	return nil
}

func without(fields []hpack.HeaderField, name string) []hpack.HeaderField {
	var out []hpack.HeaderField
	for _, f := range fields {
		if f.Name != name {
			out = append(out, f)
		}
	}
	return out
}

// put adds a field; a pseudo-header field takes the place of the one of the same name.
func put(fields []hpack.HeaderField, name, value string) []hpack.HeaderField {
	if rest, added := strings.CutPrefix(name, "+"); added {
		return append(fields, hpack.HeaderField{Name: rest, Value: value})
	}
	for i := range fields {
		if fields[i].Name == name && strings.HasPrefix(name, ":") {
			fields[i].Value = value
			return fields
		}
	}
	return append(fields, hpack.HeaderField{Name: name, Value: value})
}

// tokens splits at blanks outside of quotes, and undoes escapes.
func tokens(line string) ([]string, error) {
	var out []string
	for line = strings.TrimLeft(line, " "); line != ""; line = strings.TrimLeft(line, " ") {
		var b strings.Builder
		quoted := false
		i := 0
		for ; i < len(line) && (quoted || line[i] != ' '); i++ {
			if line[i] == '"' {
				quoted = !quoted
				continue
			}
			b.WriteByte(line[i])
		}
		if quoted {
			return nil, fmt.Errorf("quote without end")
		}
		text, err := escapes.Undo(b.String())
		if err != nil {
			return nil, err
		}
		out = append(out, string(text))
		line = line[i:]
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("empty line")
	}
	return out, nil
}
