package echo

import (
	"bufio"
	"crypto/sha1" //nolint:gosec // the handshake of RFC 6455 is made with SHA-1
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
)

// handshakeKey is what RFC 6455 section 1.3 appends to the client's key.
const handshakeKey = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// WebSocket opcodes, RFC 6455 section 5.2.
const (
	opClose = 8
	opPing  = 9
	opPong  = 10
)

// webSocket switches the connection over and sends every message back.
func (s *Server) webSocket(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("Sec-Websocket-Key")
	if key == "" || r.Header.Get("Sec-Websocket-Version") != "13" {
		http.Error(w, "not a WebSocket handshake of version 13", http.StatusBadRequest)
		return
	}
	conn, buf, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, "WebSockets need HTTP/1.1", http.StatusBadRequest)
		return
	}
	defer conn.Close()
	done, ok := s.track(conn)
	if !ok {
		return
	}
	defer done()
	sum := sha1.Sum([]byte(key + handshakeKey)) //nolint:gosec // see above
	_, _ = buf.WriteString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"X-Echo-Service: " + s.identity.Service + "\r\nX-Echo-Pod: " + s.identity.Pod + "\r\n" +
		"Sec-WebSocket-Accept: " + base64.StdEncoding.EncodeToString(sum[:]) + "\r\n\r\n") // Flush tells
	if buf.Flush() != nil {
		return
	}
	for echoFrame(buf) == nil {
	}
}

var errClosed = errors.New("the peer closed")

// echoFrame reads one frame of a client and sends it back without its mask. Payloads stream through, whatever their
// length; control frames are answered as the RFC wants.
func echoFrame(buf *bufio.ReadWriter) error {
	var head [2]byte
	if _, err := io.ReadFull(buf, head[:]); err != nil {
		return err
	}
	opcode := head[0] & 0x0f
	length := uint64(head[1] & 0x7f)
	out := []byte{head[0], head[1] & 0x7f}
	if n := map[uint64]int{126: 2, 127: 8}[length]; n > 0 {
		var long [8]byte
		if _, err := io.ReadFull(buf, long[8-n:]); err != nil {
			return err
		}
		length = binary.BigEndian.Uint64(long[:])
		out = append(out, long[8-n:]...)
	}
	if head[1]&0x80 == 0 || length>>63 != 0 {
		return errors.New("a frame without mask, or too long")
	}
	var mask [4]byte
	if _, err := io.ReadFull(buf, mask[:]); err != nil {
		return err
	}
	switch opcode {
	case opPing:
		out[0] = out[0]&0xf0 | opPong
	case opPong:
		_, err := io.CopyN(io.Discard, buf, int64(length))
		return err
	}
	if _, err := buf.Write(out); err != nil {
		return err
	}
	if _, err := io.CopyN(buf.Writer, &unmasked{r: io.LimitReader(buf.Reader, int64(length)), mask: mask}, int64(length)); err != nil {
		return err
	}
	if err := buf.Flush(); err != nil {
		return err
	}
	if opcode == opClose {
		return errClosed
	}
	return nil
}

type unmasked struct {
	r    io.Reader
	mask [4]byte
	at   int
}

func (u *unmasked) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	for i := range p[:n] {
		p[i] ^= u.mask[u.at&3]
		u.at++
	}
	return n, err
}
