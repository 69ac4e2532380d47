package wire

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/testkit/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// pair makes two connected wires over loopback.
func pair(t *testing.T, clock *Clock) (*Wire, *Wire) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	b, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	x, y := New(a, clock), New(b, clock)
	t.Cleanup(func() {
		x.Close()
		y.Close()
	})
	return x, y
}

// newClock makes a clock and insists that it stops once the test's wires are closed.
func newClock(t *testing.T) *Clock {
	clock := NewClock()
	t.Cleanup(func() { waitIdle(t, clock) })
	return clock
}

// waitIdle waits until the clock's own goroutine has ended.
func waitIdle(t *testing.T, clock *Clock) {
	for range 100 {
		clock.mu.Lock()
		busy := clock.sweeping
		clock.mu.Unlock()
		if !busy {
			return
		}
		time.Sleep(Tick / 2)
	}
	t.Error("the clock never stopped")
}

func TestReadGivesWhatWasWritten(t *testing.T) {
	a, b := pair(t, newClock(t))
	if _, err := a.Write2([]byte("one "), []byte("two")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 7)
	if _, err := io.ReadFull(b, got); err != nil || string(got) != "one two" {
		t.Fatalf("read %q, %v", got, err)
	}
	a.Close()
	if _, err := b.Read(got); err != io.EOF {
		t.Fatalf("after the end: %v", err)
	}
}

func TestReadEndsAtItsDeadline(t *testing.T) {
	a, _ := pair(t, newClock(t))
	a.ReadWithin(150 * time.Millisecond)
	start := time.Now()
	_, err := a.Read(make([]byte, 1))
	took := time.Since(start)
	if !errors.Is(err, os.ErrDeadlineExceeded) || err != ErrTimeout {
		t.Errorf("error %v", err)
	}
	if took < 150*time.Millisecond || took > 150*time.Millisecond+5*Tick {
		t.Errorf("took %v", took)
	}
}

func TestWriteToAPeerThatDoesNotReadStalls(t *testing.T) {
	a, _ := pair(t, newClock(t))
	a.WriteStall(200 * time.Millisecond)
	n, err := a.Write(make([]byte, 64<<20))
	if err != ErrTimeout || n == 0 || n == 64<<20 {
		t.Errorf("wrote %d, %v", n, err)
	}
}

func TestASlowReaderGetsEverything(t *testing.T) {
	a, b := pair(t, newClock(t))
	a.WriteStall(5 * time.Second)
	big := bytes.Repeat([]byte("0123456789abcdef"), 1<<18)
	go func() {
		a.Write2(big[:1<<20], big[1<<20:])
		a.Close()
	}()
	var got bytes.Buffer
	if _, err := io.Copy(&got, struct{ io.Reader }{b}); err != nil || !bytes.Equal(got.Bytes(), big) {
		t.Errorf("got %d of %d bytes, %v", got.Len(), len(big), err)
	}
}

func TestAskWritesAndWaitsForTheAnswer(t *testing.T) {
	a, b := pair(t, newClock(t))
	go func() {
		buf := make([]byte, 64)
		for range 3 {
			n, err := b.Read(buf)
			if err != nil {
				t.Error(err)
				return
			}
			b.Write(bytes.ToUpper(buf[:n]))
		}
	}()
	buf := make([]byte, 64)
	for _, in := range []string{"one", "two", "three"} {
		n, sent, err := a.Ask([]byte(in[:1]), []byte(in[1:]), buf, time.Second, false)
		if err != nil || !sent || string(buf[:n]) != string(bytes.ToUpper([]byte(in))) {
			t.Errorf("asked %q: %q, %v, %v", in, buf[:n], sent, err)
		}
	}
}

func TestAskWithMoreThanTheSocketTakes(t *testing.T) {
	a, b := pair(t, newClock(t))
	const size = 32 << 20
	go func() {
		n, err := io.Copy(io.Discard, io.LimitReader(b, size))
		if n == size && err == nil {
			b.Write([]byte("ok"))
		}
	}()
	buf := make([]byte, 8)
	n, sent, err := a.Ask(make([]byte, 100), make([]byte, size-100), buf, 5*time.Second, false)
	if err != nil || !sent || string(buf[:n]) != "ok" {
		t.Errorf("%q, %v, %v", buf[:n], sent, err)
	}
}

func TestAskTellsAClosedPeerAndATimeout(t *testing.T) {
	clock := newClock(t)
	a, b := pair(t, clock)
	if _, sent, err := a.Ask([]byte("x"), nil, make([]byte, 8), 100*time.Millisecond, false); err != ErrTimeout || !sent {
		t.Errorf("no answer: %v, %v", sent, err)
	}
	c, d := pair(t, clock)
	d.Close()
	if _, _, err := c.Ask([]byte("x"), nil, make([]byte, 8), time.Second, false); err == nil || err == ErrTimeout {
		t.Errorf("closed peer: %v", err)
	}
	_ = b
}

func TestAPeerThatLeavesCancelsTheOther(t *testing.T) {
	clock := newClock(t)
	client, browser := pair(t, clock)
	target, _ := pair(t, clock)
	client.Watch(target)
	time.AfterFunc(100*time.Millisecond, func() { browser.Close() })
	start := time.Now()
	_, err := target.Read(make([]byte, 1))
	if err != ErrCancelled {
		t.Errorf("error %v", err)
	}
	if took := time.Since(start); took > 3*watchEvery {
		t.Errorf("noticed after %v", took)
	}
	client.Watch(nil)
}

func TestTheEndOfAWatchSavesTheOther(t *testing.T) {
	clock := newClock(t)
	client, browser := pair(t, clock)
	target, peer := pair(t, clock)
	client.Watch(target)
	client.Watch(nil)
	browser.Close()
	time.Sleep(2*watchEvery + 2*Tick)
	peer.Write([]byte("x"))
	if n, err := target.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

func TestLoopIsCalledForEachArrival(t *testing.T) {
	a, b := pair(t, newClock(t))
	go func() {
		for range 3 {
			b.Write([]byte("x"))
			time.Sleep(20 * time.Millisecond)
		}
		b.Close()
	}()
	got, buf := 0, make([]byte, 16)
	err := a.Loop(func(fd uintptr) bool {
		for {
			n, again, err := ReadNow(fd, buf)
			if again {
				return false
			}
			if err != nil {
				return true
			}
			got += n
		}
	})
	if got != 3 || err != nil {
		t.Errorf("%d bytes, %v", got, err)
	}
}

func TestPipesWorkThroughTheirMethods(t *testing.T) {
	clock := newClock(t)
	p, q := net.Pipe()
	a, b := New(p, clock), New(q, clock)
	defer a.Close()
	defer b.Close()
	go func() {
		buf := make([]byte, 8)
		n, _ := b.Read(buf)
		b.Write(buf[:n])
	}()
	buf := make([]byte, 8)
	if n, _, err := a.Ask([]byte("hi"), nil, buf, time.Second, false); err != nil || string(buf[:n]) != "hi" {
		t.Errorf("%q, %v", buf[:n], err)
	}
	if _, _, err := a.Ask(nil, nil, buf, 100*time.Millisecond, false); err != ErrTimeout {
		t.Errorf("error %v", err)
	}
}

// An edge that comes while nobody waits is forgotten when the next wait is made ready.
func TestAskSeesWhatCameBeforeIt(t *testing.T) {
	clock := newClock(t)
	for _, c := range []struct {
		name  string
		early func(b *Wire)
		used  bool
		want  string
		err   error
		sent  bool
	}{
		{"the end, on a used connection", func(b *Wire) { b.CloseWrite() }, true, "", ErrUnasked, false},
		{"bytes, on a used connection", func(b *Wire) { b.Write([]byte("408")) }, true, "", ErrUnasked, false},
		{"the end, on a new connection", func(b *Wire) { b.CloseWrite() }, false, "", io.EOF, true},
		{"bytes, on a new connection", func(b *Wire) { b.Write([]byte("503")) }, false, "503", nil, true},
	} {
		a, b := pair(t, clock)
		buf := make([]byte, 8)
		b.Write([]byte("hello"))
		if n, err := a.Read(buf); err != nil || string(buf[:n]) != "hello" { // now the poller knows the socket
			t.Fatalf("%s: %q, %v", c.name, buf[:n], err)
		}
		c.early(b)
		time.Sleep(20 * time.Millisecond) // for the poller to notice; without that the case proves less, and holds too
		n, sent, err := a.Ask([]byte("x"), nil, buf, 10*time.Second, c.used)
		if string(buf[:n]) != c.want || err != c.err || sent != c.sent {
			t.Errorf("%s: %q, sent %v, %v", c.name, buf[:n], sent, err)
		}
	}
}

func TestAskAllocatesNothing(t *testing.T) {
	a, b := pair(t, newClock(t))
	go func() {
		buf := make([]byte, 64)
		for {
			n, err := b.Read(buf)
			if err != nil {
				return
			}
			b.Write(buf[:n])
		}
	}()
	buf, out := make([]byte, 64), []byte("hello")
	if n := testing.AllocsPerRun(500, func() {
		if _, _, err := a.Ask(out, nil, buf, time.Second, false); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations per question", n)
	}
}

func BenchmarkSweepOfTenThousandConnections(b *testing.B) {
	clock := NewClock()
	var l list
	for range 10_000 {
		p, q := net.Pipe()
		defer p.Close()
		defer q.Close()
		w := New(p, clock)
		defer w.Close()
		w.ReadWithin(time.Hour)
		l.wires = append(l.wires, w)
	}
	b.ResetTimer()
	for b.Loop() {
		l.sweep(1)
	}
}
