package compile_test

import (
	"slices"
	"testing"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
)

func TestAGroupIsDroppedWithItsLastUnit(t *testing.T) {
	w := newWorld()
	a := nginxHost("a.example", rule(1, "a.example", "/", forwardTo("web")))
	b := nginxHost("b.example", rule(1, "b.example", "/", forwardTo("web")))
	s, _ := compile.Apply(nil, []compile.Unit{nginxBase(), a, b}, nil, w.deps())
	s, _ = compile.Apply(s, nil, []string{a.Key}, w.deps())
	if len(s.Dropped()) != 0 || s.Group("web") == nil {
		t.Errorf("dropped %v although a unit still uses it", s.Dropped())
	}
	s, _ = compile.Apply(s, nil, []string{b.Key}, w.deps())
	if !slices.Equal(s.Dropped(), []string{"web"}) || s.Group("web") != nil {
		t.Errorf("dropped %v, want web", s.Dropped())
	}
	if len(w.asked) != 1 {
		t.Errorf("the handle was asked for %d times", len(w.asked))
	}
}

func TestSettingsOfAGroupReachItsHandleOnceWhenTheyChange(t *testing.T) {
	w := newWorld()
	unit := func(algorithm string, targets ...model.Target) compile.Unit {
		u := nginxHost("a.example", rule(1, "a.example", "/", forwardTo("web")))
		u.Model.TargetGroups[0].Algorithm, u.Model.TargetGroups[0].Targets = algorithm, targets
		return u
	}
	s, _ := compile.Apply(nil, []compile.Unit{nginxBase(), unit("")}, nil, w.deps())
	s, _ = compile.Apply(s, []compile.Unit{unit("", model.Target{ID: "10.0.0.1"})}, nil, w.deps())
	if len(w.asked) != 1 {
		t.Errorf("targets alone led to %d calls, want 1", len(w.asked))
	}
	if s, _ = compile.Apply(s, []compile.Unit{unit("ewma")}, nil, w.deps()); len(w.asked) != 2 || s.Group("web") == nil {
		t.Errorf("another algorithm led to %d calls, want 2", len(w.asked))
	}
}

func TestUnitsThatDescribeAGroupDifferentlyAreReported(t *testing.T) {
	a := nginxHost("a.example", rule(1, "a.example", "/", forwardTo("web")))
	b := nginxHost("b.example", rule(1, "b.example", "/", forwardTo("web")))
	b.Model.TargetGroups[0].Algorithm = "ewma"
	s, diags := apply(t, a, b)
	if len(diags) != 1 || diags[0].Code != diag.TargetGroupDiffers.Code {
		t.Fatalf("diagnostics: %v", diags)
	}
	s, _ = compile.Apply(s, nil, []string{b.Key}, newWorld().deps())
	if len(s.Diagnostics()) != 0 {
		t.Errorf("the diagnostic outlives the difference: %v", s.Diagnostics())
	}
}
