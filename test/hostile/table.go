package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// score counts misses of one proxy by class.
type score struct {
	name, version string
	missing       bool
	misses        map[string]int
}

// classes are those of the cases with the number of inputs in each, in order.
func classes(cases []*hostileCase) (names []string, inputs map[string]int) {
	inputs = map[string]int{}
	for _, c := range cases {
		inputs[c.class]++
	}
	return slices.Sorted(maps.Keys(inputs)), inputs
}

// fire runs all cases at fronts; an input that misses at any of them counts once. say gets every miss.
func fireScore(fronts []*front, cases []*hostileCase, say func(f *front, c *hostileCase, misses []string)) map[string]int {
	missed := map[*hostileCase]bool{}
	done := make(chan map[*hostileCase]bool)
	for _, f := range fronts {
		go func() {
			mine := map[*hostileCase]bool{}
			for _, c := range cases {
				if len(c.frames) > 0 && !f.secure || f.peer && f.secure && len(c.frames) == 0 {
					continue
				}
				if misses, _ := f.run(c); len(misses) > 0 {
					mine[c] = true
					say(f, c, misses)
				}
			}
			done <- mine
		}()
	}
	for range fronts {
		maps.Copy(missed, <-done)
	}
	out := map[string]int{}
	for c := range missed { // a sum
		out[c.class]++
	}
	return out
}

// table writes the comparison as Markdown.
func table(w io.Writer, cases []*hostileCase, scores []score) {
	names, inputs := classes(cases)
	fmt.Fprint(w, "| class | inputs |")
	for _, s := range scores {
		fmt.Fprintf(w, " %s |", s.name)
	}
	fmt.Fprint(w, "\n|---|---:|"+strings.Repeat("---:|", len(scores))+"\n")
	row := func(name string, inputs int, count func(s *score) int) {
		fmt.Fprintf(w, "| %s | %d |", name, inputs)
		for i := range scores {
			if scores[i].missing {
				fmt.Fprint(w, " not installed |")
			} else {
				fmt.Fprintf(w, " %d |", count(&scores[i]))
			}
		}
		fmt.Fprintln(w)
	}
	total := 0
	for _, n := range names {
		row(n, inputs[n], func(s *score) int { return s.misses[n] })
		total += inputs[n]
	}
	row("**all**", total, func(s *score) int {
		sum := 0
		for _, n := range s.misses { // a sum
			sum += n
		}
		return sum
	})
}
