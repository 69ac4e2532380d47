package main

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // RFC 6455 section 4.2.2 asks for it
	"encoding/base64"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// origins are the addresses of the process that stands behind all proxies.
type origins struct {
	// http and second answer from memory, grpc calls over HTTP/2 in clear, bytes swallows or sends without end, udp echoes.
	http, second, grpc, bytes, udp string
}

// runOrigin serves canned answers as cheaply as Go's net package allows: one read and one write per request. "/head"
// gives the request's own head back, so that a run can check what a proxy sends.
func runOrigin(args []string) error {
	flags := flag.NewFlagSet("origin", flag.ContinueOnError)
	address := flags.String("listen", "127.0.0.1:0", "address")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var listeners [4]net.Listener
	for i := range listeners {
		l, err := net.Listen("tcp", *address)
		if err != nil {
			return err
		}
		listeners[i] = l
	}
	udp, err := net.ListenPacket("udp", *address)
	if err != nil {
		return err
	}
	fmt.Println(listeners[0].Addr(), listeners[1].Addr(), listeners[2].Addr(), listeners[3].Addr(), udp.LocalAddr())
	failed := make(chan error, 5)
	answers := cannedAnswers()
	for _, l := range listeners[:2] {
		go func() { failed <- accept(l, func(c net.Conn) { serveOrigin(c, answers) }) }()
	}
	go func() { failed <- serveGRPC(listeners[2]) }()
	go func() { failed <- accept(listeners[3], serveBytes) }()
	go func() { failed <- echoDatagrams(udp) }()
	return <-failed
}

// parseOrigins reads the line that runOrigin prints.
func parseOrigins(line string) (o origins, err error) {
	if n, err := fmt.Sscan(line, &o.http, &o.second, &o.grpc, &o.bytes, &o.udp); n != 5 {
		return o, fmt.Errorf("the origin says %q: %w", line, err)
	}
	return o, nil
}

func accept(l net.Listener, serve func(net.Conn)) error {
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer c.Close()
			serve(c)
		}()
	}
}

func cannedAnswers() map[string][]byte {
	answers := map[string][]byte{}
	for path, size := range map[string]int{"/100": 100, "/1k": 1 << 10, "/10k": 10 << 10, "/1m": 1 << 20} {
		head := "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " + strconv.Itoa(size) + "\r\n\r\n"
		answers[path] = append([]byte(head), bytes.Repeat([]byte("x"), size)...)
	}
	chunked := []byte("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n")
	for range 64 {
		chunked = append(append(append(chunked, "4000\r\n"...), bytes.Repeat([]byte("x"), 16<<10)...), "\r\n"...)
	}
	answers["/authorize"] = []byte("HTTP/1.1 200 OK\r\nX-User: bench\r\nContent-Length: 0\r\n\r\n")
	answers["/1mc"] = append(chunked, "0\r\n\r\n"...)
	return answers
}

// serveOrigin answers on one connection. Bodies of requests are read by their Content-Length and dropped.
func serveOrigin(c net.Conn, answers map[string][]byte) {
	buf := make([]byte, 64<<10)
	have := 0
	for {
		end := bytes.Index(buf[:have], []byte("\r\n\r\n"))
		if end < 0 {
			if have == len(buf) {
				return // no head is that long
			}
			n, err := c.Read(buf[have:])
			if err != nil {
				return
			}
			have += n
			continue
		}
		head := buf[:end+4]
		if key, ok := field(head, "sec-websocket-key"); ok {
			if !change(c, key) {
				return
			}
			if bytes.HasPrefix(head, []byte("GET /tunnel ")) {
				sendMessages(c)
			} else {
				echoMessages(c, buf[end+4:have])
			}
			return
		}
		// What follows the head is the body, and perhaps the next request.
		body, behind := bodyLength(head), have-end-4
		if !drop(c, buf[end+4:], body-behind) {
			return
		}
		if _, err := c.Write(answerTo(head, answers)); err != nil {
			return
		}
		have = copy(buf, buf[end+4+min(body, behind):have])
	}
}

// drop reads what is missing of a body.
func drop(c net.Conn, buf []byte, missing int) bool {
	for missing > 0 {
		n, err := c.Read(buf[:min(len(buf), missing)])
		if err != nil {
			return false
		}
		missing -= n
	}
	return true
}

// field is the value of a header field.
func field(head []byte, name string) (string, bool) {
	lower := bytes.ToLower(head)
	i := bytes.Index(lower, []byte("\r\n"+name+":"))
	if i < 0 {
		return "", false
	}
	value, _, _ := bytes.Cut(head[i+len(name)+3:], []byte("\r\n"))
	return strings.TrimSpace(string(value)), true
}

func bodyLength(head []byte) int {
	if !bytes.HasPrefix(head, []byte("POST ")) {
		return 0
	}
	text, _ := field(head, "content-length")
	n, _ := strconv.Atoi(text)
	return n
}

func answerTo(head []byte, answers map[string][]byte) []byte {
	_, rest, _ := bytes.Cut(head, []byte(" "))
	if i := bytes.IndexByte(rest, ' '); i > 0 {
		if a := answers[string(rest[:i])]; a != nil {
			return a
		}
		if string(rest[:i]) == "/head" {
			return []byte("HTTP/1.1 200 OK\r\nContent-Length: " + strconv.Itoa(len(head)) + "\r\n\r\n" + string(head))
		}
	}
	return []byte("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
}

// change switches to WebSocket (RFC 6455).
func change(c net.Conn, key string) bool {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	_, err := fmt.Fprintf(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		base64.StdEncoding.EncodeToString(sum[:]))
	return err == nil
}

// sendMessages sends binary frames of 256 KB without end.
func sendMessages(c net.Conn) {
	const size = 256 << 10
	frame := append(binary.BigEndian.AppendUint64([]byte{0x82, 127}, size), make([]byte, size)...)
	for {
		if _, err := c.Write(frame); err != nil {
			return
		}
	}
}

// echoMessages gives short frames back without their mask.
func echoMessages(c net.Conn, early []byte) {
	r := io.MultiReader(bytes.NewReader(early), c)
	buf := make([]byte, 64<<10)
	for {
		// Generators send one frame and wait: the length is in the first bytes, two or four of them.
		if _, err := io.ReadFull(r, buf[:4]); err != nil {
			return
		}
		size, head := int(buf[1]&127), 2
		if size == 126 {
			size, head = int(buf[2])<<8|int(buf[3]), 4
		}
		frame := buf[:head+4+size]
		if _, err := io.ReadFull(r, frame[4:]); err != nil {
			return
		}
		mask, body := [4]byte(frame[head:]), frame[head+4:]
		for i := range body {
			body[i] ^= mask[i&3]
		}
		out := append(frame[:head:head], body...)
		out[1] &= 127
		if _, err := c.Write(out); err != nil {
			return
		}
	}
}

// serveGRPC answers every call with the message that it came with.
func serveGRPC(l net.Listener) error {
	var protocols http.Protocols
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{Protocols: &protocols, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		message, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		if err != nil {
			return
		}
		w.Header().Set("Content-Type", "application/grpc")
		w.Header().Set("Trailer", "Grpc-Status")
		_, _ = w.Write(message) // the client's loss shows as its error
		w.Header().Set("Grpc-Status", "0")
	})}
	return server.Serve(l)
}

// serveBytes swallows what comes, or sends without end when the first byte is "d".
func serveBytes(c net.Conn) {
	buf := make([]byte, 256<<10)
	if _, err := io.ReadFull(c, buf[:1]); err != nil {
		return
	}
	if buf[0] != 'd' {
		for {
			if _, err := c.Read(buf); err != nil {
				return
			}
		}
	}
	for {
		if _, err := c.Write(buf); err != nil {
			return
		}
	}
}

func echoDatagrams(c net.PacketConn) error {
	udp := c.(*net.UDPConn)
	_ = udp.SetReadBuffer(4 << 20)  // what the system allows
	_ = udp.SetWriteBuffer(4 << 20) // as above
	buf := make([]byte, 64<<10)
	for {
		n, from, err := udp.ReadFromUDPAddrPort(buf)
		if err != nil {
			return err
		}
		_, _ = udp.WriteToUDPAddrPort(buf[:n], from) // what is lost shows at the client
	}
}
