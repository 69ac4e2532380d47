package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// sample is what the process holds at a moment.
type sample struct {
	memory, descriptors, goroutines float64
}

// watch samples the process until ctx ends, and prints a line now and then.
func (w *world) watch(ctx context.Context, out io.Writer) {
	every := max(w.options.duration/60, 200*time.Millisecond)
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case err := <-w.ended:
			w.ended <- err
			w.fault("gwanmun ended: %v", err)
			return
		case <-ticker.C:
		}
		s, err := w.sample()
		if err != nil {
			w.fault("look at the process: %v", err)
			continue
		}
		w.mu.Lock()
		w.samples = append(w.samples, s)
		if n%6 == 5 {
			fmt.Fprintf(out, "%s: %d requests and messages, %d faults, %.1f MiB, %.0f descriptors, %.0f goroutines\n",
				time.Duration(n+1)*every, w.total(), w.faulty, s.memory/(1<<20), s.descriptors, s.goroutines)
		}
		w.mu.Unlock()
	}
}

func (w *world) total() (n int64) {
	for _, k := range kinds {
		n += w.counts[k]
	}
	return n
}

// sample reads memory (resident), open descriptors and goroutines.
func (w *world) sample() (s sample, err error) {
	pid := w.process.Process.Pid
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return s, err
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return s, errors.New("statm says nothing")
	}
	pages, err := strconv.ParseFloat(fields[1], 64)
	if err != nil {
		return s, err
	}
	s.memory = pages * float64(os.Getpagesize())
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return s, err
	}
	s.descriptors = float64(len(open))
	s.goroutines, err = w.metric("go_goroutines")
	return s, err
}

// metric reads one series without labels.
func (w *world) metric(name string) (float64, error) {
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get("http://" + w.metrics + "/metrics")
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, errors.Join(fmt.Errorf("no series %s", name), lines.Err())
}

// verdict prints everything and says whether it was as it should be.
func (w *world) verdict(out io.Writer) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, k := range kinds {
		fmt.Fprintf(out, "%-18s %9d\n", k, w.counts[k])
		if w.counts[k] == 0 {
			w.faults = append(w.faults, fmt.Sprintf("nothing was exchanged by %s", k))
			w.faulty++
		}
	}
	fmt.Fprintf(out, "changes: %d of rules, %d of targets, %d of certificates\n", w.changes["rules"], w.changes["targets"], w.changes["certificate"])
	grown := w.growth(out)
	for _, f := range w.faults {
		fmt.Fprintln(out, "fault:", f)
	}
	switch {
	case w.faulty > 0:
		return fmt.Errorf("%d faults", w.faulty)
	case grown != nil:
		return grown
	}
	fmt.Fprintln(out, "no fault")
	return nil
}

// growth compares the second quarter of the run (the first one fills pools and caches) with the last one, by medians.
func (w *world) growth(out io.Writer) error {
	n := len(w.samples)
	if n < 8 {
		return fmt.Errorf("%d samples tell nothing of growth", n)
	}
	var grown []error
	for _, m := range []struct {
		name  string
		of    func(sample) float64
		slack float64
		unit  float64
	}{
		{"memory, MiB", func(s sample) float64 { return s.memory }, 8 << 20, 1 << 20},
		{"descriptors", func(s sample) float64 { return s.descriptors }, 30, 1},
		{"goroutines", func(s sample) float64 { return s.goroutines }, 50, 1},
	} {
		early, late := median(w.samples[n/4:n/2], m.of), median(w.samples[n*3/4:], m.of)
		fmt.Fprintf(out, "%-18s %9.1f in the second quarter, %.1f in the last one\n", m.name, early/m.unit, late/m.unit)
		if late > early*1.1+m.slack {
			grown = append(grown, fmt.Errorf("%s grew from %.1f to %.1f", m.name, early/m.unit, late/m.unit))
		}
	}
	return errors.Join(grown...)
}

func median(list []sample, of func(sample) float64) float64 {
	values := make([]float64, len(list))
	for i, s := range list {
		values[i] = of(s)
	}
	slices.Sort(values)
	return values[len(values)/2]
}
