package loop

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
	"github.com/gwanmun/gwanmun/internal/testkit/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// running makes a loop of this machine's kernel that runs until the test's end.
func running(t *testing.T) (*Loop, *bytes.Buffer) {
	t.Helper()
	k, err := NewKernel()
	if err != nil {
		t.Fatal(err)
	}
	clock := wire.NewClock()
	var log bytes.Buffer
	l := New(Options{System: k, Clock: clock, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	go l.Run()
	t.Cleanup(func() {
		l.Stop()
		for range 100 {
			if clock.Count() == 0 {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		time.Sleep(2 * wire.Tick) // the clock stops at its next tick
	})
	return l, &log
}

// pair makes a connected descriptor that does not block, and its other end.
func pair(t *testing.T) (int, net.Conn) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	other, err := (&kernel{}).Release(fds[1])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { other.Close() })
	if err := other.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return fds[0], other
}

// owner calls a function in its turns.
type owner struct{ turn func(cause error) }

func (o *owner) Turn(cause error) { o.turn(cause) }

// echoing owns a socket on which everything comes back.
func echoing(l *Loop, fd int) *Socket {
	o := &owner{}
	s := l.New(fd, o)
	o.turn = func(cause error) {
		buf := make([]byte, 64)
		for {
			n, err := s.ReadNow(buf)
			switch {
			case err == wire.ErrAgain:
				return
			case err != nil:
				s.Close()
				return
			}
			if _, err := s.Write(buf[:n]); err != nil {
				s.Close()
				return
			}
		}
	}
	return s
}

func talk(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(text))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != text {
		t.Fatalf("%q, %v", got, err)
	}
}

func TestSocketsOfALoopTalk(t *testing.T) {
	l, _ := running(t)
	var conns []net.Conn
	for range 10 {
		fd, c := pair(t)
		echoing(l, fd).Add()
		conns = append(conns, c)
	}
	for range 5 {
		for _, c := range conns {
			talk(t, c, "hello")
		}
	}
	conns[0].Close()
	talk(t, conns[1], "still there")
}

func TestADescriptorThatWouldBlockIsRefused(t *testing.T) {
	l, log := running(t)
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fds[1])
	causes := make(chan error, 2)
	o := &owner{}
	s := l.New(fds[0], o)
	o.turn = func(cause error) {
		causes <- cause
		s.Close()
	}
	s.Add()
	if cause := <-causes; cause != wire.ErrCancelled {
		t.Errorf("%v", cause)
	}
	l.Stop()
	if !bytes.Contains(log.Bytes(), []byte("would block")) {
		t.Errorf("log: %s", log)
	}
}

func TestATaskThatLeavesMayWaitWhileTheLoopGoesOn(t *testing.T) {
	l, _ := running(t)
	fd, c := pair(t)
	release := make(chan struct{})
	left := make(chan struct{})
	o := &owner{}
	s := l.New(fd, o)
	o.turn = func(error) {
		conn, err := l.Leave(s)
		if err != nil {
			t.Error(err)
			return
		}
		close(left)
		<-release // as any goroutine may
		if _, err := io.WriteString(conn, "from a goroutine"); err != nil {
			t.Error(err)
		}
		conn.Close()
	}
	s.Add()
	<-left
	other, d := pair(t)
	echoing(l, other).Add()
	talk(t, d, "the loop goes on")
	close(release)
	if got, err := io.ReadAll(c); string(got) != "from a goroutine" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	l.Stop()
	if n := l.Stats().Left; n != 1 {
		t.Errorf("%d tasks left", n)
	}
}

func TestATurnThatPanicsEndsItsSocketAlone(t *testing.T) {
	l, _ := running(t)
	fd, c := pair(t)
	o := &owner{turn: func(error) { panic("on purpose") }}
	l.New(fd, o).Add()
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the socket is still open")
	}
	other, d := pair(t)
	echoing(l, other).Add()
	talk(t, d, "hello")
}

func TestSpawnedTasksAreWaitedFor(t *testing.T) {
	l, _ := running(t)
	fd, c := pair(t)
	var order []string
	o := &owner{}
	s := l.New(fd, o)
	done := make(chan struct{})
	o.turn = func(error) {
		wait := l.Spawn(func() {
			order = append(order, "spawned")
			buf := make([]byte, 1)
			if _, err := s.Read(buf); err != nil {
				t.Error(err)
			}
			order = append(order, "read "+string(buf))
		})
		order = append(order, "first")
		wait()
		order = append(order, "last")
		s.Close()
		close(done)
	}
	s.Add()
	if _, err := io.WriteString(c, "x"); err != nil {
		t.Fatal(err)
	}
	<-done
	if got := len(order); got != 4 || order[0] != "first" || order[2] != "read x" || order[3] != "last" {
		t.Errorf("%v", order)
	}
}

func TestConnectTellsWhoRefusesAndWhoIsThere(t *testing.T) {
	l, _ := running(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refusing := netip.MustParseAddrPort(closed.Addr().String())
	closed.Close()
	fd, _ := pair(t)
	o := &owner{}
	s := l.New(fd, o)
	results := make(chan error, 3)
	o.turn = func(error) {
		up, err := l.Connect(netip.MustParseAddrPort(listener.Addr().String()), time.Second)
		results <- err
		if err == nil {
			up.Close()
		}
		_, err = l.Connect(refusing, time.Second)
		results <- err
		adopted, _, err := l.Adopt(func() (net.Conn, error) { return net.Dial("tcp", listener.Addr().String()) })
		results <- err
		if adopted != nil {
			adopted.Close()
		}
		s.Close()
	}
	s.Add()
	if err := <-results; err != nil {
		t.Error(err)
	}
	if err := <-results; !errors.Is(err, unix.ECONNREFUSED) {
		t.Error(err)
	}
	if err := <-results; err != nil {
		t.Error(err)
	}
}

// TestTwoFastPeersDoNotKeepTheLoop has one socket whose peer never stops, and another that wants to be heard.
func TestTwoFastPeersDoNotKeepTheLoop(t *testing.T) {
	l, _ := running(t)
	fd, c := pair(t)
	o := &owner{}
	s := l.New(fd, o)
	o.turn = func(error) {
		buf := make([]byte, 1)
		for {
			if _, err := s.Read(buf); err != nil { // one byte at a time: there always is another one
				s.Close()
				return
			}
		}
	}
	s.Add()
	var flood sync.WaitGroup
	flood.Go(func() {
		b := make([]byte, 64<<10)
		for {
			if _, err := c.Write(b); err != nil {
				return
			}
		}
	})
	other, d := pair(t)
	echoing(l, other).Add()
	for range 20 {
		talk(t, d, "am I heard?")
	}
	c.Close()
	flood.Wait()
}

// still is a System on which nothing happens, for what needs no kernel.
type still struct{ System }

type frozen struct{ now time.Duration }

func (f *frozen) Join(wire.Ticker)      {}
func (f *frozen) Leave(wire.Ticker)     {}
func (f *frozen) Coarse() time.Duration { return f.now }

func (still) Watch(int, uint64) error { return nil }
func (still) Unwatch(int) error       { return nil }
func (still) Close(int, bool)         {}

func TestEventsOfAClosedSocketFindNobody(t *testing.T) {
	l := New(Options{System: still{}, Clock: &frozen{}, Logger: slog.New(slog.DiscardHandler)})
	first := l.New(7, nil)
	l.add(first)
	token := uint64(first.slot)<<32 | uint64(l.table.slots[first.slot].generation)
	if l.table.get(token) != first {
		t.Fatal("the token does not find its socket")
	}
	first.close()
	second := l.New(7, nil)
	l.add(second)
	if second.slot != first.slot {
		t.Fatal("the slot is not used again, so that this test shows nothing")
	}
	if s := l.table.get(token); s != nil {
		t.Errorf("an old token finds descriptor %d", s.fd)
	}
}

func TestWhatArrivesDuringATurnAndIsNotReadGivesAnother(t *testing.T) {
	l := New(Options{System: still{}, Clock: &frozen{}, Logger: slog.New(slog.DiscardHandler)})
	s := l.New(7, &owner{turn: func(error) {}})
	l.add(s)
	l.one() // the first turn is taken
	s.turning = true
	s.happened(Readable)
	if l.runnable.len() != 0 {
		t.Fatal("a second turn at the same time")
	}
	s.turned()
	if l.runnable.len() != 1 || !s.turning {
		t.Error("what arrived is forgotten")
	}
	for _, task := range l.tasks {
		task.stop()
	}
}

// TestDeadlinesAreNeverEarlyAndHardlyLate compares the wheel with a list, whatever is set, put off and taken away.
func TestDeadlinesAreNeverEarlyAndHardlyLate(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 3))
		clock := &frozen{now: time.Duration(r.Int64N(int64(time.Hour)))}
		l := New(Options{System: still{}, Clock: clock, Logger: slog.New(slog.DiscardHandler)})
		now := int64(clock.now)
		l.wheel.turned = now / tickLength
		want := map[*Socket]int64{}
		var sockets []*Socket
		for i := range 40 {
			s := l.New(i, nil)
			l.add(s)
			sockets = append(sockets, s)
		}
		for range 400 {
			s := sockets[r.IntN(len(sockets))]
			switch d := time.Duration(r.Int64N(int64(3 * time.Minute))); {
			case r.IntN(5) == 0:
				s.ReadWithin(0)
				delete(want, s)
			case s.reading == open:
				s.ReadWithin(max(d, 1))
				want[s] = now + int64(max(d, 1))
			}
			if r.IntN(3) > 0 {
				continue
			}
			now += r.Int64N(int64([]time.Duration{time.Millisecond, time.Second, 2 * time.Minute}[r.IntN(3)]))
			l.Tick(time.Duration(now))
			if now >= l.dueTick.Load() {
				l.expire()
			}
			for _, s := range sockets {
				at, set := want[s]
				switch {
				case s.reading == expired && set && now < at:
					t.Fatalf("seed %d: ended %v early", seed, time.Duration(at-now))
				case s.reading == expired && !set:
					t.Fatalf("seed %d: ended without a deadline", seed)
				case s.reading == open && set && now > at+2*tickLength:
					t.Fatalf("seed %d: %v late", seed, time.Duration(now-at))
				}
				if s.reading == expired {
					s.reading = open // and again
					delete(want, s)
				}
			}
		}
	}
}
