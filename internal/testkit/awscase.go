package testkit

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// throughAWS runs a case's steps through AWS, from the first step on that wants anything of it.
type throughAWS struct {
	c      *Case
	update bool
	path   *awsPath
	// refused are all refusals so far.
	refused []string
}

// step makes a step's world true and compares the calls that it took. What a second process that knows nothing would call for
// is compared even when the section is absent: it must be nothing.
func (a *throughAWS) step(t *testing.T, w *world, s *Step, f *front) {
	t.Helper()
	if a.path == nil {
		if !wantsAWS(w) && !s.Has(sectionCalls) {
			return
		}
		var n *network
		if f != nil {
			n = f.network
		}
		a.path = newAWSPath(t, w, n)
	}
	got := a.path.apply(t, w)
	a.refused = append(a.refused, got.refused...)
	if s.Has(sectionCalls) {
		a.compare(t, s, sectionCalls, got.calls)
	}
	a.compare(t, s, sectionCallsAgain, got.again)
}

func wantsAWS(w *world) bool {
	for _, u := range w.state.Units() {
		if _, ok := stackOf(u.Key); ok && u.Model != nil {
			return true
		}
	}
	return false
}

func (a *throughAWS) compare(t *testing.T, s *Step, section string, calls []string) {
	t.Helper()
	text := ""
	for _, line := range calls {
		text += line + "\n"
	}
	if a.update && section == sectionCalls {
		a.c.set(s, section, text)
		return
	}
	if want := canonicalLines(s.Text(section)); want != text {
		t.Errorf("%s: step %d: %s (- want, + got):\n%s", a.c.Path, s.Number, section, cmp.Diff(lines(want), lines(text)))
	}
}

// finish demands that AWS refused what the case says, and that nothing is left when everything is gone.
func (a *throughAWS) finish(t *testing.T) {
	t.Helper()
	if a.path == nil {
		return
	}
	slices.Sort(a.refused)
	want := slices.Sorted(slices.Values(a.c.Options.AWSRefuses))
	if d := cmp.Diff(want, slices.Compact(a.refused)); d != "" {
		t.Errorf("%s: what AWS refuses (- want, + got):\n%s\nit said at last: %v", a.c.Path, d, a.path.said)
	}
	if left := a.path.finish(t); len(left) > 0 {
		t.Errorf("%s: after everything was deleted AWS still has:\n  %s", a.c.Path, strings.Join(left, "\n  "))
	}
}
