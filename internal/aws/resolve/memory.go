package resolve

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// memory keeps answers for a time of their own. Whoever asks while an answer is being found gets the same one. Failures are
// not kept.
type memory struct {
	now    func() time.Time
	flight singleflight.Group
	mu     sync.Mutex
	kept   map[string]kept
}

type kept struct {
	value any
	until time.Time
}

func (m *memory) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.kept)
}

// shorten makes an answer go sooner than it would.
func (m *memory) shorten(key string, keep time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if k, ok := m.kept[key]; ok {
		if until := m.now().Add(keep); until.Before(k.until) {
			m.kept[key] = kept{k.value, until}
		}
	}
}

// rememberList is remember for lists; that there is nothing is believed for a short while only, because whoever named it
// is about to make it.
func rememberList[T any](ctx context.Context, m *memory, key string, keep time.Duration, find func(context.Context) ([]T, error)) ([]T, error) {
	list, err := remember(ctx, m, key, keep, find)
	if err == nil && len(list) == 0 {
		m.shorten(key, keepNothing)
	}
	return list, err
}

// remember gives what is kept under a key, or finds it.
func remember[T any](ctx context.Context, m *memory, key string, keep time.Duration, find func(context.Context) (T, error)) (T, error) {
	var none T
	m.mu.Lock()
	k, ok := m.kept[key]
	m.mu.Unlock()
	if v, fits := k.value.(T); ok && fits && m.now().Before(k.until) {
		return v, nil
	}
	ch := m.flight.DoChan(key, func() (any, error) {
		// The call must not end because the first of several askers went away.
		v, err := find(context.WithoutCancel(ctx))
		if err != nil {
			return nil, err
		}
		m.mu.Lock()
		m.kept[key] = kept{v, m.now().Add(keep)}
		m.mu.Unlock()
		return v, nil
	})
	select {
	case <-ctx.Done():
		return none, ctx.Err()
	case r := <-ch:
		if r.Err != nil {
			return none, r.Err
		}
		v, _ := r.Val.(T)
		return v, nil
	}
}
