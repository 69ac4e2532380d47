package main

import (
	"bufio"
	"net"
	"strings"
	"time"

	"github.com/gwanmun/gwanmun/internal/testkit/escapes"
	"github.com/gwanmun/gwanmun/internal/testkit/recorder"
)

// script makes an answer of a target out of a case's steps.
func (c *hostileCase) script() *recorder.Answer {
	a := &recorder.Answer{}
	for _, s := range c.steps {
		switch {
		case s.pause > 0:
			a.Pause = s.pause
		case s.end:
			a.Close = true
		case s.reset:
			a.Reset = true
		case s.send != nil:
			a.Pieces = append(a.Pieces, s.send)
		}
	}
	return a
}

// ask is the request of a case that is about its answer.
func (c *hostileCase) ask() (method, text string, err error) {
	line := c.request
	if !strings.Contains(line, " HTTP/") {
		line += " HTTP/1.1"
	}
	b, err := escapes.Undo(line)
	if err != nil {
		return "", "", err
	}
	method, _, _ = strings.Cut(line, " ")
	return method, string(b) + "\r\nHost: a.example\r\n\r\n", nil
}

// fireAnswer asks for a hostile answer and waits for what becomes of it.
func (f *front) fireAnswer(c *hostileCase, w *want) *outcome {
	o := &outcome{response: true}
	method, text, err := c.ask()
	if err != nil {
		o.miss("%v", err)
		return o
	}
	f.scripted.Store(c.script())
	defer f.scripted.Store(nil)
	conn, err := f.dial()
	if err != nil {
		o.miss("dial: %v", err)
		return o
	}
	defer conn.Close()
	wait := f.patience()
	if w.waits() {
		wait = quiet
	}
	_ = conn.SetDeadline(time.Now().Add(wait))
	if _, err := conn.Write([]byte(text)); err != nil {
		o.miss("send: %v", err)
		return o
	}
	f.readOne(o, conn, method, w)
	conn.Close()
	// What the target saw is the same for all, and tried again for class nginx: only its connections matter.
	for _, q := range f.target.Take(2 * time.Second) {
		if q.Target == "/r" {
			o.requests = append(o.requests, q)
		}
	}
	return o
}

func (f *front) readOne(o *outcome, conn net.Conn, method string, w *want) {
	in := bufio.NewReader(conn)
	a, err := readAnswer(in, method)
	if a == nil {
		o.closed = !isTimeout(err)
		return
	}
	o.answers = append(o.answers, a)
	switch {
	case err != nil || a.cut:
		o.closed = !isTimeout(err)
	case a.close:
		o.extra, o.closed = drain(conn, in, f.patience())
	case !w.has("rest"):
		if script := f.scripted.Load(); script != nil && script.Pause > 0 {
			// What the target still says is then there, and must not be taken for the next answer.
			time.Sleep(time.Duration(len(script.Pieces))*script.Pause + quiet/4)
		}
		f.follow(o, conn, in)
	}
}
