package listen

import (
	"bytes"
	"strconv"
	"testing"
	"time"
)

// talker is one side of a tunnel in a world: it sends what it has to, and keeps what it gets.
type talker struct {
	todo, got []byte
	// switching is what is said to a request, before todo.
	switching string
	// echoes sends back what comes. together ends the side with the last bytes, in the same event; else it is ended when the
	// other one is.
	echoes, together bool
	finished, heard  bool // our end, the other one's
	left             bool
	leftAt           time.Duration
	world            *world
}

func (p *talker) step(w *world, e *end) bool {
	if len(e.out) > 0 && (len(p.todo) == 0 || w.random.IntN(2) == 0) {
		p.hear(e.take())
		return true
	}
	if len(p.todo) > 0 && !p.finished && p.switching == "" {
		if p.todo = e.give(p.todo); len(p.todo) == 0 && p.together {
			p.finished = true
			e.finish()
		}
		return true
	}
	if e.outEnded && len(e.out) == 0 && !p.heard {
		p.heard = true
		if !p.finished {
			p.finished = true
			e.finish()
		}
		return true
	}
	return false
}

func (p *talker) hear(b []byte) {
	p.got = append(p.got, b...)
	if p.switching != "" {
		_, behind, ok := bytes.Cut(p.got, []byte("\r\n\r\n"))
		if !ok {
			return
		}
		p.todo, p.switching = append([]byte(p.switching), p.todo...), ""
		b, p.got = behind, behind
	}
	if p.echoes {
		p.todo = append(p.todo, b...)
	}
}

func (p *talker) gone(reset bool) {
	p.left, p.heard = true, p.heard || !reset
	if p.world != nil {
		p.leftAt = p.world.now
	}
}

const switched = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"

// tunnel runs a client and its target, one more after each that was broken off before it answered, until the client has left.
func tunnel(t *testing.T, seed int, tr trouble, client *talker, target func() peer) *faulty {
	t.Helper()
	f := newFaulty(t, dialects[seed%2], tr)
	f.world.target = func(*end) peer { return target() }
	client.world = f.world
	f.connect(client, 1000)
	f.world.done = func() bool { return client.left }
	f.world.loop.Run()
	f.check()
	return f
}

// said are n bytes.
func said(n, salt int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + i>>8 + salt)
	}
	return b
}

// TestTunnelsLoseNothingInPoorWorlds has clients send and targets echo, small pieces and long ones, which go by way of a pipe,
// and has sides end together with their last bytes: one event tells of both, and the end must not be lost although nobody
// reads until there is nothing more.
func TestTunnelsLoseNothingInPoorWorlds(t *testing.T) {
	t.Parallel()
	worlds := 40
	if testing.Short() || raced {
		worlds = 10
	}
	for seed := range worlds {
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			t.Parallel()
			tr := trouble{seed: uint64(seed)}
			if seed > 5 {
				tr = worse(seed)
			}
			all := said([]int{0, 1, 128, 5000, 16 << 10, 200_000}[seed%6], seed)
			c := &talker{todo: append([]byte(upgrade), all...), together: true}
			f := tunnel(t, seed, tr, c, func() peer { return &talker{switching: switched, echoes: true} })
			f.got(c, all)
			if len(all) > 16<<10 && tr.short == 0 && f.world.calls.spliced == 0 {
				t.Error("a long piece was not spliced")
			}
			// The target has the last word.
			c = &talker{todo: []byte(upgrade)}
			f = tunnel(t, seed, tr, c, func() peer { return &talker{switching: switched, todo: all, together: true} })
			f.got(c, all)
		})
	}
}

// got says that a client got an answer that switches, these bytes and the end of the other side, and waited for no time limit.
func (f *faulty) got(c *talker, want []byte) {
	f.t.Helper()
	head, body, _ := bytes.Cut(c.got, []byte("\r\n\r\n"))
	if !bytes.HasPrefix(head, []byte("HTTP/1.1 101")) {
		f.t.Fatalf("%+v: got %.80q", f.world.trouble, head)
	}
	if !bytes.Equal(want, body) || !c.heard {
		f.t.Errorf("%+v: got %d of %d bytes, and the end: %t", f.world.trouble, len(body), len(want), c.heard)
	}
	if c.leftAt > 30*time.Second {
		f.t.Errorf("%+v: it took %v", f.world.trouble, c.leftAt)
	}
}

// TestATunnelThatBreaksLeavesNothingBehind resets one of its connections at any moment.
func TestATunnelThatBreaksLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	for seed := range 40 {
		t.Run(strconv.Itoa(seed), func(t *testing.T) {
			t.Parallel()
			tr := worse(seed)
			tr.resetAt = 1 + 4*seed
			all := said(60_000, seed)
			c := &talker{todo: append([]byte(upgrade), all...)}
			tunnel(t, seed, tr, c, func() peer { return &talker{switching: switched, echoes: true} })
			_, body, _ := bytes.Cut(c.got, []byte("\r\n\r\n"))
			if bytes.HasPrefix(c.got, []byte("HTTP/1.1 101")) && !bytes.HasPrefix(all, body) {
				t.Errorf("%+v: other bytes than were sent", tr)
			}
		})
	}
}

// TestAQuietTunnelEndsInVirtualTime has nobody say anything, or one side not read, and looks at the clock.
func TestAQuietTunnelEndsInVirtualTime(t *testing.T) {
	t.Parallel()
	for name, said := range map[string][]byte{"nothing is said": nil, "the target does not read": said(100_000, 1)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &talker{todo: append([]byte(upgrade), said...)}
			tunnel(t, 0, trouble{window: 4096}, c, func() peer { return &deaf{talker{switching: switched}} })
			if c.leftAt < 60*time.Second || c.leftAt > 63*time.Second {
				t.Errorf("the tunnel ended after %v", c.leftAt)
			}
		})
	}
}

// deaf reads a request, switches and reads no more.
type deaf struct{ talker }

func (p *deaf) step(w *world, e *end) bool {
	if p.switching == "" && len(p.todo) == 0 {
		return false
	}
	return p.talker.step(w, e)
}
