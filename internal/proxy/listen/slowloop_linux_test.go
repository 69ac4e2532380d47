package listen

import (
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/loop"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream"
)

// slowPeer is a client in a world that sends its portions at their times. It reads at once, all the time, but when it is
// deaf. It ends when we have ended, but when it stays.
type slowPeer struct {
	world      *world
	send       []portion
	sent       int // of the first portion
	rest       []byte
	at         time.Duration
	timed      bool
	deaf, stay bool

	got             []byte
	finished, left  bool
	reset           bool
	endedAt, leftAt time.Duration
}

func (s *slowPeer) step(w *world, e *end) bool {
	if len(e.out) > 0 && !s.deaf {
		s.got = append(s.got, e.take()...)
		return true
	}
	if e.outEnded && s.endedAt == 0 {
		s.endedAt = w.now
	}
	if s.finished {
		return false
	}
	if e.outEnded && !s.stay {
		s.finished = true
		e.finish()
		return true
	}
	return s.speak(w, e)
}

// speak sends what is due.
func (s *slowPeer) speak(w *world, e *end) bool {
	if len(s.rest) == 0 {
		if len(s.send) == 0 {
			return false
		}
		p := s.send[0]
		if !s.timed {
			s.timed, s.at = true, w.now+p.pause
		}
		if w.now < s.at {
			return false
		}
		s.timed, s.rest = false, []byte(p.text)
		if s.sent++; s.sent >= p.times {
			s.send, s.sent = s.send[1:], 0
		}
	}
	s.rest = e.give(s.rest)
	return true
}

func (s *slowPeer) gone(reset bool) {
	s.left, s.reset, s.leftAt = true, reset, s.world.now
	if s.endedAt == 0 {
		s.endedAt = s.world.now
	}
}

// playSlow runs a slow client on an event loop until it is let go, in time that nobody waits for.
func playSlow(t *testing.T, dialect model.Dialect, s *slowPeer) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &slowRig{t: t, clock: wire.NewClock(), registry: upstream.NewRegistry(upstream.Options{})}
		r.furnish(dialect, model.HTTP)
		defer r.close()
		w := newWorld(trouble{window: 4096})
		w.bubble, w.began, w.now = true, time.Now(), 0
		w.loop = loop.New(loop.Options{System: w, Clock: r.clock, Logger: slog.New(slog.DiscardHandler)})
		w.target = func(*end) peer { return &origin{house: &faulty{t: t, requests: map[string][]string{}}} }
		w.done = func() bool { return s.left }
		s.world = w
		at := netip.MustParseAddrPort("10.0.0.9:1000")
		c := newConn(r.socket, at, at)
		c.loop = &looped{w.loop}
		if !r.socket.admit(at.Addr()) {
			t.Fatal("not admitted")
		}
		port := w.loop.New(w.open(s).fd, c)
		c.wire = wire.NewPort(port, r.clock)
		r.socket.enroll(c, port.Add)
		w.loop.Run()
		if len(w.faults) > 0 || r.set.stats.Open.Load() != 0 || r.set.stats.Panics.Load() != 0 || len(w.ends) > 0 {
			t.Errorf("%q, %d open, %d panics, %d descriptors", w.faults, r.set.stats.Open.Load(), r.set.stats.Panics.Load(), len(w.ends))
		}
	})
}

func TestSlowClientsOfAnEventLoopEndInTime(t *testing.T) {
	t.Parallel()
	for _, dialect := range dialectsOfListeners {
		for i, c := range slowCases {
			t.Run(fmt.Sprintf("%s %s", dialect, c.name), func(t *testing.T) {
				t.Parallel()
				s := &slowPeer{send: c.send}
				playSlow(t, dialect, s)
				judgeSlow(t, i, dialect, s.endedAt, string(s.got))
			})
		}
	}
}

// TestNobodyIsWaitedForLongAfterTheLastAnswer: a client that goes on sending has a while to read its answer, one that is
// silent less.
func TestNobodyIsWaitedForLongAfterTheLastAnswer(t *testing.T) {
	t.Parallel()
	post := slowPost("Content-Length: 100000000")
	for name, c := range map[string]struct {
		send     []portion
		deaf     bool
		from, to float64
	}{
		"silent":                       {[]portion{{text: "X Y\r\n\r\n"}}, false, 5, 6},
		"trickling":                    {[]portion{{text: post}, {"x", time.Second, forever}}, false, 40, 43},
		"pausing for less than it may": {[]portion{{text: "X Y\r\n\r\n"}, {"x", 4 * time.Second, forever}}, false, 30, 31},
		"reading nothing":              {[]portion{{text: "X Y\r\n\r\n"}, {"x", time.Second, forever}}, true, 30, 31},
		"sending without end":          {[]portion{{text: "X Y\r\n\r\n"}, {strings.Repeat("x", 4<<20), 100 * time.Millisecond, forever}}, false, 1, 6},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &slowPeer{send: c.send, stay: true, deaf: c.deaf}
			playSlow(t, model.DialectNginx, s)
			if at := s.leftAt.Seconds(); at < c.from || at > c.to {
				t.Errorf("let go after %.1f s", at)
			}
		})
	}
}

// TestAnAnswerThatNobodyTakesIsBrokenOffInTime is for event loops; slow_test.go has it for goroutines.
func TestAnAnswerThatNobodyTakesIsBrokenOffInTime(t *testing.T) {
	t.Parallel()
	for _, dialect := range dialectsOfListeners {
		s := &slowPeer{send: []portion{{text: get("/len/90000")}}, deaf: true}
		playSlow(t, dialect, s)
		if at := s.leftAt.Seconds(); at < 60 || at > 63 || !s.reset {
			t.Errorf("%q: let go after %.1f s, broken off %v", dialect, at, s.reset)
		}
	}
}
