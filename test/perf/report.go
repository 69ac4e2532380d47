package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"
)

func printSetting(w io.Writer, b *bench) {
	fmt.Fprintf(w, "machine: %s, %d cores, %s, load %s\n", cpuModel(), runtime.NumCPU(), kernel(), b.busy)
	pinned := "proxies on core 0, origin and load on core 1, GOMAXPROCS=1, one worker, one thread"
	if b.taskset == "" {
		pinned = "not pinned: taskset is not installed, or there is one core"
	}
	fmt.Fprintf(w, "setting: %s; %d rounds of %s; access logs off unless a case says so; eight forwarding fields added by everybody\n",
		pinned, b.options.rounds, b.options.duration)
	generator := b.wrkVersion
	if generator == "" {
		generator = "own generator (wrk is not installed)"
	}
	fmt.Fprintf(w, "load: %s\n", generator)
	for _, p := range b.peers {
		if p.missing != "" {
			fmt.Fprintf(w, "%-8s %s\n", p.name, p.missing)
		} else {
			fmt.Fprintf(w, "%-8s %s\n", p.name, p.version)
		}
	}
}

func printResult(w io.Writer, r result) {
	middle := "p50 us"
	if r.Generator == "h2load" {
		middle = "mean us"
	}
	note := ""
	if r.Note != "" {
		note = "; " + r.Note
	}
	fmt.Fprintf(w, "\n%s (%s%s)\n%-10s %28s %12s %10s %10s %10s %8s   %s\n", r.Case, r.Generator, note, "",
		"CPU us/"+r.Unit+" min/med/max", r.Unit+"s/s", middle, "p99 us", "max us", "errors", "our CPU / theirs min/med/max")
	for _, name := range r.order {
		if why := r.Left[name]; why != "" {
			fmt.Fprintf(w, "%-10s left out: %s\n", name, why)
		}
		samples := r.Samples[name]
		if len(samples) == 0 {
			continue
		}
		middleOf := func(of func(sample) float64) float64 { return spread(column(samples, of))[1] }
		cpu := spread(column(samples, func(s sample) float64 { return s.CPU }))
		var lost int64
		for _, s := range samples {
			lost += s.Load.Errors + s.Load.Lost
		}
		fmt.Fprintf(w, "%-10s %28s %12.0f %10.0f %10.0f %10.0f %8d   %s\n", name, three(cpu, "%.1f"),
			middleOf(func(s sample) float64 { return s.Rate }), middleOf(func(s sample) float64 { return s.Load.P50 }),
			middleOf(func(s sample) float64 { return s.Load.P99 }), middleOf(func(s sample) float64 { return s.Load.Max }), lost, ratioText(r, name))
	}
}

func ratioText(r result, name string) string {
	if ratio, ok := r.Ratios[name]; ok {
		return three(ratio, "%.2f")
	}
	return ""
}

func column(samples []sample, of func(sample) float64) []float64 {
	var out []float64
	for _, s := range samples {
		out = append(out, of(s))
	}
	return out
}

func three(v [3]float64, format string) string {
	return fmt.Sprintf(strings.Join([]string{format, format, format}, "/"), v[0], v[1], v[2])
}

// report is the JSON form of a run.
type report struct {
	Started  time.Time         `json:"started"`
	CPU      string            `json:"cpu"`
	Cores    int               `json:"cores"`
	Kernel   string            `json:"kernel"`
	Go       string            `json:"go"`
	Pinned   bool              `json:"pinned"`
	Rounds   int               `json:"rounds"`
	Seconds  float64           `json:"seconds_per_measurement"`
	Versions map[string]string `json:"versions"`
	Results  []result          `json:"results"`
	Idle     []idle            `json:"idle,omitempty"`
	Calls    []calls           `json:"system_calls,omitempty"`
}

func writeJSON(path string, b *bench, m measured) error {
	r := report{
		Started: b.started, CPU: cpuModel(), Cores: runtime.NumCPU(), Kernel: kernel(), Go: runtime.Version(),
		Pinned: b.taskset != "", Rounds: b.options.rounds, Seconds: b.options.duration.Seconds(),
		Versions: map[string]string{"wrk": b.wrkVersion}, Results: m.results, Idle: m.memory, Calls: m.calls,
	}
	for name, version := range b.versions {
		r.Versions[name] = version
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

func cpuModel() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for _, line := range strings.Split(string(text), "\n") {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func kernel() string {
	text, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return runtime.GOOS
	}
	return "Linux " + strings.TrimSpace(string(text))
}

func loadAverage() string {
	text, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(text), " ")
	return first
}
