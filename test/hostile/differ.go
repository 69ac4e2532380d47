package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/gwanmun/gwanmun/internal/testkit/recorder"
)

// difference is an input that two proxies both served, in different ways.
type difference struct {
	input        []byte
	ours, theirs string
}

// tally counts what became of mutated inputs.
type tally struct {
	both, weRefused, theyRefused, bothRefused int
	differ                                    []difference
}

func (t *tally) String() string {
	return fmt.Sprintf("%d served alike by both, %d refused by ours only, %d by nginx only, %d by both, %d served differently",
		t.both, t.weRefused, t.theyRefused, t.bothRefused, len(t.differ))
}

// compareMutants sends n mutated requests of the corpus to both, and compares what their targets saw: either it has the same
// meaning, or one of them refused it.
func compareMutants(ours, theirs *front, cases []*hostileCase, n int) *tally {
	random := rand.New(rand.NewPCG(1, 2)) // the same inputs every time
	var heads [][]byte
	for _, c := range cases {
		if in := c.input(); strings.HasPrefix(c.class, "http1/") && len(in) < 2000 && len(c.steps) == 1 {
			heads = append(heads, in)
		}
	}
	out := &tally{}
	for range n {
		input := mutate(random, heads)
		a, b := ours.seen(input), theirs.seen(input)
		if a != "" && b != "" && !alike(a, b) {
			// What came late may be of the input before: once more, alone.
			ours.target.Take(quiet)
			theirs.target.Take(quiet)
			time.Sleep(quiet)
			ours.target.Take(quiet)
			theirs.target.Take(quiet)
			a, b = ours.seen(input), theirs.seen(input)
		}
		switch {
		case a == "" && b == "":
			out.bothRefused++
		case a == "":
			out.weRefused++
		case b == "":
			out.theyRefused++
		case alike(a, b):
			out.both++
		default:
			out.differ = append(out.differ, difference{input, a, b})
		}
	}
	return out
}

// alike says whether two read an input with the same meaning. One may have seen fewer requests: it may stop when it likes.
func alike(a, b string) bool {
	return strings.HasPrefix(a+"\n", b+"\n") || strings.HasPrefix(b+"\n", a+"\n")
}

// mutate changes a request here and there, or crosses two.
func mutate(r *rand.Rand, heads [][]byte) []byte {
	in := bytes.Clone(heads[r.IntN(len(heads))])
	for range 1 + r.IntN(3) {
		if len(in) == 0 {
			in = []byte("G")
		}
		at := r.IntN(len(in))
		switch r.IntN(5) {
		case 0:
			in[at] = byte(r.IntN(256))
		case 1:
			in = append(in[:at], append([]byte{" \t\r\n:;,\x00\x0b\x7f\x80"[r.IntN(11)]}, in[at:]...)...)
		case 2:
			in = append(in[:at], in[at+1:]...)
		case 3:
			// A line of another request.
			lines := bytes.SplitAfter(heads[r.IntN(len(heads))], []byte("\r\n"))
			line := lines[r.IntN(len(lines))]
			if end := bytes.Index(in[at:], []byte("\r\n")); end >= 0 {
				at += end + 2
			}
			in = append(in[:at], append(bytes.Clone(line), in[at:]...)...)
		case 4:
			other := heads[r.IntN(len(heads))]
			in = append(in[:at], other[min(at, len(other)):]...)
		}
	}
	return in
}

// seen is what the target saw of an input, as one line for each request; "" when nothing whole arrived.
func (f *front) seen(input []byte) string {
	c := &hostileCase{steps: []step{{send: input}, {end: true}}}
	w := &want{status: []string{"200"}, words: []word{{key: "rest"}}}
	o := f.fire(c, w)
	var lines []string
	for _, q := range o.requests {
		if q.Complete {
			lines = append(lines, meaning(q))
		}
	}
	return strings.Join(lines, "\n")
}

// meaning is what matters of a request: who is asked for what, and with which body.
func meaning(q *recorder.Request) string {
	return fmt.Sprintf("%s %s host %s body %q", q.Method, q.Target, strings.ToLower(q.Host), q.Body)
}
