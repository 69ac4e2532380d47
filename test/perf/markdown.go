package main

import (
	"bytes"
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"strings"
)

// tables are what was measured, as docs/benchmarks.md shows it.
func (b *bench) tables(m measured) []byte {
	var out bytes.Buffer
	b.sayWhere(&out)
	taking := map[string]bool{}
	for _, r := range m.results {
		for name := range r.Samples {
			taking[name] = true
		}
	}
	names := slices.DeleteFunc(b.names(), func(name string) bool { return !taking[name] })
	costTable(&out, m.results, names)
	paceTable(&out, m.results, names)
	leftOut(&out, m.results)
	memoryTable(&out, m.memory)
	callTable(&out, m.calls)
	return out.Bytes()
}

func (b *bench) names() []string { return strings.Split(b.options.peers, ",") }

func (b *bench) sayWhere(out *bytes.Buffer) {
	var versions []string
	for _, name := range b.names() {
		version := b.versions[name]
		if !strings.Contains(strings.ToLower(version), name) {
			version = name + " " + version
		}
		versions = append(versions, version)
	}
	fmt.Fprintf(out, "%s; %s, %d cores, %s; %s; %s; %s. %d rounds of %s; load %s at the start.\n",
		b.started.Format("2 January 2006"), cpuModel(), runtime.NumCPU(), kernel(), runtime.Version(), b.wrkVersion, strings.Join(versions, ", "),
		b.options.rounds, b.options.duration, b.busy)
}

// row writes a line of a table.
func row(out *bytes.Buffer, cells ...string) {
	fmt.Fprintf(out, "| %s |\n", strings.Join(cells, " | "))
}

func header(out *bytes.Buffer, cells ...string) {
	out.WriteString("\n")
	row(out, cells...)
	out.WriteString(strings.Repeat("|---", len(cells)) + "|\n")
}

// costTable is processor time for each unit, and the ratios.
func costTable(out *bytes.Buffer, results []result, names []string) {
	head := []string{"case", "CPU us per"}
	head = append(head, names...)
	for _, name := range names {
		if name != "gwanmun" {
			head = append(head, "ours / "+name+": min, median, max")
		}
	}
	header(out, head...)
	for _, r := range results {
		if len(r.Samples) == 0 {
			continue
		}
		cells := []string{r.Case, r.Unit}
		for _, name := range names {
			cells = append(cells, median(r.Samples[name], "%.1f", func(s sample) float64 { return s.CPU }))
		}
		for _, name := range names {
			if name == "gwanmun" {
				continue
			}
			cell := ""
			if ratio, ok := r.Ratios[name]; ok {
				cell = fmt.Sprintf("%.2f **%.2f** %.2f", ratio[0], ratio[1], ratio[2])
			}
			cells = append(cells, cell)
		}
		row(out, cells...)
	}
}

// paceTable is units per second and the time that they took.
func paceTable(out *bytes.Buffer, results []result, names []string) {
	header(out, append([]string{"case: units per second; 50th and 99th percentile in us"}, names...)...)
	for _, r := range results {
		if len(r.Samples) == 0 {
			continue
		}
		cells := []string{r.Case}
		for _, name := range names {
			samples := r.Samples[name]
			cell := median(samples, "%.0f", func(s sample) float64 { return s.Rate })
			if len(samples) > 0 && samples[0].Load.P99 > 0 {
				cell += median(samples, "; %.0f", func(s sample) float64 { return s.Load.P50 }) +
					median(samples, ", %.0f", func(s sample) float64 { return s.Load.P99 })
			}
			cells = append(cells, cell)
		}
		row(out, cells...)
	}
}

func median(samples []sample, format string, of func(sample) float64) string {
	if len(samples) == 0 {
		return ""
	}
	return fmt.Sprintf(format, spread(column(samples, of))[1])
}

// leftOut says who did not take part in what, besides those who take part in little or nothing.
func leftOut(out *bytes.Buffer, results []result) {
	out.WriteString("\nLeft out:\n\n")
	for _, r := range results {
		for _, name := range r.order {
			if why := r.Left[name]; why != "" && why != notInstalled && why != plainOnly {
				fmt.Fprintf(out, "- %s, %s: %s\n", r.Case, name, why)
			}
		}
	}
}

func memoryTable(out *bytes.Buffer, all []idle) {
	header(out, "memory (PSS)", "", "")
	for _, m := range all {
		switch {
		case m.Failed != "":
			row(out, m.Peer, cmp.Or(m.Setting, fmt.Sprintf("%d idle connections, %s", m.Connections, m.Protocol)), "left out: "+m.Failed)
		case m.Setting != "":
			row(out, m.Peer, "after the cases with "+m.Setting, fmt.Sprintf("%.1f MiB", float64(m.Start)/(1<<20)))
		default:
			row(out, m.Peer, fmt.Sprintf("%d idle connections, %s", m.Connections, m.Protocol), m.cost())
		}
	}
}

func callTable(out *bytes.Buffer, all []calls) {
	header(out, "system calls per request, "+cases[0].name, "reading and writing", "waiting", "all")
	for _, c := range all {
		if c.Failed != "" {
			row(out, c.Peer, c.Failed, "", "")
			continue
		}
		row(out, c.Peer, fmt.Sprintf("%.2f", c.Data), fmt.Sprintf("%.2f", c.Waits), fmt.Sprintf("%.2f", c.All))
	}
}
