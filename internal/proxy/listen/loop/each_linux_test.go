package loop

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
)

// eaching owns a socket that is served by Each; the error that Each ends with goes to ended.
func eaching(l *Loop, fd int, f func(s *Socket, b []byte) (done bool)) (s *Socket, ended chan error) {
	o, ended := &owner{}, make(chan error, 1)
	s = l.New(fd, o)
	o.turn = func(error) {
		buf := make([]byte, 64)
		ended <- s.Each(func() bool {
			n, err := s.ReadNow(buf)
			return err != wire.ErrAgain && (err != nil || f(s, buf[:n]))
		})
		s.Close()
	}
	return s, ended
}

func TestEachServesArrivalsUntilItIsDone(t *testing.T) {
	l, _ := running(t)
	fd, c := pair(t)
	s, ended := eaching(l, fd, func(s *Socket, b []byte) bool {
		if _, err := s.WriteNow(b, nil); err != nil {
			t.Error(err)
		}
		return bytes.Contains(b, []byte("enough"))
	})
	s.Add()
	for range 50 {
		talk(t, c, "more")
	}
	talk(t, c, "enough")
	if err := <-ended; err != nil {
		t.Error(err)
	}
	// Turns are those of tasks: one began, and went on at the end.
	if _, err := io.ReadAll(c); err != nil {
		t.Error(err)
	}
	l.Stop()
	if n := l.Stats().Turns; n > 4 {
		t.Errorf("%d turns for 50 arrivals", n)
	}
}

func TestEachEndsWithItsPeer(t *testing.T) {
	l, _ := running(t)
	fd, c := pair(t)
	s, ended := eaching(l, fd, func(*Socket, []byte) bool { return false })
	s.Add()
	if _, err := io.WriteString(c, "the last words"); err != nil {
		t.Fatal(err)
	}
	c.Close() // the end comes with them, or right behind
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestEachEndsInTimeOrWhenItIsCancelled(t *testing.T) {
	for _, want := range []error{wire.ErrCancelled, wire.ErrTimeout} {
		l, _ := running(t)
		fd, c := pair(t)
		s, ended := eaching(l, fd, func(s *Socket, b []byte) bool {
			if want == wire.ErrTimeout {
				s.ReadWithin(100 * time.Millisecond)
			}
			_, err := s.WriteNow(b, nil)
			return err != nil
		})
		s.Add()
		talk(t, c, "hello")
		if want == wire.ErrCancelled {
			s.Cancel()
		}
		if err := <-ended; err != want {
			t.Errorf("%v, not %v", err, want)
		}
	}
}

func TestAPanicInEachEndsItsSocketAlone(t *testing.T) {
	l, log := running(t)
	fd, c := pair(t)
	s, ended := eaching(l, fd, func(_ *Socket, b []byte) bool {
		if bytes.Contains(b, []byte("bang")) {
			panic("on purpose")
		}
		return false
	})
	s.Add()
	other, d := pair(t)
	echoing(l, other).Add()
	talk(t, d, "hello")
	for _, text := range []string{"first", "bang"} { // what comes first may be read by the task itself
		if _, err := io.WriteString(c, text); err != nil {
			t.Fatal(err)
		}
		talk(t, d, "hello")
	}
	if err := <-ended; err != wire.ErrCancelled {
		t.Error(err)
	}
	talk(t, d, "still there")
	l.Stop()
	if !bytes.Contains(log.Bytes(), []byte("on purpose")) {
		t.Errorf("log: %s", log)
	}
}
