package local

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/diag"
)

// Printer writes what is served for people: everything at first, then what has changed.
type Printer struct {
	out  io.Writer
	last *State
}

// NewPrinter makes a printer.
func NewPrinter(out io.Writer) *Printer { return &Printer{out: out} }

// Print writes a state.
func (p *Printer) Print(s State) {
	var b strings.Builder
	if p.last == nil {
		p.first(&b, s)
	} else {
		p.next(&b, *p.last, s)
	}
	p.last = &s
	_, _ = io.WriteString(p.out, b.String()) // nothing can be done about a terminal that is gone
}

func (p *Printer) first(b *strings.Builder, s State) {
	served := 0
	for _, ing := range s.Ingresses {
		if ing.Accepted {
			served++
		}
	}
	fmt.Fprintf(b, "%d of %d Ingresses are served from %s\n", served, len(s.Ingresses), strings.Join(s.Sources, ", "))
	for _, lb := range s.LoadBalancers {
		b.WriteString("\n")
		writeLoadBalancer(b, "", lb)
		for _, ing := range s.Ingresses {
			if ing.LoadBalancer == lb.ID {
				writeIngress(b, "  ", ing)
			}
		}
	}
	p.diagnostics(b, "\n", s.Diagnostics)
}

// writeLoadBalancer writes a load balancer with its listeners; mark stands before its name.
func writeLoadBalancer(b *strings.Builder, mark string, lb LoadBalancerState) {
	indent := strings.Repeat(" ", len(mark))
	name := "class " + lb.Class
	if lb.Class != "nginx" {
		name += ", load balancer " + lb.Name
		if lb.Scheme != "" {
			name += " (" + lb.Scheme + ")"
		}
	}
	fmt.Fprintf(b, "%s%s\n", mark, name)
	for _, l := range lb.Listeners {
		at := "nowhere, see below"
		if l.Address != "" {
			at = strings.ToLower(l.Protocol) + "://" + l.Address
		}
		fmt.Fprintf(b, "%s  %-5s %-5d %s\n", indent, l.Protocol, l.Port, at)
	}
}

// writeIngress writes an Ingress with the ways to reach it; mark stands before its name.
func writeIngress(b *strings.Builder, mark string, ing IngressState) {
	name := "Ingress " + ing.Namespace + "/" + ing.Name
	switch {
	case ing.Pending:
		fmt.Fprintf(b, "%s%s has no address yet\n", mark, name)
		return
	case !ing.Accepted:
		fmt.Fprintf(b, "%s%s is not served, see below\n", mark, name)
		return
	}
	fmt.Fprintf(b, "%s%s\n", mark, name)
	for _, line := range ing.Curl {
		fmt.Fprintf(b, "%*s    %s\n", len(mark), "", line)
	}
}

// next writes the differences between two states.
func (p *Printer) next(b *strings.Builder, last, s State) {
	var d strings.Builder
	compareLists(last.LoadBalancers, s.LoadBalancers, func(lb LoadBalancerState) string { return lb.ID },
		func(a, c LoadBalancerState) bool {
			return a.Address == c.Address && slices.Equal(a.Listeners, c.Listeners)
		},
		func(mark string, lb LoadBalancerState) { writeLoadBalancer(&d, mark+" ", lb) })
	compareLists(last.Ingresses, s.Ingresses, func(ing IngressState) string { return ing.Namespace + "/" + ing.Name },
		func(a, c IngressState) bool {
			return a.Accepted == c.Accepted && a.LoadBalancer == c.LoadBalancer && slices.Equal(a.Curl, c.Curl)
		},
		func(mark string, ing IngressState) {
			if mark == "-" {
				ing.Curl, ing.Accepted = nil, true
			}
			writeIngress(&d, mark+" ", ing)
		})
	before, after := withoutLines(last.Diagnostics), withoutLines(s.Diagnostics)
	var fresh []DiagnosticState
	solved := 0
	for _, x := range s.Diagnostics {
		if bare := withoutLine(x); !before[bare] {
			fresh = append(fresh, x)
		}
	}
	for x := range after {
		delete(before, x)
	}
	for x := range before {
		if x.Level != "notice" {
			solved++
		}
	}
	p.diagnostics(&d, "", fresh)
	if solved > 0 {
		fmt.Fprintf(&d, "%d earlier warnings or errors no longer apply\n", solved)
	}
	if s.Changes == last.Changes && d.Len() == 0 {
		return
	}
	b.WriteString("\n")
	if s.Changes > 0 {
		fmt.Fprintf(b, "change %d\n", s.Changes)
	}
	b.WriteString(d.String())
}

// withoutLine makes diagnostics comparable from load to load: a line that was added above moves all others.
func withoutLine(d DiagnosticState) DiagnosticState {
	d.Line = 0
	return d
}

func withoutLines(ds []DiagnosticState) map[DiagnosticState]bool {
	out := make(map[DiagnosticState]bool, len(ds))
	for _, d := range ds {
		out[withoutLine(d)] = true
	}
	return out
}

// compareLists calls write for what is new (+), different (~) or gone (-), in the order of the lists.
func compareLists[T any](last, now []T, key func(T) string, same func(a, b T) bool, write func(mark string, x T)) {
	old := make(map[string]T, len(last))
	for _, x := range last {
		old[key(x)] = x
	}
	for _, x := range now {
		k := key(x)
		o, ok := old[k]
		delete(old, k)
		switch {
		case !ok:
			write("+", x)
		case !same(o, x):
			write("~", x)
		}
	}
	for _, x := range last {
		if _, gone := old[key(x)]; gone {
			write("-", x)
		}
	}
}

// diagnostics writes the worst ones first.
func (p *Printer) diagnostics(b *strings.Builder, before string, ds []DiagnosticState) {
	if len(ds) == 0 {
		return
	}
	b.WriteString(before)
	weight := map[string]int{"error": 0, "warning": 1, "notice": 2}
	ds = slices.Clone(ds)
	slices.SortStableFunc(ds, func(x, y DiagnosticState) int { return cmp.Compare(weight[x.Level], weight[y.Level]) })
	WriteDiagnostics(b, ds)
}

// WriteDiagnostics writes a list of diagnostics. Errors must not drown: of notices with the same code and remedy only the
// first is written in full. Those that say the same are named below it, the others get a line each.
func WriteDiagnostics(b *strings.Builder, ds []DiagnosticState) {
	type kind struct{ code, remedy string }
	seen := map[kind]bool{}
	for i, d := range ds {
		k := kind{d.Code, d.Remedy}
		if d.Level == "notice" && seen[k] {
			continue
		}
		WriteDiagnostic(b, d)
		if d.Level == "notice" {
			seen[k] = true
			writeFolded(b, d, ds[i+1:])
		}
	}
}

// writeFolded writes what the notices of the same kind after the first one add to it.
func writeFolded(b *strings.Builder, first DiagnosticState, rest []DiagnosticState) {
	var same, lines []string
	for _, d := range rest {
		switch {
		case d.Code != first.Code || d.Remedy != first.Remedy || d.Level != first.Level:
		case d.Text == first.Text:
			same = append(same, nameOf(d))
		default:
			lines = append(lines, nameOf(d)+": "+d.Text)
		}
	}
	if same = slices.Compact(same); len(same) > 0 {
		fmt.Fprintf(b, "    also: %s\n", strings.Join(same, ", "))
	}
	for _, line := range slices.Compact(lines) {
		fmt.Fprintf(b, "    also: %s\n", line)
	}
}

func nameOf(d DiagnosticState) string {
	if d.Kind == "File" || d.Name == "" {
		return cmp.Or(d.File, d.Kind)
	}
	if d.Namespace != "" {
		return d.Kind + " " + d.Namespace + "/" + d.Name
	}
	return d.Kind + " " + d.Name
}

// BySeverity orders diagnostics for people: errors first, then by file and line.
func BySeverity(ds []diag.Diagnostic) []diag.Diagnostic {
	ds = slices.Clone(ds)
	slices.SortStableFunc(ds, func(x, y diag.Diagnostic) int {
		return cmp.Or(cmp.Compare(y.Level, x.Level), cmp.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line))
	})
	return ds
}

// WriteDiagnostic writes a diagnostic on two lines: what is wrong and where, and what to do.
func WriteDiagnostic(b *strings.Builder, d DiagnosticState) {
	if d.File != "" {
		b.WriteString(d.File)
		if d.Line > 0 {
			fmt.Fprintf(b, ":%d", d.Line)
		}
		b.WriteString(": ")
	}
	fmt.Fprintf(b, "%s %s", d.Level, d.Code)
	if d.Kind != "File" {
		b.WriteString(" " + nameOf(d))
	}
	if d.Field != "" {
		b.WriteString(" " + d.Field)
	}
	fmt.Fprintf(b, ": %s\n    -> %s\n", d.Text, d.Remedy)
}
