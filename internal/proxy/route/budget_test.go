package route

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// patterned are so many rules of one host with an expression each.
func patterned(n int, pattern string) []model.Rule {
	rules := make([]model.Rule, n)
	for i := range rules {
		rules[i] = model.Rule{Priority: int32(i + 1), Conditions: []model.Condition{
			{Field: model.HostHeader, Values: []string{"a.example"}},
			{Field: model.PathPattern, RegexValues: []string{fmt.Sprintf(pattern, i)}},
		}}
	}
	return rules
}

// hostOf is one host with these rules.
func hostOf(t *testing.T, name string, rules []model.Rule) *Host {
	t.Helper()
	var list []*Rule
	for i := range rules {
		r, err := New(model.DialectNginx, &rules[i], i)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
	return NewHost(name, list)
}

// asked is a request for a path of a.example.
func asked(path string) *exchange.Exchange {
	x := benchExchanges(1)[0]
	x.Request.Host = []byte("a.example")
	x.Request.Target, x.Request.Path, x.Request.NormalPath = []byte(path), []byte(path), []byte(path)
	x.Request.HeadBytes = int64(len(path)) + 400
	return x
}

// bound is far above what the budget takes, for loaded machines and the race detector, and far below the seconds that it keeps
// away.
const bound = 250 * time.Millisecond

// TestWhatIsNotCostlyIsQuick: ten thousand expressions of one host must not keep an event loop. What takes longer than a few
// milliseconds has to say so beforehand.
func TestWhatIsNotCostlyIsQuick(t *testing.T) {
	long := "/" + strings.Repeat("a/", 4000)
	for _, c := range []struct {
		pattern string
		rules   int
		path    string
		costly  bool
	}{
		{"(?i)^/team%d(/|$)(.*)", 10_000, "/team9999/x", false},
		{"(?i)^/team%d(/|$)(.*)", 10_000, "/t" + strings.Repeat("x", 2000), false},
		{"(?i)^/.*team%d$", 20, "/x", false},
		{"(?i)^/.*team%d$", 3, long, false},
		{"(?i)^/.*team%d$", 10_000, "/x/team9999", true},
		{"(?i)^/.*team%d$", 10_000, long, true},
		{"(?i)^/x/.*team%d$", 10_000, "/x/" + long, true},
		{"(?i)^.*/(a|b)+/t%d/.*$", 3, long, false},
	} {
		for _, dialect := range []model.Dialect{model.DialectNginx, model.DialectELB} {
			if dialect == model.DialectELB && c.rules > 100 {
				continue // more than a listener may have
			}
			table := tableOf(t, dialect, patterned(c.rules, c.pattern))
			x := asked(c.path)
			if got := table.Costly(x); got != c.costly {
				t.Errorf("%q %s of %d bytes among %d: costly %v", dialect, c.pattern, len(c.path), c.rules, got)
			}
			if table.Costly(x) {
				continue
			}
			best := time.Hour
			for range 5 {
				began := time.Now()
				table.Match(x)
				best = min(best, time.Since(began))
			}
			if best > bound {
				t.Errorf("%q %s of %d bytes among %d: %v", dialect, c.pattern, len(c.path), c.rules, best)
			}
		}
	}
}

// TestExpressionsForFieldsCountToo: they see the whole head.
func TestExpressionsForFieldsCountToo(t *testing.T) {
	var rules []model.Rule
	for i := range 100 {
		rules = append(rules, model.Rule{Priority: int32(i + 1), Conditions: []model.Condition{
			{Field: model.HTTPHeader, Name: "X-A", RegexValues: []string{fmt.Sprintf("(a|b)+%d$", i)}},
		}})
	}
	table := tableOf(t, model.DialectELB, rules)
	x := asked("/")
	if x.Request.HeadBytes = 300; table.Costly(x) {
		t.Error("a short head is costly")
	}
	if x.Request.HeadBytes = 60_000; !table.Costly(x) {
		t.Error("a long head is not costly")
	}
}

// TestHostsKnowWhetherTheyHaveExpressions follows hosts through changes.
func TestHostsKnowWhetherTheyHaveExpressions(t *testing.T) {
	long := asked("/" + strings.Repeat("a/", 4000))
	costly := func(name string) *Host { return hostOf(t, name, patterned(100, "(?i)^/.*team%d$")) }
	plain := func(name string) *Host { return hostOf(t, name, patterned(0, "")) }
	hosts := &Hosts{}
	for i, step := range []struct {
		name  string
		host  *Host
		count int
		long  bool
	}{
		{"a.example", costly("a.example"), 1, true},
		{"a.example", costly("a.example"), 1, true},
		{"", costly(""), 2, true},
		{"*.example", costly("*.example"), 3, true},
		{"a.example", plain("a.example"), 2, false},
		{"a.example", nil, 2, true}, // the wildcard's
		{"*.example", nil, 1, true}, // that without a name
		{"", nil, 0, false},
	} {
		edit := hosts.Edit()
		edit.Set(step.name, step.host)
		hosts = edit.Done()
		if hosts.patterned != step.count || hosts.Costly(long) != step.long {
			t.Errorf("step %d: %d with expressions, costly %v", i, hosts.patterned, hosts.Costly(long))
		}
	}
}
