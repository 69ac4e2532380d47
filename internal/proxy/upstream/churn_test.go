package upstream

import (
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// counted is a pipe that counts itself among the open ones.
type counted struct {
	net.Conn
	open *atomic.Int64
	once sync.Once
}

func (c *counted) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return c.Conn.Close()
}

func TestNothingIsLostWhileTargetsComeAndGo(t *testing.T) {
	var open atomic.Int64
	r := registry(t, Options{Limits: Limits{IdlePerGroup: 20}, Dial: func(context.Context, string, string) (net.Conn, error) {
		open.Add(1)
		ours, theirs := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, theirs) }()
		return &counted{Conn: ours, open: &open}, nil
	}})
	tg := plain(5)
	g := r.Acquire(tg)
	var work sync.WaitGroup
	stop := make(chan struct{})
	for i := range 4 {
		work.Go(func() {
			for n := uint64(i); ; n += 4 {
				select {
				case <-stop:
					return
				default:
				}
				x := &exchange.Exchange{Random: [2]uint64{mix(n), n}}
				target := g.Pick(x)
				if target == nil {
					t.Error("no target although there always is one")
					return
				}
				c, err := target.Conn(x, time.Second)
				if err != nil {
					t.Error(err)
					return
				}
				c.Report(200, time.Millisecond)
				if n%7 == 0 {
					c.Close()
				} else {
					c.Reuse()
				}
			}
		})
	}
	for i := range 300 {
		g.SetTargets(targets(5)[i%3 : 3+i%3])
		if i%50 == 0 {
			r.Acquire(tg)
			g.Release()
		}
		time.Sleep(100 * time.Microsecond)
	}
	close(stop)
	work.Wait()
	idle := int64(0)
	for _, s := range g.Targets() {
		if s.Outstanding != 0 || s.State == Draining {
			t.Errorf("left over: %+v", s)
		}
		idle += int64(s.Idle)
	}
	if idle != open.Load() || idle != g.idle.Load() || idle > 20 {
		t.Errorf("%d idle, %d open, %d counted", idle, open.Load(), g.idle.Load())
	}
	g.Release()
	if n := open.Load(); n != 0 {
		t.Errorf("%d connections outlived their group", n)
	}
}
