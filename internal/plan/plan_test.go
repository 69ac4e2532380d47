package plan

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gwanmun/gwanmun/internal/model"
)

func rule(priority int32, host string) model.Rule {
	return model.Rule{
		Priority:   priority,
		Conditions: []model.Condition{{Field: model.HostHeader, Values: []string{host}}},
		Actions: []model.Action{{Type: model.ActionForward, Forward: &model.Forward{
			TargetGroups: []model.WeightedTargetGroup{{TargetGroup: host, Weight: 1}},
		}}},
	}
}

func shop(rules ...model.Rule) *model.Model {
	m := &model.Model{LoadBalancers: []model.LoadBalancer{{
		ID: "shop", Type: model.Application, Scheme: model.Internal,
		Listeners: []model.Listener{{Port: 80, Protocol: model.HTTP, Rules: rules}},
	}}}
	for _, r := range rules {
		m.TargetGroups = append(m.TargetGroups, model.TargetGroup{ID: r.Conditions[0].Values[0]})
	}
	return m
}

func words(ops []Operation) string {
	var lines []string
	for _, o := range ops {
		lines = append(lines, o.String())
	}
	return strings.Join(lines, "\n")
}

func TestEqualModelsNeedNothing(t *testing.T) {
	if ops := Plan(shop(rule(1, "a"), rule(2, "b")), shop(rule(1, "a"), rule(2, "b"))); len(ops) > 0 {
		t.Errorf("an equal model gave\n%s", words(ops))
	}
}

func TestFromNothingTargetsComeBeforeListenersAndRulesLast(t *testing.T) {
	want := shop(rule(1, "a"))
	want.TargetGroups[0].Targets = []model.Target{{ID: "10.0.0.1", Port: 80}}
	want.LoadBalancers[0].Attributes = []model.Attribute{{Key: "idle_timeout.timeout_seconds", Value: "30"}}
	got := words(Plan(want, &model.Model{}))
	expect := strings.Join([]string{
		"CreateTargetGroup targetGroup=a",
		"RegisterTargets targetGroup=a target=10.0.0.1:80",
		"CreateLoadBalancer loadBalancer=shop",
		"CreateListener loadBalancer=shop listener=HTTP:80",
		"CreateRule loadBalancer=shop listener=HTTP:80 priority=1",
		"ModifyLoadBalancerAttributes loadBalancer=shop idle_timeout.timeout_seconds=30",
	}, "\n")
	if d := cmp.Diff(expect, got); d != "" {
		t.Error(d)
	}
}

func TestARuleInFrontMovesTheOthersInOneCall(t *testing.T) {
	got := words(Plan(shop(rule(1, "new"), rule(2, "a"), rule(3, "b")), shop(rule(1, "a"), rule(2, "b"))))
	expect := strings.Join([]string{
		"CreateTargetGroup targetGroup=new",
		"SetRulePriorities loadBalancer=shop listener=HTTP:80 1->2 2->3",
		"CreateRule loadBalancer=shop listener=HTTP:80 priority=1",
	}, "\n")
	if d := cmp.Diff(expect, got); d != "" {
		t.Error(d)
	}
}

func TestEverythingGoesWhenNothingIsWanted(t *testing.T) {
	got := words(Plan(&model.Model{}, shop(rule(1, "a"))))
	if d := cmp.Diff("DeleteLoadBalancer loadBalancer=shop\nDeleteTargetGroup targetGroup=a", got); d != "" {
		t.Error(d)
	}
}

// carryOut applies rule operations the way ELBv2 does, refusing what it refuses.
func carryOut(t *rapid.T, rules []model.Rule, ops []Operation) []model.Rule {
	at := func(priority int32) int {
		return slices.IndexFunc(rules, func(r model.Rule) bool { return r.Priority == priority })
	}
	for _, o := range ops {
		switch o.Call {
		case CreateRule:
			if at(o.Priority) >= 0 {
				t.Fatalf("PriorityInUse: %s", o)
			}
			rules = append(rules, *o.Rule)
		case ModifyRule:
			i := at(o.Priority)
			rules[i] = *o.Rule
			rules[i].Priority = o.Priority
		case DeleteRule:
			rules = slices.Delete(rules, at(o.Priority), at(o.Priority)+1)
		case SetRulePriorities:
			moved := map[int]int32{}
			for _, m := range o.Moves {
				moved[at(m.From)] = m.To
			}
			for i, to := range moved {
				rules[i].Priority = to
			}
		}
		seen := map[int32]bool{}
		for _, r := range rules {
			if seen[r.Priority] {
				t.Fatalf("two rules at %d after %s", r.Priority, o)
			}
			seen[r.Priority] = true
		}
	}
	slices.SortFunc(rules, func(a, b model.Rule) int { return int(a.Priority - b.Priority) })
	return rules
}

func TestCarryingOutAPlanLeavesNothingToPlan(t *testing.T) {
	hosts := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d", "e"}), 0, 6)
	rapid.Check(t, func(t *rapid.T) {
		make := func(label string) *model.Model {
			var rules []model.Rule
			for i, h := range hosts.Draw(t, label) {
				rules = append(rules, rule(int32(i+1), h))
			}
			m := shop(rules...)
			m.TargetGroups = nil
			return m
		}
		want, have := make("want"), make("have")
		after := carryOut(t, slices.Clone(have.LoadBalancers[0].Listeners[0].Rules), Plan(want, have))
		if ops := Plan(want, shopOf(after)); len(ops) > 0 {
			t.Fatalf("still to do: %s\nfrom %s", words(ops), fmt.Sprint(have))
		}
	})
}

func shopOf(rules []model.Rule) *model.Model {
	m := shop(rules...)
	m.TargetGroups = nil
	return m
}
