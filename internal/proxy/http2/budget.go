package http2

import "time"

// Budget bounds what a client may cost without asking for anything: each number is far above what honest clients do
// and far below what hurts. Times are on any clock that does not go back. The zero value is ready.
type Budget struct {
	spare  int
	filled time.Duration
	begun  bool

	opened, finished, resets int
	total, useful            int64
}

// Control frames (SETTINGS, PING, PRIORITY, RST_STREAM, empty DATA, unknown ones) cost one each. perSecond come back
// each second up to burst, and one for each frame that carries something, since some clients measure the line with a
// PING per frame.
const (
	perSecond = 100
	burst     = 200
)

// Control takes one frame off the budget; false means that the client sends too many.
func (b *Budget) Control(now time.Duration) bool {
	if !b.begun {
		b.begun, b.filled, b.spare = true, now, burst
	}
	if since := now - b.filled; since >= 10*time.Millisecond {
		b.spare = min(burst, b.spare+int(min(since, time.Minute)*perSecond/time.Second))
		b.filled = now
	}
	if b.spare == 0 {
		return false
	}
	b.spare--
	return true
}

// Useful credits a frame that carries something, in either direction.
func (b *Budget) Useful() {
	if b.begun && b.spare < burst {
		b.spare++
	}
}

// Bounds on streams that were opened and then reset, by the client or because of what it sent (CVE-2023-44487,
// CVE-2025-8671).
const resetsAllowed = 200

// Opened counts a stream. A head is something useful, so that whoever resets what it opened pays nothing here.
func (b *Budget) Opened() {
	b.opened++
	b.Useful()
}

// Finished counts a stream whose response was complete.
func (b *Budget) Finished() { b.finished++ }

// Reset counts a stream that the client reset or made us reset; false means that it resets most of what it opens.
func (b *Budget) Reset() bool {
	b.resets++
	return b.resets <= resetsAllowed || 2*b.finished >= b.opened
}

// overheadAllowed is how many bytes of frames that carry nothing are always allowed; beyond it they may be at most
// seven times what is useful.
const overheadAllowed = 1 << 20

// Bytes counts a frame of n bytes of which some carry a body or a head; false means that hardly any do.
func (b *Budget) Bytes(n, useful int) bool {
	b.total += int64(n)
	b.useful += int64(useful)
	return b.total/8 <= b.useful+overheadAllowed
}

// Useless takes n bytes back that Bytes counted as useful.
func (b *Budget) Useless(n int) { b.useful -= int64(n) }
