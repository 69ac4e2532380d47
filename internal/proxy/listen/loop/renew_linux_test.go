package loop

import (
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
)

func TestASocketReadsOnAfterADeadlineThatWasRenewed(t *testing.T) {
	l, _ := running(t)
	fd, other := pair(t)
	o := &owner{}
	s := l.New(fd, o)
	told := make(chan error, 10)
	begun := false
	o.turn = func(cause error) {
		switch {
		case !begun:
			begun = true
			s.ReadWithin(50 * time.Millisecond)
		case cause == wire.ErrTimeout:
			told <- cause
			if s.ReadWithin(time.Second) || !s.Renew(5*time.Second) {
				t.Error("moved without being renewed, or not renewed")
			}
		default:
			buf := make([]byte, 4)
			_, err := wire.NewPort(s, nil).Read(buf)
			told <- err
			s.Cancel()
			s.Close()
		}
	}
	s.Add()
	if err := <-told; err != wire.ErrTimeout {
		t.Fatal(err)
	}
	if _, err := other.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := <-told; err != nil {
		t.Errorf("read after the renewal: %v", err)
	}
}
