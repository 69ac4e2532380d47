package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gwanmun/gwanmun/internal/testkit/recorder"
)

// front is one listener of some proxy, with a target of its own.
type front struct {
	// name is for messages and the table; who are the names in the corpus that mean it, the closest first.
	name string
	who  []string
	// address is where it listens; secure says that TLS is spoken there.
	address string
	secure  bool
	target  *recorder.Recorder
	// scripted is what the target answers to "/r".
	scripted atomic.Pointer[recorder.Answer]
	// wait is how long an answer may take; patience when 0.
	wait time.Duration
	// peer is set for proxies that are compared with ours: they are judged by safety, not by numbers.
	peer bool
}

// Times that a case may take. Answers come within milliseconds; the rest is for machines that are busy.
const (
	patience = 8 * time.Second
	// quiet is how long nothing must come before a case counts as waiting.
	quiet = 120 * time.Millisecond
)

func (f *front) patience() time.Duration {
	if f.wait > 0 {
		return f.wait
	}
	return patience
}

// outcome is what became of a case.
type outcome struct {
	answers []*answer
	// closed says that the proxy ended the connection; extra is what came behind the last answer.
	closed bool
	extra  []byte
	// requests are what the target saw, canaries left out.
	requests []*recorder.Request
	// session is set for HTTP/2.
	session *session
	// response says that the case was the target's answer, so that what the target saw is no matter.
	response bool
	// misses are those that the firing itself found.
	misses []string
}

var canaries atomic.Uint64

// canary is a harmless request with an answer of its own.
func canary() (target, text string) {
	target = fmt.Sprintf("/canary-%d", canaries.Add(1))
	return target, "GET " + target + " HTTP/1.1\r\nHost: a.example\r\n\r\n"
}

func (f *front) dial() (net.Conn, error) {
	c, err := net.DialTimeout("tcp", f.address, patience)
	if err != nil || !f.secure {
		return c, err
	}
	s := tls.Client(c, &tls.Config{InsecureSkipVerify: true, ServerName: "a.example", NextProtos: []string{"http/1.1"}})
	_ = s.SetDeadline(time.Now().Add(patience))
	if err := s.Handshake(); err != nil {
		c.Close()
		return nil, err
	}
	_ = s.SetDeadline(time.Time{})
	return s, nil
}

// fire sends a case and waits for what becomes of it.
func (f *front) fire(c *hostileCase, w *want) *outcome {
	o := &outcome{}
	conn, err := f.dial()
	if err != nil {
		o.miss("dial: %v", err)
		return o
	}
	defer conn.Close()
	answered, sent := make(chan bool, 64), make(chan bool)
	go func() {
		defer close(sent)
		send(conn, c.steps, answered)
	}()
	f.read(o, conn, c, w, answered, sent)
	conn.Close()
	close(answered)
	<-sent
	o.take(f)
	return o
}

// send does the steps. The proxy need not take everything.
func send(conn net.Conn, steps []step, answered <-chan bool) {
	for _, s := range steps {
		switch {
		case s.pause > 0:
			time.Sleep(s.pause)
		case s.read:
			<-answered
		case s.end:
			if half, ok := conn.(interface{ CloseWrite() error }); ok {
				_ = half.CloseWrite() // the proxy may have ended it
			}
		case s.reset:
			if tcp, ok := conn.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0) // makes the close a reset
			}
			conn.Close()
		default:
			if _, err := conn.Write(s.send); err != nil {
				return
			}
		}
	}
}

// read reads answers until all that are required have come, or none is to come.
func (f *front) read(o *outcome, conn net.Conn, c *hostileCase, w *want, answered chan<- bool, sent <-chan bool) {
	in := bufio.NewReader(conn)
	wait := f.patience()
	if w.waits() {
		<-sent
		wait = quiet
	}
	method, _, _ := bytes.Cut(c.input(), []byte(" "))
	for range w.number("answers", 1) {
		_ = conn.SetReadDeadline(time.Now().Add(wait))
		a, err := readAnswer(in, string(method))
		if a == nil {
			o.closed = !isTimeout(err)
			return
		}
		o.answers = append(o.answers, a)
		answered <- true
		if err != nil {
			o.closed = !isTimeout(err)
			return
		}
		if a.close || a.status == 101 {
			break
		}
		method = nil
	}
	last := o.answers[len(o.answers)-1]
	switch {
	case last.status == 101:
		f.tunnelled(o, conn, in)
	case last.close:
		o.extra, o.closed = drain(conn, in, f.patience())
	case w.has("rest"):
	default:
		<-sent
		f.follow(o, conn, in)
	}
}

// tunnelled closes the tunnel.
func (f *front) tunnelled(o *outcome, conn net.Conn, in *bufio.Reader) {
	_ = conn.SetReadDeadline(time.Now().Add(quiet))
	o.extra, _ = in.Peek(in.Buffered())
}

// drain reads until the end of the connection.
func drain(conn net.Conn, in *bufio.Reader, wait time.Duration) (extra []byte, closed bool) {
	_ = conn.SetReadDeadline(time.Now().Add(wait))
	for {
		c, err := in.ReadByte()
		if err != nil {
			return extra, !isTimeout(err)
		}
		extra = append(extra, c)
	}
}

// follow asks once more on a connection that was kept: the answer must be to that, and not to anything hidden in the
// case.
func (f *front) follow(o *outcome, conn net.Conn, in *bufio.Reader) {
	target, text := canary()
	_ = conn.SetDeadline(time.Now().Add(f.patience()))
	if _, err := conn.Write([]byte(text)); err != nil {
		o.closed = true
		return
	}
	a, err := readAnswer(in, "GET")
	switch {
	case a == nil && !isTimeout(err):
		o.closed = true
	case err != nil:
		o.miss("the next request on the connection got no answer: %v", err)
	case a.status != 200 || string(a.body) != "GET "+target:
		o.miss("the next request on the connection got another answer: %v", a)
	}
}

func (o *outcome) miss(format string, args ...any) {
	o.misses = append(o.misses, fmt.Sprintf(format, args...))
}

// take takes what the target saw.
func (o *outcome) take(f *front) {
	o.requests = slices.DeleteFunc(f.target.Take(2*time.Second), func(q *recorder.Request) bool {
		return strings.HasPrefix(q.Target, "/canary-") && len(q.Wrong) == 0
	})
}

// others sends requests over a fresh connection, through whatever connections to the target are kept: each must get its own
// answer. reused says whether one went over a connection of the target that served before.
func (f *front) others(o *outcome, before []*recorder.Request) {
	conn, err := f.dial()
	if err != nil {
		o.miss("afterwards: %v", err)
		return
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	_ = conn.SetDeadline(time.Now().Add(f.patience()))
	for range 2 {
		target, text := canary()
		if _, err := conn.Write([]byte(text)); err != nil {
			o.miss("afterwards: %v", err)
			return
		}
		a, err := readAnswer(in, "GET")
		if err != nil || a.status != 200 || string(a.body) != "GET "+target {
			o.miss("somebody else's request got %v, %v", a, err)
			return
		}
	}
	for _, q := range f.target.Take(2 * time.Second) {
		if !strings.HasPrefix(q.Target, "/canary-") || len(q.Wrong) > 0 {
			o.requests = append(o.requests, q) // it came late
			continue
		}
		for _, b := range before {
			if b.Connection == q.Connection {
				o.misses = append(o.misses, reused)
			}
		}
	}
}

// reused is noted when the target's connection of a case was used again; it is a miss only where that is forbidden.
const reused = "the target's connection was used again"
