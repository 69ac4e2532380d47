package oidc

import (
	"crypto/sha256"
	"sync"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/action/session"
)

const (
	// rememberFor is how long a refresh is remembered: requests that were sent with the old cookies before the new ones
	// arrived must not use the refresh token a second time, which providers take for theft.
	rememberFor = time.Minute
	// maxRemembered bounds the table.
	maxRemembered = 1024
)

// refreshes lets each session be refreshed once, however many requests ask for it.
type refreshes struct {
	mu    sync.Mutex
	rows  map[[32]byte]*refresh
	swept time.Time
}

type refresh struct {
	done    chan struct{}
	ended   time.Time
	session *session.Session
	failure *failure
}

func newRefreshes() refreshes { return refreshes{rows: map[[32]byte]*refresh{}} }

// refreshed is the session that follows an old one: asked for now, or by somebody else just before.
func (t *Logins) refreshed(l *login, old *session.Session) (*session.Session, *failure) {
	key := sha256.Sum256(append(append([]byte(nil), l.id[:]...), old.RefreshToken...))
	r, first := t.refreshs.join(key, t.now())
	if first {
		t.carryOut(l, old, r)
	}
	<-r.done
	return r.session, r.failure
}

// carryOut asks the provider. Whatever happens, those who wait go on.
func (t *Logins) carryOut(l *login, old *session.Session, r *refresh) {
	r.failure = broken(reasonUnhandled)
	defer func() {
		t.refreshs.mu.Lock()
		r.ended = t.now()
		t.refreshs.mu.Unlock()
		close(r.done)
	}()
	ctx, cancel := bounded()
	defer cancel()
	r.session, r.failure = t.again(ctx, l, old)
}

// join finds the refresh of a key, or begins one.
func (s *refreshes) join(key [32]byte, now time.Time) (r *refresh, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r = s.rows[key]; r != nil && !r.over(now) {
		return r, false
	}
	if len(s.rows) >= maxRemembered || now.Sub(s.swept) > rememberFor {
		s.forget(now)
	}
	r = &refresh{done: make(chan struct{})}
	s.rows[key] = r
	return r, true
}

func (r *refresh) over(now time.Time) bool {
	return !r.ended.IsZero() && now.Sub(r.ended) > rememberFor
}

// forget drops what is over, and everything that has ended when that is not enough.
func (s *refreshes) forget(now time.Time) {
	s.swept = now
	for key, r := range s.rows {
		if r.over(now) {
			delete(s.rows, key)
		}
	}
	if len(s.rows) < maxRemembered {
		return
	}
	for key, r := range s.rows {
		if !r.ended.IsZero() {
			delete(s.rows, key)
		}
	}
}
