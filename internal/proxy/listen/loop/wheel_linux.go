package loop

import (
	"math"

	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
)

const (
	// spokes times wire.Tick is how far the wheel reaches in one round; what is due later is passed over until its round.
	spokes = 512
	// tickLength is how exact deadlines are: they end at most twice this too late, and never too early.
	tickLength = int64(wire.Tick)
	never      = math.MaxInt64
)

// wheel is a hashed timer wheel. A socket stands in it once, at its earliest deadline or before: putting a deadline off
// costs a store, and the socket is moved when its spoke comes up.
type wheel struct {
	spokes [spokes]Socket // heads of lists
	count  int
	// turned is the last tick that was looked at.
	turned int64
}

func (w *wheel) init() {
	for i := range w.spokes {
		head := &w.spokes[i]
		head.before, head.after = head, head
	}
}

// place puts a socket where it comes up at that time.
func (w *wheel) place(s *Socket, at int64) {
	w.remove(s)
	s.due = max((at+tickLength-1)/tickLength, w.turned+1)
	head := &w.spokes[s.due%spokes]
	s.before, s.after = head.before, head
	s.before.after, head.before = s, s
	w.count++
}

func (w *wheel) remove(s *Socket) {
	if s.after == nil {
		return
	}
	s.before.after, s.after.before = s.after, s.before
	s.before, s.after, s.due = nil, nil, 0
	w.count--
}

// turn calls f for each socket that comes up until now, taken out of the wheel.
func (w *wheel) turn(now int64, f func(*Socket)) {
	last := now / tickLength
	// After more than a round every spoke has come up.
	from := max(w.turned+1, last-spokes+1)
	w.turned = max(w.turned, last)
	for tick := from; tick <= last; tick++ {
		head := &w.spokes[tick%spokes]
		for s := head.after; s != head; {
			next := s.after
			if s.due <= last {
				w.remove(s)
				f(s)
			}
			s = next
		}
	}
}

// due is a time before which no socket comes up.
func (w *wheel) due() int64 {
	if w.count == 0 {
		return never
	}
	for i := range int64(spokes) {
		tick := w.turned + 1 + i
		if head := &w.spokes[tick%spokes]; head.after != head {
			return tick * tickLength
		}
	}
	return never
}
