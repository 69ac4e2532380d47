package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gwanmun/gwanmun/internal/testkit/recorder"
)

// run fires a case at a front and returns what is wrong, nil when nothing is. A case that says nothing of the front is
// not for it.
func (f *front) run(c *hostileCase) (misses []string, ran bool) {
	if len(c.frames) > 0 {
		return f.runFrames(c)
	}
	wants := f.wants(c)
	if len(wants) == 0 {
		return nil, false
	}
	for try := 0; ; try++ {
		o := f.shoot(c, wants[0])
		f.others(o, o.requests)
		misses = f.judgeAny(o, wants)
		// What the target saw may be the late end of the case before. Whatever concerns others counts at once.
		if len(misses) == 0 || try == 1 || slices.ContainsFunc(misses, func(m string) bool { return strings.Contains(m, "somebody else") }) {
			break
		}
		f.target.Take(quiet)
	}
	return misses, true
}

// shoot fires a case of any kind.
func (f *front) shoot(c *hostileCase, w *want) *outcome {
	switch kind, _, _ := strings.Cut(c.class, "/"); kind {
	case "response":
		return f.fireAnswer(c, w)
	default:
		return f.fire(c, w)
	}
}

// wants are the alternatives: one for ours, any dialect's for peers.
func (f *front) wants(c *hostileCase) []*want {
	if !f.peer {
		return c.wantsFor(f.who...)
	}
	var all []*want
	for i := range c.wants {
		all = append(all, &c.wants[i])
	}
	return all
}

// judgeAny takes the alternative that fits best.
func (f *front) judgeAny(o *outcome, wants []*want) []string {
	var best []string
	for i, w := range wants {
		misses := f.judge(o, w)
		if i == 0 || len(misses) < len(best) {
			best = misses
		}
		if len(misses) == 0 {
			return nil
		}
	}
	return append(best, o.describe(wants)...)
}

// describe is what somebody needs to see to understand a miss.
func (o *outcome) describe(wants []*want) []string {
	out := []string{"required: " + wants[0].text}
	for _, a := range o.answers {
		out = append(out, "answer: "+a.String())
	}
	if len(o.answers) == 0 {
		out = append(out, fmt.Sprintf("no answer, connection closed: %v", o.closed))
	}
	for _, q := range o.requests {
		out = append(out, fmt.Sprintf("target saw: %s %.80q complete=%v connection %d, turn %d, body %.60q, fields %.200q", q.Method, q.Target,
			q.Complete, q.Connection, q.Turn, q.Body, q.Fields))
	}
	return out
}

func (f *front) judge(o *outcome, w *want) []string {
	var out []string
	miss := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for _, m := range o.misses {
		if m != reused || w.has("own") && !f.peer {
			out = append(out, m)
		}
	}
	out = slices.Compact(out)
	status := f.status(o, w)
	if status != "" {
		miss("%s", status)
	}
	for _, a := range o.answers {
		for _, m := range a.wrong {
			miss("the answer: %s", m)
		}
	}
	if len(o.extra) > 0 {
		miss("behind the last answer came %.80q", o.extra)
	}
	if w.closes(o) && !o.closed && !(o.response && !w.has("close")) && (len(o.answers) == 0 || !o.answers[len(o.answers)-1].cut) {
		miss("the connection was kept")
	}
	if w.has("keep") && o.closed && !f.peer {
		miss("the connection was closed")
	}
	if !o.response {
		f.judgeTarget(o, w, miss)
	}
	if len(o.answers) > 0 && !f.peer {
		judgeAnswer(o.answers[0], w, miss)
	}
	return out
}

// status compares the answers with what is required. Peers may refuse in any way.
func (f *front) status(o *outcome, w *want) string {
	got := "none"
	switch {
	case len(o.answers) > 0:
		got = strconv.Itoa(o.answers[0].status)
	case !o.closed:
		got = "wait"
	}
	if n := w.number("answers", 1); len(o.answers) != n && len(o.answers) > 0 && !f.peer {
		return fmt.Sprintf("%d answers, not %d", len(o.answers), n)
	}
	if slices.Contains(w.status, got) {
		return ""
	}
	if f.peer && refusal(got) && slices.ContainsFunc(w.status, func(s string) bool { return refusal(s) || s == "wait" }) {
		return ""
	}
	return "the answer is " + got
}

func refusal(status string) bool { return status == "none" || status[0] == '4' || status[0] == '5' }

// judgeTarget looks at what the target saw.
func (f *front) judgeTarget(o *outcome, w *want, miss func(string, ...any)) {
	whole := 0
	var first *recorder.Request
	for _, q := range o.requests {
		for _, m := range q.Wrong {
			if !f.peer || !allowed(m) {
				miss("the target minds: %s", m)
			}
		}
		if strings.Contains(q.Target, "smuggled") {
			miss("a hidden request arrived: %s %s", q.Method, q.Target)
		}
		if !q.Complete {
			if !w.has("partial") && !f.peer {
				miss("a request broke off at the target: %s %s", q.Method, q.Target)
			}
			continue
		}
		if whole++; first == nil {
			first = q
		}
	}
	if n := w.sees(o); whole != n {
		miss("the target saw %d whole requests, not %d", whole, n)
	}
	if first != nil {
		judgeRequest(first, w, f.peer, miss)
	}
}

// allowed are complaints about what others may do: hand on the client's version, and Expect.
func allowed(complaint string) bool {
	return strings.HasPrefix(complaint, `version "HTTP/1.0"`) || strings.Contains(strings.ToLower(complaint), `proxy: "expect: 100-continue"`)
}

func judgeRequest(q *recorder.Request, w *want, peer bool, miss func(string, ...any)) {
	for _, x := range w.words {
		switch x.key {
		case "body":
			if string(q.Body) != x.value {
				miss("the target's body is %.80q", q.Body)
			}
		case "length":
			if strconv.FormatInt(q.Length, 10) != x.value {
				miss("the target's body has %d bytes", q.Length)
			}
		case "line":
			if got := q.Method + " " + q.Target; got != x.value && !peer {
				miss("the target's request line is %.80q", got)
			}
		case "host":
			if q.Host != x.value && !peer {
				miss("the target's Host is %.80q", q.Host)
			}
		case "has":
			name, value, _ := strings.Cut(x.value, ": ")
			if !slices.ContainsFunc(q.Fields, func(f recorder.Field) bool { return strings.EqualFold(f.Name, name) && f.Value == value }) && !peer {
				miss("the target did not see %q: %q", x.value, q.Fields)
			}
		case "lacks":
			if v, ok := q.Get(x.value); ok {
				miss("the target saw %s: %q", x.value, v)
			}
		case "framing":
			_, length := q.Get("Content-Length")
			got := map[bool]string{true: "chunked", false: "none"}[q.Chunked]
			if length {
				got = "length"
			}
			if got != x.value && !peer {
				miss("the target's framing is %s", got)
			}
		}
	}
}

func judgeAnswer(a *answer, w *want, miss func(string, ...any)) {
	for _, x := range w.words {
		switch x.key {
		case "says":
			if string(a.body) != x.value {
				miss("the answer's body is %.80q", a.body)
			}
		case "cut":
			if !a.cut && w.status[0] == strconv.Itoa(a.status) {
				miss("the client cannot tell that the body is not complete")
			}
		case "field":
			if w.status[0] != strconv.Itoa(a.status) {
				continue // an alternative
			}
			name, value, _ := strings.Cut(x.value, ": ")
			if got, ok := a.get(name); !ok || got != value {
				miss("the answer has %s: %.80q", name, got)
			}
		case "nofield":
			if got, ok := a.get(x.value); ok {
				miss("the answer has %s: %.80q", x.value, got)
			}
		}
	}
	if a.cut && !w.has("cut") {
		miss("the answer is cut short")
	}
}
