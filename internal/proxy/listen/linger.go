package listen

import "time"

// Bounds on what is read of a client that goes on sending although the connection ends with the answer that it got:
// for how long at all, how long it may pause, and how much. The times are nginx's (lingering_time, lingering_timeout).
const (
	lingerTime  = 30 * time.Second
	lingerPause = 5 * time.Second
	lingerBytes = 64 << 20
)

// lingering ends our side, and reads and drops what the client still sends, until it stops: closed with unread bytes, or
// with bytes that come later, the connection would break off, and a client that sends first and reads then would lose its
// answer. What ends idle connections ends the wait.
func (c *conn) lingering() {
	pause, most := lingerPause, lingerTime
	if c.phase.CompareAndSwap(busy, idle); c.socket.ending.Load() {
		if !c.phase.CompareAndSwap(idle, busy) {
			return
		}
		pause, most = drainTime, drainTime
	}
	clock := c.set.options.Clock
	began := clock.Coarse()
	if !c.wire.Renew(pause) || c.phase.Load() == ended {
		return
	}
	if c.tls != nil {
		_ = c.tls.CloseWrite() // as below
	}
	if c.wire.CloseWrite() != nil {
		return
	}
	c.takeWork()
	for left := lingerBytes; left > 0; {
		n, err := c.wire.Read(c.work.space)
		spent := clock.Coarse() - began
		if left -= n; err != nil || spent >= most || !c.wire.ReadWithin(min(pause, most-spent)) {
			return
		}
	}
}
