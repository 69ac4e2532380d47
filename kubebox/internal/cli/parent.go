package cli

import (
	"context"
	"io"
	"os"
	"time"
)

// withParent returns a context that ends with ctx, when input ends, or when the process that started this one is gone. The
// starter keeps a pipe open as our input: then the system closes it however the starter ends.
func withParent(ctx context.Context, input io.Reader) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer cancel()
		_, _ = io.Copy(io.Discard, input) // an error is an end as well
	}()
	go func() {
		defer cancel()
		parent := os.Getppid()
		for tick := time.NewTicker(time.Second); os.Getppid() == parent; {
			select {
			case <-ctx.Done():
				tick.Stop()
				return
			case <-tick.C:
			}
		}
	}()
	return ctx
}
