package forward

import "sync"

// Attachment is Stream's Attach for drivers that learn by themselves that their client has gone: it is embedded in their
// streams. The zero value is ready.
type Attachment struct {
	mu     sync.Mutex
	target interface{ Cancel() }
	gone   bool
}

// Attach cancels target when the client goes away.
func (a *Attachment) Attach(target interface{ Cancel() }) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.target = target
	if target != nil && a.gone {
		target.Cancel()
	}
}

// ClientGone ends the wait for a target: the client has gone.
func (a *Attachment) ClientGone() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.gone = true
	if a.target != nil {
		a.target.Cancel()
	}
}

// Renew gets ready for another stream.
func (a *Attachment) Renew() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.target, a.gone = nil, false
}
