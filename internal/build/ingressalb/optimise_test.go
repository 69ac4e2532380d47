package ingressalb

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/gwanmun/gwanmun/internal/model"
)

func redirectDraft(r model.Redirect, conditions ...model.Condition) *draft {
	return &draft{routing: model.Action{Type: model.ActionRedirect, Redirect: &r}, conditions: conditions}
}

func hostIs(values ...string) model.Condition {
	return model.Condition{Field: model.HostHeader, Values: values}
}

func pathIs(values ...string) model.Condition {
	return model.Condition{Field: model.PathPattern, Values: values}
}

func TestRedirectsThatLeadBackAreTakenOut(t *testing.T) {
	for name, c := range map[string]struct {
		d    *draft
		want bool
	}{
		"to HTTPS on the HTTPS port":      {redirectDraft(model.Redirect{Protocol: "HTTPS", Port: "443"}, pathIs("/*")), true},
		"all placeholders":                {redirectDraft(model.Redirect{Protocol: "#{protocol}", Host: "#{host}", Port: "#{port}", Path: "/#{path}", Query: "#{query}"}), true},
		"to another port":                 {redirectDraft(model.Redirect{Protocol: "HTTPS", Port: "8443"}), false},
		"to another protocol":             {redirectDraft(model.Redirect{Protocol: "HTTP"}), false},
		"to a host of its own":            {redirectDraft(model.Redirect{Host: "a.example"}, hostIs("a.example", "b.example")), true},
		"to another host":                 {redirectDraft(model.Redirect{Host: "c.example"}, hostIs("a.example")), false},
		"to a path of its own":            {redirectDraft(model.Redirect{Path: "/a"}, pathIs("/a")), true},
		"to another path":                 {redirectDraft(model.Redirect{Path: "/b"}, pathIs("/a")), false},
		"with a query":                    {redirectDraft(model.Redirect{Query: "a=b"}), false},
		"with a regex path":               {redirectDraft(model.Redirect{}, model.Condition{Field: model.PathPattern, RegexValues: []string{"x"}}), false},
		"forwards are never taken for it": {&draft{routing: model.Action{Type: model.ActionForward}}, false},
	} {
		if got := loops(c.d, 443, model.HTTPS); got != c.want {
			t.Errorf("%s: want %v", name, c.want)
		}
	}
}

func TestRulesBehindARedirectAreTakenOut(t *testing.T) {
	away := model.Redirect{Host: "away.example"}
	rule := func(conditions ...model.Condition) *draft { return &draft{conditions: conditions} }
	for name, c := range map[string]struct {
		earlier, later *draft
		want           bool
	}{
		"all paths":                    {redirectDraft(away, pathIs("/*")), rule(hostIs("a.example"), pathIs("/x")), true},
		"same host, all paths":         {redirectDraft(away, hostIs("a.example", "b.example"), pathIs("/*")), rule(hostIs("a.example"), pathIs("/x")), true},
		"host without path":            {redirectDraft(away, hostIs("a.example")), rule(hostIs("a.example"), pathIs("/x")), true},
		"another host":                 {redirectDraft(away, hostIs("a.example"), pathIs("/*")), rule(hostIs("b.example")), false},
		"any host":                     {redirectDraft(away, hostIs("a.example"), pathIs("/*")), rule(pathIs("/x")), false},
		"same paths":                   {redirectDraft(away, pathIs("/x", "/x/*")), rule(pathIs("/x")), true},
		"a path that only fits":        {redirectDraft(away, pathIs("/x/*")), rule(pathIs("/x/y")), false},
		"no path":                      {redirectDraft(away, pathIs("/x")), rule(hostIs("a.example")), false},
		"same regex":                   {redirectDraft(away, model.Condition{Field: model.PathPattern, RegexValues: []string{"x"}}), rule(model.Condition{Field: model.PathPattern, RegexValues: []string{"x"}}), true},
		"regex host is not every host": {redirectDraft(away, model.Condition{Field: model.HostHeader, RegexValues: []string{"x"}}, pathIs("/*")), rule(hostIs("a.example")), false},
		"a header condition":           {redirectDraft(away, model.Condition{Field: model.HTTPHeader, Name: "x"}, pathIs("/*")), rule(pathIs("/x")), false},
	} {
		got := optimise([]*draft{c.earlier, c.later}, 80, model.HTTP)
		if (len(got) == 1) != c.want {
			t.Errorf("%s: want taken out = %v", name, c.want)
		}
	}
	forward := &draft{routing: model.Action{Type: model.ActionForward}, conditions: []model.Condition{pathIs("/*")}}
	if got := optimise([]*draft{forward, rule(pathIs("/x"))}, 80, model.HTTP); len(got) != 2 {
		t.Error("a forward took a later rule out")
	}
}

func TestTheIndexOfRedirectsMissesNone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string, f model.ConditionField, values ...string) []model.Condition {
			picked := rapid.SliceOfNDistinct(rapid.SampledFrom(values), 0, 2, rapid.ID[string]).Draw(t, label)
			switch {
			case len(picked) == 0:
				return nil
			case rapid.IntRange(0, 4).Draw(t, label+"regex") == 0:
				return []model.Condition{{Field: f, RegexValues: picked}}
			}
			return []model.Condition{{Field: f, Values: picked}}
		}
		var rules, want []*draft
		for i := range rapid.IntRange(1, 12).Draw(t, "rules") {
			label := fmt.Sprint(i)
			d := &draft{conditions: append(draw("h"+label, model.HostHeader, "a", "b", "c"), draw("p"+label, model.PathPattern, "/*", "/x", "/y")...)}
			if rapid.Bool().Draw(t, "r"+label) {
				d.routing = model.Action{Type: model.ActionRedirect, Redirect: &model.Redirect{Query: "q"}}
			}
			rules = append(rules, d)
			// The plain definition: no rule before it that is a redirect and answers for it.
			if !slices.ContainsFunc(rules[:i], func(e *draft) bool { return e.routing.Redirect != nil && answersFor(e, d) }) {
				want = append(want, d)
			}
		}
		if got := optimise(rules, 80, model.HTTP); !slices.Equal(got, want) {
			t.Fatalf("want %d rules, got %d", len(want), len(got))
		}
	})
}
