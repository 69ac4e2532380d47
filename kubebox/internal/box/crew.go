package box

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// crew is the components that run, in the order in which they were started.
type crew struct {
	// failed gets the first error of a component that ends before it is told to.
	failed chan error

	mu      sync.Mutex
	stopped bool
	members []member
}

type member struct {
	name   string
	cancel context.CancelFunc
	done   <-chan struct{}
}

func newCrew() *crew { return &crew{failed: make(chan error, 1)} }

// start runs a component until stop. After stop it does nothing.
func (c *crew) start(ctx context.Context, name string, run func(context.Context) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	c.members = append(c.members, member{name: name, cancel: cancel, done: done})
	go func() {
		defer close(done)
		err := run(ctx)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			err = errors.New("no reason given")
		}
		c.fail(fmt.Errorf("the %s stopped: %w", name, err))
	}()
}

// fail reports that something of the crew does not work any more. What fails after that is not of interest.
func (c *crew) fail(err error) {
	select {
	case c.failed <- err:
	default:
	}
}

// stop ends the components, the last one first, and waits for each.
func (c *crew) stop(say func(string)) {
	c.mu.Lock()
	c.stopped = true
	members := slices.Clone(c.members)
	c.mu.Unlock()
	for _, m := range slices.Backward(members) {
		m.cancel()
		if !within(patience, func() { <-m.done }) {
			say("the " + m.name + " did not stop in time")
		}
	}
}

// within says whether f came back in time.
func within(limit time.Duration, f func()) bool {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
		return true
	case <-time.After(limit):
		return false
	}
}
