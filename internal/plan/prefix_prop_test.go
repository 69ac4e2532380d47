package plan

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gwanmun/gwanmun/internal/model"
)

// A site is a small model of one listener whose answers a test can compute itself.
type site struct {
	rules    []model.Rule
	fallback model.Action
}

func forwardTo(group string) model.Action {
	return model.Action{Type: model.ActionForward, Forward: &model.Forward{
		TargetGroups: []model.WeightedTargetGroup{{TargetGroup: group, Weight: 1}},
	}}
}

var notFound = model.Action{Type: model.ActionFixedResponse, FixedResponse: &model.FixedResponse{StatusCode: 404, ContentType: "text/plain"}}

// path is a rule for a host ("" for any) and a path ("" for any).
func path(priority int32, host, path, group string) model.Rule {
	r := model.Rule{Priority: priority, Actions: []model.Action{forwardTo(group)}}
	if host != "" {
		r.Conditions = append(r.Conditions, model.Condition{Field: model.HostHeader, Values: []string{host}})
	}
	if path != "" {
		r.Conditions = append(r.Conditions, model.Condition{Field: model.PathPattern, Values: []string{path}})
	}
	return r
}

func (s site) model() *model.Model {
	m := &model.Model{LoadBalancers: []model.LoadBalancer{{
		ID: "shop", Type: model.Application, Scheme: model.Internal,
		Listeners: []model.Listener{{
			Port: 80, Protocol: model.HTTP, Rules: s.rules, DefaultActions: []model.Action{s.fallback},
		}},
	}}}
	for _, a := range s.actions() {
		if a.Forward == nil {
			continue
		}
		for _, g := range a.Forward.TargetGroups {
			if !slices.ContainsFunc(m.TargetGroups, func(t model.TargetGroup) bool { return t.ID == g.TargetGroup }) {
				m.TargetGroups = append(m.TargetGroups, model.TargetGroup{ID: g.TargetGroup, Targets: []model.Target{{ID: g.TargetGroup, Port: 80}}})
			}
		}
	}
	return m
}

func (s site) actions() []model.Action {
	out := []model.Action{s.fallback}
	for _, r := range s.rules {
		out = append(out, r.Actions...)
	}
	return out
}

// answer is the target group that a request is sent to; "" for none, or a group without targets.
func answer(m *model.Model, host, path string) string {
	if len(m.LoadBalancers) == 0 || len(m.LoadBalancers[0].Listeners) == 0 {
		return ""
	}
	l := &m.LoadBalancers[0].Listeners[0]
	rules := slices.Clone(l.Rules)
	slices.SortFunc(rules, func(a, b model.Rule) int { return int(a.Priority - b.Priority) })
	actions := l.DefaultActions
	for _, r := range rules {
		if !slices.ContainsFunc(r.Conditions, func(c model.Condition) bool {
			is := host
			if c.Field == model.PathPattern {
				is = path
			}
			return !slices.Contains(c.Values, is)
		}) {
			actions = r.Actions
			break
		}
	}
	if actions[0].Forward == nil {
		return ""
	}
	group := actions[0].Forward.TargetGroups[0].TargetGroup
	for _, g := range m.TargetGroups {
		if g.ID == group && len(g.Targets) > 0 {
			return group
		}
	}
	return ""
}

var (
	hosts = []string{"a", "b", "c"}
	paths = []string{"/x", "/y"}
)

// everyPrefix tries the answers after each operation: a request that is answered before and will be answered after is
// answered all the way. It returns the model at the end.
func everyPrefix(t interface{ Fatalf(string, ...any) }, want, have *model.Model, o Options) *model.Model {
	now, was := *have, model.Print(have)
	p := Compare(want, have, o)
	for i, op := range p.Operations {
		if err := Effect(&now, op); err != nil {
			t.Fatalf("operation %d of\n%s\nwas refused: %v", i, words(p.Operations), err)
		}
		for _, h := range hosts {
			for _, path := range paths {
				if answer(have, h, path) != "" && answer(want, h, path) != "" && answer(&now, h, path) == "" {
					t.Fatalf("after operation %d, %s%s has no answer:\n%s", i, h, path, words(p.Operations))
				}
			}
		}
	}
	if !bytes.Equal(was, model.Print(have)) {
		t.Fatalf("carrying the plan out on a copy changed the model:\n%s", words(p.Operations))
	}
	return &now
}

func drawSite(t *rapid.T, label string) site {
	s := site{fallback: notFound}
	if rapid.Bool().Draw(t, label+" has a default") {
		s.fallback = forwardTo(rapid.SampledFrom([]string{"one", "two"}).Draw(t, label+" default"))
	}
	for i := range rapid.IntRange(0, 6).Draw(t, label+" rules") {
		s.rules = append(s.rules, path(int32(i+1),
			rapid.SampledFrom(append([]string{""}, hosts...)).Draw(t, "host"),
			rapid.SampledFrom(append([]string{""}, paths...)).Draw(t, "path"),
			rapid.SampledFrom([]string{"one", "two", "three"}).Draw(t, "group")))
	}
	return s
}

func TestWhateverChangesNoPrefixOfAPlanLeavesARequestUnanswered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want, have := drawSite(t, "want").model(), drawSite(t, "have").model()
		policy := rapid.SampledFrom(Policies()).Draw(t, "policy")
		after := everyPrefix(t, want, have, Options{Policy: policy})
		if ops := Compare(want, after, Options{Policy: policy}).Operations; len(ops) > 0 {
			t.Fatalf("carried out, it is still to do: %s", words(ops))
		}
		if policy == Sync {
			for _, h := range hosts {
				for _, path := range paths {
					if is, should := answer(after, h, path), answer(want, h, path); is != should {
						t.Fatalf("%s%s is sent to %q in the end, and should be to %q", h, path, is, should)
					}
				}
			}
		}
	})
}

func TestTypicalChangesAreServedThroughout(t *testing.T) {
	base := site{fallback: notFound, rules: []model.Rule{
		path(1, "a", "/x", "ax"), path(2, "a", "", "a"), path(3, "b", "", "b"), path(4, "c", "", "c"),
	}}
	with := func(rules ...model.Rule) site {
		for i := range rules {
			rules[i].Priority = int32(i + 1)
		}
		return site{fallback: notFound, rules: rules}
	}
	r := base.rules
	for name, c := range map[string]struct {
		to   site
		want string
	}{
		"a rule gets another target group": {with(r[0], path(0, "a", "", "fresh"), r[2], r[3]), "CreateTargetGroup RegisterTargets ModifyRule DeleteTargetGroup"},
		"a rule is put in front":           {with(path(0, "b", "/y", "by"), r[0], r[1], r[2], r[3]), "CreateTargetGroup RegisterTargets SetRulePriorities CreateRule"},
		"a rule is taken out of the middle": {
			with(r[0], r[2], r[3]), "SetRulePriorities DeleteRule DeleteTargetGroup",
		},
		"two rules change places":                {with(r[1], r[0], r[2], r[3]), "SetRulePriorities"},
		"the last rule goes":                     {with(r[0], r[1], r[2]), "DeleteRule DeleteTargetGroup"},
		"a host is renamed":                      {with(r[0], r[1], r[2], path(0, "d", "", "c")), "ModifyRule"},
		"hosts exchange their rules":             {with(path(0, "b", "", "ax"), path(0, "a", "", "a"), path(0, "a", "/x", "b"), r[3]), "SetRulePriorities ModifyRule ModifyRule"},
		"rules become the default":               {site{fallback: forwardTo("c")}, "ModifyListener DeleteRule DeleteRule DeleteRule DeleteRule DeleteTargetGroup DeleteTargetGroup DeleteTargetGroup"},
		"a rule with more hosts takes its place": {with(r[0], r[1], path(0, "b", "", "b2"), r[3]), "CreateTargetGroup RegisterTargets ModifyRule DeleteTargetGroup"},
		"everything is replaced":                 {with(path(0, "c", "/x", "n1"), path(0, "a", "", "n2"), path(0, "b", "", "n3")), "CreateTargetGroup RegisterTargets CreateTargetGroup RegisterTargets CreateTargetGroup RegisterTargets ModifyRule ModifyRule ModifyRule DeleteRule DeleteTargetGroup DeleteTargetGroup DeleteTargetGroup DeleteTargetGroup"},
		"a default turns up":                     {site{fallback: forwardTo("one"), rules: r}, "CreateTargetGroup RegisterTargets ModifyListener"},
		"nothing changes":                        {base, ""},
	} {
		t.Run(name, func(t *testing.T) {
			everyPrefix(t, c.to.model(), base.model(), Options{})
			everyPrefix(t, base.model(), c.to.model(), Options{}) // and back
			var calls []string
			for _, o := range Compare(c.to.model(), base.model(), Options{}).Operations {
				calls = append(calls, string(o.Call))
			}
			if got := strings.Join(calls, " "); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestARuleIsNotNarrowedBeforeTheDefaultTakesTheRest(t *testing.T) {
	have := site{fallback: notFound, rules: []model.Rule{path(1, "", "", "one")}}.model()
	want := site{fallback: forwardTo("one"), rules: []model.Rule{path(1, "", "/x", "one")}}.model()
	everyPrefix(t, want, have, Options{})
	everyPrefix(t, have, want, Options{})
}

func TestAFreshLoadBalancerForwardsOnlyToGroupsThatHaveTargets(t *testing.T) {
	now := &model.Model{}
	want := site{fallback: forwardTo("one"), rules: []model.Rule{path(1, "a", "", "two")}}.model()
	for _, o := range Compare(want, &model.Model{}, Options{TargetsOfNewOnly: true}).Operations {
		if err := Effect(now, o); err != nil {
			t.Fatal(err)
		}
		for _, lb := range now.LoadBalancers {
			for _, l := range lb.Listeners {
				for _, r := range l.Rules {
					if answer(now, "a", "/x") == "" {
						t.Fatalf("after %s, rule %s leads nowhere", o, fmt.Sprint(r))
					}
				}
			}
		}
	}
}
