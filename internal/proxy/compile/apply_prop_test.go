package compile_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
)

var drawTarget = rapid.SampledFrom([]string{"web", "api", "empty"})

// drawUnit makes a version of one of few units; some clash on a host.
func drawUnit(t *rapid.T) compile.Unit {
	key := rapid.SampledFrom([]string{"a.example", "b.example", "*.example", "", "alb:x", "alb:y"}).Draw(t, "unit")
	var rules []model.Rule
	name, alb := key, len(key) > 4 && key[:4] == "alb:"
	if alb {
		name = "a.example"
	}
	for i := range rapid.IntRange(0, 3).Draw(t, "rules") {
		path := rapid.SampledFrom([]string{"/", "/a", "/b"}).Draw(t, "path")
		r := rule(int32(i+1), name, path, forwardTo(drawTarget.Draw(t, "target")))
		if rapid.IntRange(0, 5).Draw(t, "redirects") == 0 {
			r.Policy = &model.Policy{SSLRedirect: &model.SSLRedirect{}}
		}
		if rapid.IntRange(0, 9).Draw(t, "broken") == 0 {
			r.Policy = &model.Policy{Rewrite: &model.Rewrite{Regex: "("}}
		}
		rules = append(rules, r)
	}
	if alb {
		return albGroup(key[4:], rules...)
	}
	u := nginxHost(key, rules...)
	if rapid.IntRange(0, 5).Draw(t, "second unit for the host") == 0 {
		u.Key += "/more"
	}
	return u
}

// outcomes asks all there is to ask.
func outcomes(t testing.TB, s *compile.Snapshot) string {
	out := ""
	for _, l := range s.Listeners() {
		for _, host := range []string{"a.example", "b.example", "c.example", "other"} {
			for _, path := range []string{"/", "/a", "/b/c"} {
				out += fmt.Sprintf("%s:%d %s%s %s\n", l.LoadBalancer, l.Port, host, path,
					answer(ask(t, s, l.LoadBalancer, l.Port, get(host, path))))
			}
		}
	}
	for _, d := range s.Diagnostics() {
		out += d.String() + "\n"
	}
	return out
}

// Property 10, snapshots are immutable, and what it is for: a snapshot that came about by many changes answers like one
// made at once from what is left.
func TestSnapshotsKeepTheirAnswersAndForgetTheirHistory(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		deps := newWorld().deps()
		now := map[string]compile.Unit{}
		var s *compile.Snapshot
		var olds []*compile.Snapshot
		var said []string
		for range rapid.IntRange(1, 6).Draw(rt, "changes") {
			changed := []compile.Unit{nginxBase()}[:rapid.IntRange(0, 1).Draw(rt, "base")]
			var removed []string
			for range rapid.IntRange(0, 3).Draw(rt, "units") {
				u := drawUnit(rt)
				if rapid.IntRange(0, 3).Draw(rt, "remove") == 0 {
					removed = append(removed, u.Key)
					delete(now, u.Key)
					continue
				}
				changed = append(changed, u)
			}
			for _, u := range changed {
				now[u.Key] = u
			}
			s, _ = compile.Apply(s, changed, removed, deps)
			olds, said = append(olds, s), append(said, outcomes(t, s))
		}
		for i, old := range olds {
			if got := outcomes(t, old); got != said[i] {
				rt.Fatalf("snapshot %d changed after it was made:\n%s\nwas\n%s", i, got, said[i])
			}
		}
		var all []compile.Unit
		var parts []*model.Model
		for _, key := range slices.Sorted(maps.Keys(now)) {
			all, parts = append(all, now[key]), append(parts, now[key].Model)
		}
		slices.Reverse(all)
		fresh, _ := compile.Apply(nil, all, nil, deps)
		if got, want := outcomes(t, s), outcomes(t, fresh); got != want {
			rt.Fatalf("after changes:\n%s\nmade at once:\n%s", got, want)
		}
		whole, _ := compile.Compile(model.Merge(parts...), deps)
		if got, want := outcomes(t, whole), outcomes(t, fresh); got != want {
			rt.Fatalf("from one model:\n%s\nfrom its units:\n%s", got, want)
		}
	})
}

// Property 5, locality, at this level: what a change does not name is not even compiled anew.
func TestAChangeOfOneUnitLeavesAllOtherRulesAlone(t *testing.T) {
	w := newWorld()
	units := []compile.Unit{
		nginxBase(),
		nginxHost("a.example", rule(1, "a.example", "/", forwardTo("web"))),
		nginxHost("b.example", rule(1, "b.example", "/", forwardTo("web"))),
		albGroup("x", rule(1, "", "/", forwardTo("web"))),
		albGroup("y", rule(1, "", "/", forwardTo("web"))),
	}
	before, _ := compile.Apply(nil, units, nil, w.deps())
	w.asked = nil
	after, _ := compile.Apply(before, []compile.Unit{
		nginxHost("a.example", rule(1, "a.example", "/", forwardTo("api"))),
		albGroup("y", rule(1, "", "/", forwardTo("web")), rule(2, "", "/z", forwardTo("web"))),
	}, nil, w.deps())

	ruleOf := func(s *compile.Snapshot, lb, host string) any { return ask(t, s, lb, 80, get(host, "/")).Rule }
	if ruleOf(before, "nginx", "b.example") != ruleOf(after, "nginx", "b.example") {
		t.Error("the rule of another host was compiled again")
	}
	if ruleOf(before, "nginx", "c.example") != ruleOf(after, "nginx", "c.example") {
		t.Error("the default actions were compiled again")
	}
	if ruleOf(before, "nginx", "a.example") == ruleOf(after, "nginx", "a.example") {
		t.Error("the changed rule was not compiled again")
	}
	if before.Listener("alb/x", 80) != after.Listener("alb/x", 80) {
		t.Error("the listener of another load balancer was compiled again")
	}
	if before.Listener("alb/y", 80) == after.Listener("alb/y", 80) {
		t.Error("the changed listener was not compiled again")
	}
	if len(w.asked) != 1 || w.asked[0] != "api" {
		t.Errorf("handles were asked for again: %v", w.asked)
	}
}
