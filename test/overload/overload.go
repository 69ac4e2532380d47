package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"
)

// report is what an attack cost.
type report struct {
	lasted      time.Duration
	before, top int64
	measured    bool
	peak, after figures
	// mu guards what well-behaved clients note.
	mu        sync.Mutex
	latencies []time.Duration
	failures  []string
	attempts  map[string]int
}

// String is the report for people.
func (r *report) String() string {
	if r == nil {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "attack of %v from %d addresses, %d connections each at most, %d to a listener\n", r.lasted, attackers, maxPerClient, maxConnections)
	if r.measured {
		fmt.Fprintf(&b, "memory of the process: %d MB before, %d MB at the most, bound %d MB\n", r.before>>20, r.top>>20, memoryBound>>20)
	}
	fmt.Fprintf(&b, "at the most: %v\nafterwards:  %v\n", r.peak, r.after)
	fmt.Fprintf(&b, "well-behaved: %d requests, %d failed, p50 %v, p99 %v, longest %v\n", len(r.latencies), len(r.failures),
		r.percentile(50), r.percentile(99), r.percentile(100))
	var names []string
	for n := range r.attempts { // sorted below
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		fmt.Fprintf(&b, "  %-28s %6d connections\n", n, r.attempts[n])
	}
	return b.String()
}

func (r *report) percentile(p int) time.Duration {
	if len(r.latencies) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(r.latencies))
	return sorted[min(len(sorted)-1, len(sorted)*p/100)].Round(time.Millisecond)
}

// verdict says what went wrong.
func (r *report) verdict() error {
	var wrong []error
	if r.measured && r.top > memoryBound {
		wrong = append(wrong, fmt.Errorf("the process took %d MB, its bound is %d MB", r.top>>20, int64(memoryBound)>>20))
	}
	if len(r.failures) > 0 {
		wrong = append(wrong, fmt.Errorf("%d requests of well-behaved clients failed, such as: %s", len(r.failures), r.failures[0]))
	}
	if p := r.percentile(99); p > 5*time.Second || len(r.latencies) < 50 {
		wrong = append(wrong, fmt.Errorf("well-behaved clients waited: %d requests, p99 %v", len(r.latencies), p))
	}
	if r.peak.Open > 2*attackers*maxPerClient+100 {
		wrong = append(wrong, fmt.Errorf("%d connections were open at a time", r.peak.Open))
	}
	if r.peak.Rejected == 0 {
		wrong = append(wrong, errors.New("nobody was turned away: this was no overload"))
	}
	if r.after.Open > 100 {
		wrong = append(wrong, fmt.Errorf("%d connections are still open after the attack", r.after.Open))
	}
	return errors.Join(wrong...)
}

// overload attacks a proxy for some time. self is the binary that plays the proxy and the attackers.
func overload(d time.Duration, self string) (*report, error) {
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Path == "/large" {
			piece := make([]byte, 64<<10)
			for range 160 {
				if _, err := w.Write(piece); err != nil {
					return
				}
			}
			return
		}
		fmt.Fprint(w, "hello")
	}))
	defer target.Close()
	c, err := startChild(self, strings.TrimPrefix(target.URL, "http://"))
	if err != nil {
		return nil, err
	}
	defer c.stop()
	at, err := c.look()
	if err != nil {
		return nil, err
	}
	r := &report{lasted: d, attempts: map[string]int{}}
	polite, stop := context.WithCancel(context.Background())
	defer stop()
	var clients sync.WaitGroup
	r.behave(polite, &clients, at)
	time.Sleep(time.Second)
	r.before, r.measured = c.rss()
	attack := exec.Command(self, "storm", at.Plain, at.Secure, d.String())
	attack.Env, attack.Stderr = append(os.Environ(), partVariable+"=1"), os.Stderr
	var told bytes.Buffer
	attack.Stdout = &told
	if err := attack.Start(); err != nil {
		return nil, err
	}
	over := make(chan error, 1)
	go func() { over <- attack.Wait() }()
	if err := r.watch(c, over); err != nil {
		return r, err
	}
	if err := json.Unmarshal(told.Bytes(), &r.attempts); err != nil {
		return r, fmt.Errorf("the attackers said %q: %w", told.Bytes(), err)
	}
	for range 100 {
		time.Sleep(100 * time.Millisecond)
		if r.after, err = c.look(); err != nil || r.after.Open < 100 {
			break
		}
	}
	stop()
	clients.Wait()
	if err != nil {
		return r, err
	}
	return r, r.verdict()
}

// watch looks at the proxy until the attack is over.
func (r *report) watch(c *child, over <-chan error) error {
	for {
		select {
		case err := <-over:
			return err
		case <-time.After(200 * time.Millisecond):
		}
		if n, ok := c.rss(); ok {
			r.top = max(r.top, n)
		}
		f, err := c.look()
		if err != nil {
			return err
		}
		top := &r.peak
		top.Open, top.Rejected, top.Accepted = max(top.Open, f.Open), f.Rejected, f.Accepted
		top.Goroutines, top.Heap = max(top.Goroutines, f.Goroutines), max(top.Heap, f.Heap)
	}
}
