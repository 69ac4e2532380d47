package upstream

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// played is an event loop that only keeps count.
type played struct {
	number            int
	left              bool
	connects, adopted int
	refuse            error
}

// kept is a connection on one.
type kept struct {
	net.Conn
	noisy, closed bool
}

func (k *kept) Quiet() bool { return !k.noisy }

func (k *kept) Close() error {
	k.closed = true
	return nil
}

func (p *played) Number() int  { return p.number }
func (p *played) Inline() bool { return !p.left }
func (p *played) Block()       { p.left = true }

func (p *played) Connect(netip.AddrPort, time.Duration) (net.Conn, error) {
	p.connects++
	if p.refuse != nil {
		return nil, p.refuse
	}
	return &kept{}, nil
}

func (p *played) Adopt(func() (net.Conn, error)) (net.Conn, error) {
	p.adopted++
	return &kept{}, nil
}

func TestConnectionsStayOnTheirLoop(t *testing.T) {
	if Hosts < 2 {
		Hosts = 2
	}
	r := NewRegistry(Options{})
	defer r.Close()
	g := r.Acquire(&model.TargetGroup{ID: "tg", Protocol: model.TargetHTTP, Port: 80, Targets: []model.Target{{ID: "127.0.0.1", Port: 1}}})
	target := g.Pick(&exchange.Exchange{})
	a, b := &played{number: 0}, &played{number: 1}
	x := &exchange.Exchange{}
	first, err := target.ConnOn(a, x, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if n := target.Outstanding(); n != 1 {
		t.Errorf("%d outstanding", n)
	}
	first.Reuse()
	if s := target.State(); s.Idle != 1 || s.Outstanding != 0 || s.Requests != 1 {
		t.Errorf("%+v", s)
	}
	other, err := target.ConnOn(b, x, time.Second)
	if err != nil || other == first || b.connects != 1 {
		t.Errorf("another loop got the connection of the first: %v", err)
	}
	again, err := target.ConnOn(a, x, time.Second)
	if err != nil || again != first || !again.Reused || a.connects != 1 {
		t.Errorf("the loop did not get its connection back: %v", err)
	}
	again.Reuse()
	first.Conn.(*kept).noisy = true
	fresh, err := target.ConnOn(a, x, time.Second)
	if err != nil || fresh == first || !first.Conn.(*kept).closed {
		t.Errorf("a connection on which something arrived was used again: %v", err)
	}
	for _, c := range []*Conn{other, fresh} {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	a.refuse = errors.New("refused")
	var dial *DialError
	if _, err := target.ConnOn(a, x, time.Second); !errors.As(err, &dial) || dial.Timeout {
		t.Errorf("%v", err)
	}
	if s := target.State(); s.Outstanding != 0 || s.ConnectErrors != 1 || s.Idle != 0 {
		t.Errorf("%+v", s)
	}
}

func TestWhatALoopCannotSpeakLeavesIt(t *testing.T) {
	for name, tg := range map[string]*model.TargetGroup{
		"TLS":    {ID: "tls", Protocol: model.TargetHTTPS, Port: 80},
		"HTTP/2": {ID: "h2", Protocol: model.TargetHTTP, ProtocolVersion: model.HTTP2, Port: 80},
	} {
		r := NewRegistry(Options{Dial: refuseAll})
		tg.Targets = []model.Target{{ID: "127.0.0.1", Port: 1}}
		g := r.Acquire(tg)
		if g.Inline() {
			t.Errorf("%s: said to be for loops", name)
		}
		p := &played{}
		if _, err := g.Pick(&exchange.Exchange{}).ConnOn(p, &exchange.Exchange{}, time.Second); err == nil || !p.left {
			t.Errorf("%s: %v, left %v", name, err, p.left)
		}
		r.Close()
	}
}

func refuseAll(context.Context, string, string) (net.Conn, error) { return nil, errors.New("refused") }

func TestAnotherDialerIsCalledElsewhere(t *testing.T) {
	r := NewRegistry(Options{Dial: refuseAll})
	defer r.Close()
	g := r.Acquire(&model.TargetGroup{ID: "tg", Protocol: model.TargetHTTP, Port: 80, Targets: []model.Target{{ID: "127.0.0.1", Port: 1}}})
	p := &played{}
	c, err := g.Pick(&exchange.Exchange{}).ConnOn(p, &exchange.Exchange{}, time.Second)
	if err != nil || p.adopted != 1 || p.connects != 0 {
		t.Fatalf("%v, %+v", err, p)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}
