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
	markdown string
	gates    bool
	calls    bool
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
	flag.StringVar(&o.markdown, "markdown", "", "file for tables in Markdown")
	flag.BoolVar(&o.gates, "gates", false, "fail when our processor time is above what is allowed of nginx's")
	flag.BoolVar(&o.calls, "calls", true, "count system calls by strace, where it is installed and permitted")
	flag.IntVar(&o.idle, "idle", 1000, "idle connections to measure memory with, and ten times as many; 0 leaves it out")
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
	chosen := b.chosen()
	var m measured
	for i, s := range settings(chosen) {
		if i == 0 && s.name == plain.name {
			idle, err := b.idleMemory()
			if err != nil {
				return fmt.Errorf("idle connections: %w", err)
			}
			m.memory = idle
		}
		if err := b.enter(s, chosen); err != nil {
			return fmt.Errorf("setting %s: %w", s.name, err)
		}
		if i == 0 {
			printSetting(os.Stdout, b)
			printMemory(os.Stdout, m.memory)
		}
		b.measureSetting(s, chosen, &m)
		b.leave()
	}
	printSizes(os.Stdout, m.memory)
	fmt.Printf("\ntook %s\n", time.Since(b.started).Round(time.Second))
	if err := b.write(m); err != nil {
		return err
	}
	if len(b.failed) > 0 {
		return fmt.Errorf("%s", strings.Join(b.failed, "; "))
	}
	if b.options.gates {
		return judge(os.Stdout, m.results, m.calls)
	}
	return nil
}

// measured is everything that was measured.
type measured struct {
	results []result
	memory  []idle
	calls   []calls
}

// measureSetting measures the cases of a setting, and what else belongs to it.
func (b *bench) measureSetting(s setting, chosen []testCase, m *measured) {
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
		m.results = append(m.results, r)
	}
	switch {
	case s.hosts > 0:
		m.memory = append(m.memory, b.size(s)...)
	case s.name == plain.name && b.options.calls:
		m.calls = b.countCalls()
		printCalls(os.Stdout, m.calls)
	}
}

// write writes the files that are asked for.
func (b *bench) write(m measured) error {
	if b.options.markdown != "" {
		if err := os.WriteFile(b.options.markdown, b.tables(m), 0o644); err != nil {
			return err
		}
	}
	if b.options.json == "" {
		return nil
	}
	return writeJSON(b.options.json, b, m)
}
