package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
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
	flag.StringVar(&o.peers, "peers", "gwanmun,nginx,haproxy", "who takes part; ratios need nginx or haproxy")
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

// run prepares everything, measures and reports.
func (b *bench) run() error {
	if err := b.prepare(); err != nil {
		return err
	}
	printSetting(os.Stdout, b)
	memory := b.idleMemory() // first: later, peers have memory in hand from the load
	printMemory(os.Stdout, memory, b.options.idle)
	var results []result
	for _, c := range cases {
		if !b.wanted(c.name) {
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
	if b.options.json == "" {
		return nil
	}
	return writeJSON(b.options.json, b, results, memory)
}

func (b *bench) wanted(name string) bool {
	if b.options.cases == "" {
		return true
	}
	for _, part := range strings.Split(b.options.cases, ",") {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}
