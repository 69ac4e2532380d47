package aws_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/aws"
	"github.com/gwanmun/gwanmun/internal/model"
)

// tenGroups are a hundred Ingresses in ten groups.
func tenGroups() map[aws.StackID]*model.Model {
	out := map[aws.StackID]*model.Model{}
	for g := range 10 {
		id := aws.StackID{Controller: "ingress.k8s.aws", Name: fmt.Sprintf("group-%d", g)}
		var hosts []string
		for i := range 10 {
			hosts = append(hosts, fmt.Sprintf("host-%d-%d.example", g, i))
		}
		out[id] = stackOf(id, hosts...)
	}
	return out
}

// measure makes ten groups, changes one annotation, and restarts; it gives the calls of each.
func measure(t testing.TB) (converge, change, restart figures) {
	p := newCloud(t).start(nil)
	groups := tenGroups()
	ids := slices.SortedFunc(maps.Keys(groups), func(a, b aws.StackID) int { return strings.Compare(a.Name, b.Name) })
	for _, id := range ids {
		p.reconcile(id, groups[id])
	}
	converge.all, converge.writes, converge.text = p.calls()
	groups[ids[0]].LoadBalancers[0].Attributes = []model.Attribute{{Key: "idle_timeout.timeout_seconds", Value: "90"}}
	p.reconcile(ids[0], groups[ids[0]])
	change.all, change.writes, change.text = p.calls()
	q := p.restart()
	for _, id := range ids {
		q.reconcile(id, groups[id])
	}
	restart.all, restart.writes, restart.text = q.calls()
	return converge, change, restart
}

// figures are calls, those of them that change something, and a line for each kind.
type figures struct {
	all, writes int
	text        string
}

// The figures that matter to whoever is throttled: a hundred Ingresses in ten groups. What must be made is 10 load balancers,
// 10 listeners, 100 rules, 100 target groups with their targets, 11 security groups and 10 times their permissions: 341 calls.
// All else is ours to save.
func TestAHundredIngressesInTenGroupsCostFewCalls(t *testing.T) {
	converge, change, restart := measure(t)
	if converge.writes != 341 || converge.all > 341+10 {
		t.Errorf("to converge: %d calls, %d of them writes\n%s", converge.all, converge.writes, converge.text)
	}
	if change.all > 2 || change.writes != 1 {
		t.Errorf("one changed annotation: %d calls, %d of them writes\n%s", change.all, change.writes, change.text)
	}
	if restart.all > 40 || restart.writes > 0 {
		t.Errorf("after a restart: %d calls, %d of them writes\n%s", restart.all, restart.writes, restart.text)
	}
}

// BenchmarkCallsOfAHundredIngresses prints the calls by kind with -v, and reports their number.
func BenchmarkCallsOfAHundredIngresses(b *testing.B) {
	var converge, change, restart figures
	for b.Loop() {
		converge, change, restart = measure(b)
	}
	b.Logf("to converge\n%sone changed annotation\n%safter a restart\n%s", converge.text, change.text, restart.text)
	b.ReportMetric(float64(converge.all), "calls/converge")
	b.ReportMetric(float64(change.all), "calls/change")
	b.ReportMetric(float64(restart.all), "calls/restart")
}
