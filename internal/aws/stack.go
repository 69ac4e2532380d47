package aws

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gwanmun/gwanmun/internal/aws/apply"
	"github.com/gwanmun/gwanmun/internal/aws/observe"
	"github.com/gwanmun/gwanmun/internal/lookup"
)

// stack is what is remembered of one stack.
type stack struct {
	// mu lets one goroutine in at a time.
	mu sync.Mutex
	// state is what AWS holds; nil when that is not known. deep says that it was read in depth and not only listed.
	state *apply.State
	deep  bool
	// made is the fingerprint of the wish that state fulfils; empty when it may not.
	made string
	// due is when to look at AWS again although nothing has changed.
	due time.Time
	// looked is when AWS was looked at last: a change that comes much later looks again first.
	looked time.Time
	// touched marks the last change: older lists do not show it.
	touched int64
	// checkpoint is what is kept beyond this process; loaded says that it is known.
	checkpoint string
	loaded     bool
	// balancer is the stack's load balancer as builds see it (nil inside for none); nil when it is not known.
	balancer atomic.Pointer[*lookup.LoadBalancer]
}

// forget makes the next Reconcile look again.
func (s *stack) forget() { s.state, s.deep, s.made = nil, false, "" }

// load finds the checkpoint of a stack. Failing to do so costs calls and nothing else.
func (r *Realizer) load(ctx context.Context, id StackID, s *stack) {
	if s.loaded || r.o.Checkpoints == nil {
		return
	}
	text, ok, err := r.o.Checkpoints.Load(ctx, id.String())
	if err != nil {
		r.o.Logger.Warn("cannot read a checkpoint", "group", id.String(), "error", err)
		return
	}
	s.loaded = true
	if ok {
		s.checkpoint = text
	}
}

// keep stores a checkpoint, or takes it away with "". It must be taken away before a change: a crash in between would leave
// one behind that claims too much.
func (r *Realizer) keep(ctx context.Context, id StackID, s *stack, text string) error {
	if r.o.Checkpoints == nil || s.loaded && s.checkpoint == text {
		return nil
	}
	var err error
	if text == "" {
		err = r.o.Checkpoints.Delete(ctx, id.String())
	} else {
		err = r.o.Checkpoints.Store(ctx, id.String(), text)
	}
	if err != nil {
		return fmt.Errorf("change the checkpoint of %s: %w", id, err)
	}
	s.checkpoint, s.loaded = text, true
	return nil
}

// checkpointFormat changes when old checkpoints are not to be believed any more.
const checkpointFormat = "1"

// Words of a checkpoint that stand for nothing.
const (
	underChange = "changing"
	noSecrets   = "-"
)

// checkpointOf says that a wish was fulfilled by what a stack owns, and with which client secrets.
func checkpointOf(fingerprint string, p observe.Part, secrets string) string {
	return strings.Join([]string{checkpointFormat, fingerprint, p.Digest(), secrets}, " ")
}

// changing is the checkpoint of a stack that is being changed: it claims nothing, but remembers the client secrets that were
// sent last, because AWS never tells them.
func changing(before string) string {
	if s := secretsIn(before); s != noSecrets {
		return strings.Join([]string{checkpointFormat, underChange, underChange, s}, " ")
	}
	return ""
}

// secretsIn are the client secrets that a checkpoint remembers.
func secretsIn(checkpoint string) string {
	words := strings.Fields(checkpoint)
	if len(words) != 4 || words[0] != checkpointFormat {
		return noSecrets
	}
	return words[3]
}

// look finds out what a stack owns. When the checkpoint says that the wish was fulfilled by the very same resources, listing
// them is enough.
func (r *Realizer) look(ctx context.Context, id StackID, s *stack, w *wish, fingerprint string) error {
	now := r.o.Now()
	again := !s.due.IsZero() && !now.Before(s.due)
	mark := s.touched
	if again {
		mark = r.observer.Mark()
	}
	sweep, err := r.observer.Latest(ctx, mark, now.Add(-r.o.SweepKept))
	if err != nil {
		return err
	}
	part := sweep.Part(id)
	s.looked = now
	r.load(ctx, id, s)
	if !again && !w.nothing() && s.checkpoint == checkpointOf(fingerprint, part, secretsOf(w.model)) {
		listed := &observe.Stack{Model: part.Model(), Handles: observe.NewHandles(), Shown: maps.Clone(part.Shown)}
		s.state, s.deep, s.made = apply.Adopt(w.model, listed), false, fingerprint
		s.due = now.Add(time.Duration(r.o.Random() * float64(r.o.SyncPeriod)))
		return nil
	}
	found, err := r.observer.Stack(ctx, sweep, id, w.desired())
	if err != nil {
		return err
	}
	if sent := secretsIn(s.checkpoint); sent != noSecrets && sent != secretsOf(w.model) {
		doubtSecrets(found.Model)
	}
	s.state, s.deep, s.made = apply.Adopt(w.model, found), true, ""
	if again {
		s.due = now.Add(r.o.SyncPeriod)
	} else {
		s.due = now.Add(time.Duration(r.o.Random() * float64(r.o.SyncPeriod)))
	}
	return nil
}
