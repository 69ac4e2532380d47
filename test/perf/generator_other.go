package main

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"time"
)

// shakeUntil opens a connection by a full handshake for each request.
func shakeUntil(run *loadRun, _ int) (r loadResult, took []time.Duration) {
	return reconnect(run, nil)
}

// resumeUntil continues the session of the connection before.
func resumeUntil(run *loadRun, _ int) (r loadResult, took []time.Duration) {
	return reconnect(run, tls.NewLRUClientSessionCache(4))
}

func reconnect(run *loadRun, sessions tls.ClientSessionCache) (r loadResult, took []time.Duration) {
	request := run.request()
	for first, now := true, time.Now(); now.Before(run.end); first = false {
		c, err := run.dial(sessions)
		if err != nil {
			r.Errors++
			return r, took
		}
		if secure, ok := c.(*tls.Conn); ok && sessions != nil && !first && !secure.ConnectionState().DidResume {
			r.Errors++ // it would be the cost of something else
		}
		ok := ask(c, bufio.NewReaderSize(c, 4<<10), request, &r)
		c.Close()
		if !ok {
			return r, took
		}
		next := time.Now()
		took = append(took, next.Sub(now))
		now = next
	}
	return r, took
}

// talkUntil sends a WebSocket message and waits for its echo.
func talkUntil(run *loadRun, _ int) (r loadResult, took []time.Duration) {
	c, err := run.dial(nil)
	if err != nil {
		r.Errors++
		return r, nil
	}
	defer c.Close()
	reader := bufio.NewReaderSize(c, 16<<10)
	if !run.change(c, reader) {
		r.Errors++
		return r, nil
	}
	frame := messageOf(run.send)
	echo := make([]byte, len(frame)-4)
	for now := time.Now(); now.Before(run.end); {
		if _, err := c.Write(frame); err != nil {
			r.Errors++
			return r, took
		}
		if _, err := io.ReadFull(reader, echo); err != nil {
			r.Errors++
			return r, took
		}
		r.Requests++
		r.Bytes += int64(run.send)
		next := time.Now()
		took = append(took, next.Sub(now))
		now = next
	}
	return r, took
}

// change asks for WebSocket on a connection.
func (run *loadRun) change(c net.Conn, reader *bufio.Reader) bool {
	if _, err := io.WriteString(c, "GET "+run.target.RequestURI()+" HTTP/1.1\r\nHost: "+host+"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"); err != nil {
		return false
	}
	_, status, err := readSwitch(reader)
	return err == nil && status == 101
}

// readSwitch reads the head of an answer that has no body.
func readSwitch(reader *bufio.Reader) (n int64, status int, err error) {
	for {
		line, err := reader.ReadString('\n')
		if err != nil {
			return n, status, err
		}
		if n == 0 && len(line) > 12 {
			status = int(line[9]-'0')*100 + int(line[10]-'0')*10 + int(line[11]-'0')
		}
		n += int64(len(line))
		if line == "\r\n" {
			return n, status, nil
		}
	}
}

// messageOf is a binary frame from a client, masked with zeroes.
func messageOf(size int) []byte {
	frame := []byte{0x82, 0x80 | byte(min(size, 126))}
	if size >= 126 {
		frame = append(frame, byte(size>>8), byte(size))
	}
	return append(frame, make([]byte, 4+size)...)
}

// uploadUntil sends bytes without end; a request is a million of them.
func uploadUntil(run *loadRun, _ int) (r loadResult, took []time.Duration) {
	return move(run, 'u', func(c net.Conn, buf []byte) (int, error) { return c.Write(buf) })
}

// downloadUntil takes bytes without end.
func downloadUntil(run *loadRun, _ int) (r loadResult, took []time.Duration) {
	return move(run, 'd', func(c net.Conn, buf []byte) (int, error) { return c.Read(buf) })
}

// tunnelUntil takes bytes without end behind a WebSocket handshake.
func tunnelUntil(run *loadRun, _ int) (r loadResult, took []time.Duration) {
	c, err := run.dial(nil)
	if err != nil {
		r.Errors++
		return r, nil
	}
	defer c.Close()
	if !run.change(c, bufio.NewReaderSize(c, 1<<10)) {
		r.Errors++
		return r, nil
	}
	run.count(c, &r, c.Read)
	return r, nil
}

func move(run *loadRun, what byte, step func(net.Conn, []byte) (int, error)) (r loadResult, took []time.Duration) {
	c, err := run.dial(nil)
	if err != nil {
		r.Errors++
		return r, nil
	}
	defer c.Close()
	if _, err := c.Write([]byte{what}); err != nil {
		r.Errors++
		return r, nil
	}
	run.count(c, &r, func(buf []byte) (int, error) { return step(c, buf) })
	return r, nil
}

// count moves bytes until the end. A connection that stands still ends as an error.
func (run *loadRun) count(c net.Conn, r *loadResult, step func([]byte) (int, error)) {
	_ = c.SetDeadline(run.end.Add(time.Second)) // it cannot fail on an open socket
	buf := make([]byte, 256<<10)
	for time.Now().Before(run.end) {
		n, err := step(buf)
		if err != nil {
			r.Errors++
			return
		}
		r.Bytes += int64(n)
	}
	r.Requests = r.Bytes / 1e6
}

// echoUntil keeps a window of datagrams on their way and counts the echoes. What does not come back within a fifth of a
// second is lost and sent anew.
func echoUntil(run *loadRun, _ int) (r loadResult, took []time.Duration) {
	c, err := net.Dial("udp", run.target.Host)
	if err != nil {
		r.Errors++
		return r, nil
	}
	defer c.Close()
	out, in := make([]byte, run.send), make([]byte, 64<<10)
	flying := 0
	for time.Now().Before(run.end) {
		for ; flying < run.window; flying++ {
			if _, err := c.Write(out); err != nil {
				r.Errors++
				return r, nil
			}
		}
		_ = c.SetReadDeadline(time.Now().Add(200 * time.Millisecond)) // it cannot fail on an open socket
		n, err := c.Read(in)
		if err != nil {
			r.Lost += int64(flying)
			flying = 0
			continue
		}
		flying--
		r.Requests++
		r.Bytes += int64(n)
	}
	return r, nil
}
