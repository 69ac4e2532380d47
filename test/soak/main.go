package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"time"
)

// options are the flags.
type options struct {
	gwanmun  string
	duration time.Duration
	every    time.Duration
	clients  int
	seed     uint64
}

func main() {
	var o options
	flag.StringVar(&o.gwanmun, "gwanmun", "bin/gwanmun", "our binary")
	flag.DurationVar(&o.duration, "duration", 10*time.Minute, "how long")
	flag.DurationVar(&o.every, "every", 300*time.Millisecond, "pause between two changes")
	flag.IntVar(&o.clients, "clients", 8, "clients of each kind")
	flag.Uint64Var(&o.seed, "seed", 1, "seed of the changes")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

// run does everything and tells what was wrong.
func run(ctx context.Context, o options, out io.Writer) error {
	w, err := newWorld(o)
	if err != nil {
		return err
	}
	defer w.stop()
	if err := w.start(ctx); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d clients of each kind for %s; a change every %s\n", o.clients, o.duration, o.every)
	ctx, cancel := context.WithTimeout(ctx, o.duration)
	defer cancel()
	var tasks sync.WaitGroup
	for _, k := range kinds {
		for i := range o.clients {
			tasks.Go(func() { w.client(ctx, k, i) })
		}
	}
	tasks.Go(func() { w.churn(ctx) })
	w.watch(ctx, out)
	tasks.Wait()
	return w.verdict(out)
}
