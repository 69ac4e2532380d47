package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	gwanmun  string
	rounds   int
	duration time.Duration
	cases    string
	peers    string
	json     string
	idle     int
	keep     bool
	full     bool
}

func main() {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "origin":
			exit(runOrigin(os.Args[2:]))
		case "load":
			exit(runLoad(os.Args[2:]))
		}
	}
	var o options
	flag.StringVar(&o.gwanmun, "gwanmun", "", "our binary; empty builds it")
	flag.IntVar(&o.rounds, "rounds", 5, "interleaved rounds")
	flag.DurationVar(&o.duration, "duration", time.Second, "length of one measurement")
	flag.StringVar(&o.cases, "cases", "", "only cases whose name contains one of these, comma-separated")
	flag.BoolVar(&o.full, "full", false, "all cases; without it those that tell most")
	flag.StringVar(&o.peers, "peers", "gwanmun,nginx,haproxy,caddy,traefik", "who takes part; ratios need gwanmun and another one")
	flag.StringVar(&o.json, "json", "", "file for all figures")
	flag.IntVar(&o.idle, "idle", 1000, "idle connections to measure memory with; 0 leaves it out")
	flag.BoolVar(&o.keep, "keep", false, "keep the directory with configurations and logs")
	flag.Parse()
	exit(run(o))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "perf:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(o options) (err error) {
	dir, err := os.MkdirTemp("", "gwanmun-perf-")
	if err != nil {
		return err
	}
	if !o.keep {
		defer os.RemoveAll(dir)
	}
	b := &bench{options: o, dir: dir}
	defer b.stop()
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	done := make(chan error, 1)
	go func() { done <- b.run() }()
	select {
	case err = <-done:
	case <-interrupted:
		err = fmt.Errorf("interrupted")
	}
	if err != nil && o.keep {
		err = fmt.Errorf("%w (see %s)", err, dir)
	}
	return err
}

// run measures setting by setting and reports.
func (b *bench) run() error {
	if err := b.prepare(); err != nil {
		return err
	}
	var results []result
	var memory []idle
	chosen := b.chosen()
	for i, s := range settings(chosen) {
		if err := b.enter(s, chosen); err != nil {
			return fmt.Errorf("setting %s: %w", s.name, err)
		}
		if i == 0 {
			printSetting(os.Stdout, b)
			if s.name == plain.name {
				memory = b.idleMemory() // first: later, peers have memory in hand from the load
				printMemory(os.Stdout, memory, b.options.idle)
			}
		}
		for _, c := range chosen {
			if c.set != s {
				continue
			}
			if c.h2 && b.h2load == "" {
				fmt.Printf("\n%s: left out, h2load is not installed\n", c.name)
				continue
			}
			r := b.measure(c)
			printResult(os.Stdout, r)
			results = append(results, r)
		}
		if s.hosts > 0 {
			memory = append(memory, b.size(s)...)
		}
		b.leave()
	}
	printSizes(os.Stdout, memory)
	if b.options.json == "" {
		return nil
	}
	return writeJSON(b.options.json, b, results, memory)
}
