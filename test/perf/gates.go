package main

import (
	"fmt"
	"io"
)

// gate is what our processor time may be of a peer's, as the median of the rounds' ratios. There are no absolute figures:
// they would be those of a machine.
type gate struct {
	test, peer string
	most       float64
}

var gates = []gate{
	{"h1 1 KB", "nginx", 1.0},
	{"h1 1 MB", "nginx", 1.25},
	{"tls 1 KB", "nginx", 1.0},
	{"h2 1 KB", "nginx", 1.3},
	{"tcp upload", "nginx", 0.7},
	{"tcp download", "nginx", 0.7},
}

// mostDataCalls is how many calls that read or write we may make for a request: one each way on both sides, and what a
// connection's first and last request take besides.
const mostDataCalls = 4.1

// judge prints how every gate was passed and tells how many were not. What was not measured has not passed.
func judge(w io.Writer, results []result, counted []calls) error {
	failed := 0
	say := func(ok bool, format string, args ...any) {
		verdict := "passed"
		if !ok {
			verdict = "FAILED"
			failed++
		}
		fmt.Fprintf(w, "%s  %s\n", verdict, fmt.Sprintf(format, args...))
	}
	fmt.Fprintln(w, "\ngates")
	for _, g := range gates {
		ratio, measured := 0.0, false
		for _, r := range results {
			if three, ok := r.Ratios[g.peer]; ok && r.Case == g.test {
				ratio, measured = three[1], true
			}
		}
		if !measured {
			say(false, "%s: not measured against %s", g.test, g.peer)
			continue
		}
		say(ratio <= g.most, "%s: %.2f of %s, at most %.2f", g.test, ratio, g.peer, g.most)
	}
	for _, c := range counted {
		if c.Peer == "gwanmun" && c.Failed == "" { // where it cannot be counted it is not judged
			say(c.Data <= mostDataCalls, "data calls per request: %.2f, at most %.2f", c.Data, mostDataCalls)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d gates failed", failed)
	}
	return nil
}
