package wire

import (
	"sync/atomic"
	"syscall"
	"time"
)

// looksPerIdle is how often within an idle time a flow is looked at for keep-alives: it may be forgotten by this part of
// the time too late.
const looksPerIdle = 8

// pulse notices segments without data on the sockets of a flow: keep-alives.
type pulse struct {
	sockets []syscall.RawConn
	seen    []uint32
	// at is when such a segment was last noticed, looked when the sockets were last looked at.
	at, looked int64
}

// AliveWithin is QuietWithin for a flow of a network load balancer, on which TCP keep-alives of either peer count as a
// sign of life although they move nothing. sockets are the raw sockets of both sides (nil ones are passed over), which
// must not send keep-alives of their own. Platforms that tell nothing of keep-alives go by data alone.
func (w *Wire) AliveWithin(idle time.Duration, partner *Wire, activity *atomic.Int64, sockets ...syscall.RawConn) {
	w.QuietWithin(idle, partner, activity)
	if idle <= 0 {
		return
	}
	now := w.clock.coarse()
	p := &pulse{at: now, looked: now}
	for _, s := range sockets {
		if s == nil {
			continue
		}
		if n, known := segments(s); known {
			p.sockets, p.seen = append(p.sockets, s), append(p.seen, n)
		}
	}
	if len(p.sockets) == 0 {
		return
	}
	w.watchMu.Lock()
	w.pulse = p
	w.watchAt.Store(now + int64(max(idle/looksPerIdle, Tick)))
	w.watchMu.Unlock()
}

// quietFor takes for how long no data moved, and returns for how long there was no sign of life at all, and when to look
// next. Segments that data explains are none: what there was of data is known exactly.
func (p *pulse) quietFor(now int64, data, idle time.Duration) (quiet, next time.Duration) {
	news := false
	for i, s := range p.sockets {
		if n, known := segments(s); known && n != p.seen[i] {
			p.seen[i], news = n, true
		}
	}
	if news && int64(data) > now-p.looked {
		p.at = now
	}
	p.looked = now
	quiet = min(data, time.Duration(now-p.at))
	return quiet, min(max(idle/looksPerIdle, Tick), max(idle-quiet, Tick))
}

func segments(s syscall.RawConn) (n uint32, known bool) {
	if err := s.Control(func(fd uintptr) { n, known = sysSegments(fd) }); err != nil {
		return 0, false
	}
	return n, known
}

// Broken says whether a socket is closed although we have not ended our side: its peer has reset it. Platforms other than
// Linux never say so.
func Broken(s syscall.RawConn) (broken bool) {
	if s == nil {
		return false
	}
	err := s.Control(func(fd uintptr) { broken = sysBroken(fd) })
	return err == nil && broken
}

// Flush waits until the peer has acknowledged everything that was written to a socket, or for at most within. Platforms
// other than Linux do not wait.
func Flush(s syscall.RawConn, within time.Duration) {
	const step = 2 * time.Millisecond
	for waited := time.Duration(0); s != nil && waited < within; waited += step {
		left := 0
		if err := s.Control(func(fd uintptr) { left = sysUnsent(fd) }); err != nil || left == 0 {
			return
		}
		time.Sleep(step)
	}
}
