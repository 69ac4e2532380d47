package sticky

import (
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// BenchmarkTarget measures what stickiness adds to a request and its answer: without any, for a client without cookies,
// and for one that brings them back.
func BenchmarkTarget(b *testing.B) {
	f := NewTarget(NewJar(keeper(b, 1)))
	g := newGroup("web", "", 24*time.Hour)
	_, fields := answer(f, requested(f, g), 7)
	x := &exchange.Exchange{Conn: &exchange.Conn{}}
	run := func(b *testing.B, g exchange.Group, cookie []byte) {
		b.ReportAllocs()
		var target exchange.Target = target1(7)
		for i := 0; b.Loop(); i++ {
			x.Reset()
			x.Group, x.Start, x.Target = g, noon.Add(time.Duration(i/50_000)*time.Second), target
			if cookie != nil {
				x.Request.Header.AddString("Cookie", cookie)
			}
			f.Request(x)
			f.(exchange.ResponseFilter).Response(x)
		}
	}
	b.Run("off", func(b *testing.B) { run(b, &group1{id: "web"}, nil) })
	b.Run("new client", func(b *testing.B) { run(b, g, nil) })
	b.Run("known client", func(b *testing.B) { run(b, g, []byte(pair(fields[0])+"; "+pair(fields[1]))) })
}

func TestWithoutStickinessNothingIsAllocated(t *testing.T) {
	f := NewTarget(NewJar(keeper(t, 1)))
	g := &group1{id: "web"}
	x := &exchange.Exchange{Conn: &exchange.Conn{}}
	if n := testing.AllocsPerRun(100, func() {
		x.Group = g
		f.Request(x)
		f.(exchange.ResponseFilter).Response(x)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestAnAnswerToANewClientAllocatesNothingWithinASecond(t *testing.T) {
	f := NewTarget(NewJar(keeper(t, 1)))
	g := newGroup("web", "", time.Hour)
	x := &exchange.Exchange{Conn: &exchange.Conn{}}
	var target exchange.Target = target1(7)
	if n := testing.AllocsPerRun(100, func() {
		x.Reset()
		x.Group, x.Start, x.Target = g, noon, target
		f.Request(x)
		f.(exchange.ResponseFilter).Response(x)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
