package loop

import (
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
)

// ReadWithin makes reads fail with wire.ErrTimeout when they have not ended within d from now; an owner whose socket
// nobody reads has a turn then. 0 takes the deadline away. It is false when reads fail already.
func (s *Socket) ReadWithin(d time.Duration) bool {
	s.readBy = 0
	if d > 0 {
		s.readBy = s.deadline(d)
	}
	return s.reading == open
}

// Renew is ReadWithin, and forgets a deadline that has passed. It is false after Cancel.
func (s *Socket) Renew(d time.Duration) bool {
	if s.reading == expired {
		s.reading = open
	}
	return s.ReadWithin(d)
}

// Watch calls other.Cancel when the peer has gone, a second or two after it has. nil ends that.
func (s *Socket) Watch(other interface{ Cancel() }) {
	s.onGone = other
	s.watchAt = 0
	if other == nil {
		return
	}
	if s.cutting {
		other.Cancel()
	}
	s.watchAt = s.deadline(time.Duration(watchEvery - tickLength))
}

// deadline is the time d from now, and makes sure that the wheel comes up then. The time may be a tick behind: deadlines
// are late rather than early.
func (s *Socket) deadline(d time.Duration) int64 {
	at := s.loop.tick.Load() + int64(d) + tickLength
	if s.due == 0 || at < s.due*tickLength {
		s.loop.schedule(s, at)
	}
	return at
}

func (l *Loop) schedule(s *Socket, at int64) {
	if s.dead {
		return
	}
	l.wheel.place(s, at)
	if due := s.due * tickLength; due < l.dueTick.Load() {
		l.dueTick.Store(due)
	}
}

// expire looks after the sockets that come up.
func (l *Loop) expire() {
	now := l.tick.Load()
	l.wheel.turn(now, func(s *Socket) {
		s.late(now)
		if at := s.earliest(); at != 0 {
			l.wheel.place(s, at)
		}
	})
	l.dueTick.Store(l.wheel.due())
}

// earliest is the next deadline, 0 without one.
func (s *Socket) earliest() int64 {
	var first int64
	for _, at := range [...]int64{s.readBy, s.writeBy, s.watchAt} {
		if at != 0 && (first == 0 || at < first) {
			first = at
		}
	}
	return first
}

// late ends what has taken too long.
func (s *Socket) late(now int64) {
	if s.readBy != 0 && s.readBy <= now {
		s.readBy = 0
		s.fail(&s.reading, expired)
		s.wakeReader(wire.ErrTimeout)
	}
	if s.writeBy != 0 && s.writeBy <= now {
		s.writeBy = 0
		s.fail(&s.writing, expired)
		s.wake(&s.writer)
	}
	if s.watchAt != 0 && s.watchAt <= now {
		s.watchAt = now + watchEvery
		if s.ended && s.onGone != nil {
			s.watchAt = 0
			s.onGone.Cancel()
		}
	}
}
