package plan

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

func compare(want, have *model.Model) []Operation { return Compare(want, have, Options{}).Operations }

func words(ops []Operation) string {
	var lines []string
	for _, o := range ops {
		lines = append(lines, o.String())
	}
	return strings.Join(lines, "\n")
}

func TestEqualModelsNeedNothing(t *testing.T) {
	if ops := compare(shop(rule(1, "a"), rule(2, "b")), shop(rule(1, "a"), rule(2, "b"))); len(ops) > 0 {
		t.Errorf("an equal model gave\n%s", words(ops))
	}
}

func TestFromNothingTargetsComeBeforeListenersAndRulesLast(t *testing.T) {
	want := shop(rule(1, "a"))
	want.TargetGroups[0].Targets = []model.Target{{ID: "10.0.0.1", Port: 80}}
	want.LoadBalancers[0].Attributes = []model.Attribute{{Key: "idle_timeout.timeout_seconds", Value: "30"}}
	got := words(compare(want, &model.Model{}))
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
	got := words(compare(shop(rule(1, "new"), rule(2, "a"), rule(3, "b")), shop(rule(1, "a"), rule(2, "b"))))
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
	got := words(compare(&model.Model{}, shop(rule(1, "a"))))
	if d := cmp.Diff("DeleteLoadBalancer loadBalancer=shop\nDeleteTargetGroup targetGroup=a", got); d != "" {
		t.Error(d)
	}
}
