package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// churn changes something all the time.
func (w *world) churn(ctx context.Context) {
	random := rand.New(rand.NewPCG(w.options.seed, 0))
	ticker := time.NewTicker(w.options.every)
	defer ticker.Stop()
	for turn := 1; ; turn++ {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		what, err := w.change(turn, random)
		if err != nil {
			w.fault("change %d (%s): %v", turn, what, err)
			return
		}
		w.mu.Lock()
		w.changes[what]++
		w.mu.Unlock()
	}
}

// change makes one change and says what it was.
func (w *world) change(turn int, random *rand.Rand) (string, error) {
	switch random.IntN(5) {
	case 0:
		return "certificate", w.write("certificate.yaml", w.certificate())
	case 1, 2:
		which := random.Perm(origins)[:1+random.IntN(origins)]
		return "targets", w.write("endpoints.yaml", w.endpoints(which))
	default:
		return "rules", w.write("rules.yaml", rules(turn))
	}
}

// fault notes what was wrong; the first hundred in words.
func (w *world) fault(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faulty++
	if len(w.faults) < 100 {
		w.faults = append(w.faults, time.Now().UTC().Format("15:04:05.000 ")+fmt.Sprintf(format, args...))
	}
}
