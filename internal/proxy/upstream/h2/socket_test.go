package h2

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// connected is both ends of a connection of the system.
func connected(t *testing.T) (a, b net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	a, err = net.Dial("tcp", l.Addr().String())
	if err == nil {
		b, err = l.Accept()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = a.Close(), b.Close() })
	return a, b
}

func TestAWriteEndsWhenTheTargetTakesNothing(t *testing.T) {
	a, _ := connected(t)
	err := newSocket(a).writeWithin(make([]byte, 64<<20), 50*time.Millisecond)
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatal(err)
	}
}

func TestAWaitLeavesNoDeadlineBehind(t *testing.T) {
	a, b := connected(t)
	s, size := newSocket(a), 16<<20
	got := make(chan int64, 1)
	go func() {
		n, _ := io.Copy(io.Discard, b) // the number says whether it failed
		got <- n
	}()
	if err := s.writeWithin(make([]byte, size), time.Minute); err != nil {
		t.Fatal(err)
	}
	if s.limited {
		t.Error("a deadline is left")
	}
	if err := s.writeWithin([]byte("x"), time.Minute); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if n := <-got; n != int64(size)+1 {
		t.Errorf("%d bytes", n)
	}
}

func TestAReadSeesBytesAndTheEnd(t *testing.T) {
	a, b := connected(t)
	s, p := newSocket(a), make([]byte, 8)
	if _, err := b.Write([]byte("hi")); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Read(p); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	_ = b.Close() // what the other end sees is what counts
	if n, err := s.Read(p); n != 0 || err != io.EOF {
		t.Fatal(n, err)
	}
}
