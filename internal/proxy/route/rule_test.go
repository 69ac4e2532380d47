package route

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gwanmun/gwanmun/internal/model"
)

func TestConditionsThatCannotBeDecidedAreRefused(t *testing.T) {
	for say, c := range map[string]model.Condition{
		"no values":                 {Field: model.PathPattern},
		"an unknown field":          {Field: "colour", Values: []string{"red"}},
		"a header without a name":   {Field: model.HTTPHeader, Values: []string{"x"}},
		"no CIDR block":             {Field: model.SourceIP, Values: []string{"10.0.0.1"}},
		"no regular expression":     {Field: model.PathPattern, RegexValues: []string{"("}},
		"look-ahead":                {Field: model.PathPattern, RegexValues: []string{"(?=a)"}},
		"a long regular expression": {Field: model.PathPattern, RegexValues: []string{strings.Repeat("a", MaxRegex+1)}},
	} {
		for _, dialect := range []model.Dialect{model.DialectELB, model.DialectNginx} {
			if _, err := New(dialect, &model.Rule{Conditions: []model.Condition{c}}, nil); err == nil {
				t.Errorf("%s is accepted", say)
			}
		}
	}
}

func TestClassNginxKnowsNamesAndOneLabelWildcardsOnly(t *testing.T) {
	for host, ok := range map[string]bool{
		"a.example": true, "*.example": true, "*.": false, "*": false, "a.*": false, "*.*.example": false, `a\*`: false,
	} {
		r := &model.Rule{Conditions: []model.Condition{{Field: model.HostHeader, Values: []string{host}}}}
		if _, err := New(model.DialectNginx, r, nil); (err == nil) != ok {
			t.Errorf("host %q: %v", host, err)
		}
	}
}

func TestARuleThatIsLeftOutStillTakesItsHost(t *testing.T) {
	r, err := New(model.DialectNginx, &model.Rule{Conditions: []model.Condition{
		{Field: model.PathPattern, RegexValues: []string{"("}}, {Field: model.HostHeader, Values: []string{"A.example"}},
	}}, nil)
	if err == nil || !slices.Equal(r.Hosts, []string{"a.example"}) {
		t.Errorf("hosts %v, error %v", r.Hosts, err)
	}
}

func TestShardsAreAMapThatKeepsItsOldVersions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var now Shards[int]
		want := map[string]int{}
		for range rapid.IntRange(1, 6).Draw(t, "edits") {
			old, oldKeys := now, now.Keys()
			edit := now.Edit()
			for range rapid.IntRange(0, 400).Draw(t, "changes") {
				key := strings.Repeat("k", 1+rapid.IntRange(0, 1200).Draw(t, "key")%7) + rapid.StringMatching(`[a-z]{2}`).Draw(t, "end")
				if rapid.IntRange(0, 4).Draw(t, "delete") == 0 {
					edit.Delete(key)
					delete(want, key)
					continue
				}
				edit.Set(key, len(want))
				want[key] = len(want)
			}
			now = edit.Done()
			if !slices.Equal(old.Keys(), oldKeys) {
				t.Fatal("an edit changed the version before it")
			}
		}
		if now.Len() != len(want) || len(now.Keys()) != len(want) {
			t.Fatalf("%d entries, want %d", now.Len(), len(want))
		}
		for key := range want {
			if _, ok := now.Find([]byte(key)); !ok {
				t.Fatalf("%q is lost", key)
			}
		}
	})
}
