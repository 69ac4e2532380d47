package http2

// MaxWindow is the largest window (RFC 9113 section 6.9.1).
const MaxWindow = 1<<31 - 1

// Window is what may still be sent. It may become negative when the peer changes its settings.
type Window int64

// Grow adds to a window; false means that it would become too large, which is a FLOW_CONTROL_ERROR.
func (w *Window) Grow(n int64) bool {
	if int64(*w)+n > MaxWindow {
		return false
	}
	*w += Window(n)
	return true
}

// Take takes up to n bytes off both windows and says how many.
func Take(n int, stream, connection *Window) int {
	n = min(n, max(0, int(*stream)), max(0, int(*connection)))
	*stream -= Window(n)
	*connection -= Window(n)
	return n
}

// Receiver is what the client may still send on a stream or connection, and what was used of it but not given back.
type Receiver struct {
	open   int64
	used   int64
	window int64
}

// NewReceiver begins with a window.
func NewReceiver(window int64) Receiver { return Receiver{open: window, window: window} }

// Receive takes n bytes off; false means that the client sent more than it may.
func (r *Receiver) Receive(n int64) bool {
	r.open -= n
	return r.open >= 0
}

// Consume says that n bytes were used up. It returns what to give back now: half a window or more at a time.
func (r *Receiver) Consume(n int64) (update int64) {
	r.used += n
	if r.used < r.window/2 {
		return 0
	}
	update, r.used = r.used, 0
	r.open += update
	return update
}
