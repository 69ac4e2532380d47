package wire

import (
	"sync"
	"sync/atomic"
	"time"
)

// KnowsQuiet says whether Quiet works on this platform.
const KnowsQuiet = knowsQuiet

// watching is what the clock looks after besides deadlines.
type watching struct {
	watchMu sync.Mutex
	cut     bool
	// onGone is cancelled when the peer has gone.
	onGone interface{ Cancel() }
	// idle ends the wire and partner when nothing moved for so long; activity is when something last did, nil asks
	// the system.
	idle     time.Duration
	partner  *Wire
	activity *atomic.Int64
	// pulse is set when segments without data count too.
	pulse *pulse
}

// Watch calls other.Cancel as soon as it is noticed that this wire's peer has gone: a client that leaves ends the
// request to its target. nil ends the watch; after that other is not touched any more. On a wire that was cut other is
// cancelled at once.
func (w *Wire) Watch(other interface{ Cancel() }) {
	if w.port != nil {
		w.port.Watch(other)
		return
	}
	w.watchMu.Lock()
	w.onGone = other
	if other != nil && w.cut {
		other.Cancel()
	}
	if other == nil {
		w.watchAt.Store(0)
	} else {
		w.watchAt.Store(w.clock.coarse() + int64(watchEvery))
	}
	w.watchMu.Unlock()
}

// Cut is Cancel for this wire and for what Watch named, now or later: nothing that this wire's user waits for goes on.
func (w *Wire) Cut() {
	if w.port != nil {
		w.port.Cut()
		return
	}
	w.Cancel()
	w.watchMu.Lock()
	defer w.watchMu.Unlock()
	w.cut = true
	if w.onGone != nil {
		w.onGone.Cancel()
	}
}

// Probe looks once, in about a second, whether the peer has gone, and cancels the wire then. It is for waits without a
// read before: an end that came together with the last bytes would not wake them. Probe(false) takes it back.
func (w *Wire) Probe(on bool) {
	switch {
	case w.port != nil: // a loop is told
	case on:
		w.probeAt.Store(w.clock.coarse() + int64(watchEvery))
	default:
		w.probeAt.Store(0)
	}
}

// QuietWithin cancels this wire and partner when nothing came in or went out on this one for idle. activity, when not
// nil, is where the user notes Clock.Since whenever something moves; otherwise the system is asked, which needs
// KnowsQuiet. It replaces Watch. 0 ends it.
func (w *Wire) QuietWithin(idle time.Duration, partner *Wire, activity *atomic.Int64) {
	w.watchMu.Lock()
	w.onGone, w.idle, w.partner, w.activity, w.pulse = nil, idle, partner, activity, nil
	w.watchAt.Store(0)
	if idle > 0 {
		w.watchAt.Store(w.clock.coarse() + int64(idle))
	}
	w.watchMu.Unlock()
}

func (w *Wire) unwatch() { w.QuietWithin(0, nil, nil) }

// look is called by the clock when it is time.
func (w *Wire) look(now int64) {
	w.watchMu.Lock()
	defer w.watchMu.Unlock()
	switch {
	case w.onGone != nil:
		if !w.Gone() {
			w.watchAt.Store(now + int64(watchEvery))
			return
		}
		w.watchAt.Store(0)
		w.onGone.Cancel()
	case w.idle > 0:
		quiet := w.quietFor(now)
		wait := w.idle - quiet
		if w.pulse != nil {
			quiet, wait = w.pulse.quietFor(now, quiet, w.idle)
		}
		if quiet < w.idle {
			w.watchAt.Store(now + int64(wait))
			return
		}
		w.watchAt.Store(0)
		w.Cancel()
		w.partner.Cancel()
	}
}

func (w *Wire) quietFor(now int64) time.Duration {
	if w.activity != nil {
		return time.Duration(now - w.activity.Load())
	}
	d, known := w.Quiet()
	if !known {
		return w.idle
	}
	return d
}
