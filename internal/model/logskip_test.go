package model

import "testing"

func TestSkippedTargetsAreWholeOrExpressions(t *testing.T) {
	s, err := ParseLogSkip(`/Healthz, ~^/metrics(/|$), ~*\.ICO$, \~tilde`)
	if err != nil {
		t.Fatal(err)
	}
	for target, want := range map[string]bool{
		"/healthz": true, "/HEALTHZ": true, "/healthz?x": false, "/healthz/": false,
		"/metrics": true, "/metrics/x": true, "/Metrics": false, "/metricsx": false,
		"/a/b.ico": true, "/a/b.icon": false, "~tilde": true, "": false,
	} {
		if got := s.Matches([]byte(target)); got != want {
			t.Errorf("%q: %v", target, got)
		}
	}
	if _, err := ParseLogSkip("/ok,~("); err == nil {
		t.Error("an expression that is none is taken")
	}
	if none, err := ParseLogSkip(" , "); err != nil || none.Matches([]byte("/")) {
		t.Error("an empty list leaves something out")
	}
}

func FuzzSkippedTargets(f *testing.F) {
	f.Add("/healthz, ~^/metrics(/|$), ~*\\.ico$", "/metrics")
	f.Add(`\~tilde,~,~*`, "~tilde")
	f.Add("~(,", "")
	f.Fuzz(func(t *testing.T, list, target string) {
		s, err := ParseLogSkip(list)
		if err != nil {
			return
		}
		if again, err := ParseLogSkip(list); err != nil || again.Matches([]byte(target)) != s.Matches([]byte(target)) {
			t.Errorf("%q is read in two ways: %v", list, err)
		}
	})
}
