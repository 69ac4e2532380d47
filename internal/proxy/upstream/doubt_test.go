package upstream

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
)

// TestADoubtfulConnectionIsLookedAtHoweverSoonItIsTaken: the clock stands still, so that every idle time is too short for a
// look otherwise.
func TestADoubtfulConnectionIsLookedAtHoweverSoonItIsTaken(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	stopped := time.Now()
	r := NewRegistry(Options{Now: func() time.Time { return stopped }})
	defer r.Close()
	g := r.Acquire(&model.TargetGroup{ID: "g"})
	defer g.Release()
	g.SetTargets([]model.Target{{ID: "x", Address: listener.Addr().String()}})
	target := g.Pick(x0)
	for _, doubt := range []bool{false, true} {
		c := conn(t, target)
		theirs, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if doubt {
			c.Doubt()
		}
		c.Reuse()
		if _, err := io.WriteString(theirs, "a body that must not be there"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
		again := conn(t, target)
		if again.Reused == doubt {
			t.Errorf("doubt %v: reused %v", doubt, again.Reused)
		}
		again.Close()
		theirs.Close()
		if doubt {
			if theirs, err = listener.Accept(); err == nil {
				theirs.Close()
			}
		}
	}
}
