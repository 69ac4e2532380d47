package route

import (
	"fmt"
	"testing"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// benchRules spreads n rules over n/5 hosts, 2 % of them wildcards, exact paths and prefixes, some with another
// condition.
func benchRules(n int) []model.Rule {
	rules := make([]model.Rule, n)
	for i := range rules {
		host := fmt.Sprintf("h%d.shop.example", i/5)
		if i/5%50 == 49 {
			host = fmt.Sprintf("*.w%d.example", i/5)
		}
		path := fmt.Sprintf("/api/v%d/things", i%5)
		if i%5 > 1 {
			path += "/*"
		}
		rules[i] = model.Rule{Priority: int32(i%50000) + 1, Conditions: []model.Condition{
			{Field: model.HostHeader, Values: []string{host}},
			{Field: model.PathPattern, Values: []string{path}},
		}}
		if i%7 == 0 {
			rules[i].Conditions = append(rules[i].Conditions,
				model.Condition{Field: model.RequestMethod, Values: []string{"GET", "POST"}})
		}
	}
	return rules
}

func benchExchanges(n int) []*exchange.Exchange {
	list := make([]*exchange.Exchange, 64)
	for i := range list {
		x := &exchange.Exchange{Conn: &exchange.Conn{}}
		x.Request.Method = []byte("GET")
		host := i * 7919 % max(1, n/5)
		x.Request.Host = fmt.Appendf(nil, "h%d.shop.example", host)
		if host%50 == 49 {
			x.Request.Host = fmt.Appendf(nil, "x.w%d.example", host)
		}
		x.Request.Path = fmt.Appendf(nil, "/api/v%d/things/17", i%5)
		x.Request.NormalPath = x.Request.Path
		list[i] = x
	}
	return list
}

func BenchmarkMatch(b *testing.B) {
	for _, dialect := range []model.Dialect{model.DialectELB, model.DialectNginx} {
		for _, n := range []int{1, 1000, 10000, 100000} {
			b.Run(fmt.Sprintf("dialect=%s/rules=%d", dialect, n), func(b *testing.B) {
				match, list := compileAll(b, dialect, benchRules(n)), benchExchanges(n)
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					match(list[i%len(list)])
				}
			})
		}
	}
	b.Run("one host, 10000 prefixes", func(b *testing.B) {
		rules := make([]model.Rule, 10000)
		for i := range rules {
			rules[i] = model.Rule{Priority: int32(i + 1), Conditions: []model.Condition{
				{Field: model.PathPattern, Values: []string{fmt.Sprintf("/team%d/*", i)}},
			}}
		}
		match, x := compileAll(b, model.DialectELB, rules), benchExchanges(1)[0]
		x.Request.Path = []byte("/team7777/x")
		b.ReportAllocs()
		for b.Loop() {
			match(x)
		}
	})
	b.Run("one host, 1000 regular expressions", func(b *testing.B) {
		match, x := compileAll(b, model.DialectNginx, regexRules(1000)), benchExchanges(1)[0]
		x.Request.NormalPath = []byte("/team999/x")
		b.ReportAllocs()
		for b.Loop() {
			match(x)
		}
	})
}

func regexRules(n int) []model.Rule {
	rules := make([]model.Rule, n)
	for i := range rules {
		rules[i] = model.Rule{Priority: int32(i + 1), Conditions: []model.Condition{
			{Field: model.PathPattern, RegexValues: []string{fmt.Sprintf("(?i)^/team%d(/|$)(.*)", i)}},
		}}
	}
	return rules
}

func TestMatchingAllocatesNothing(t *testing.T) {
	for _, dialect := range []model.Dialect{model.DialectELB, model.DialectNginx} {
		match, list := compileAll(t, dialect, benchRules(1000)), benchExchanges(1000)
		if n := testing.AllocsPerRun(100, func() { match(list[3]) }); n != 0 {
			t.Errorf("dialect %q: %v allocations per match", dialect, n)
		}
	}
	// Whole literals only: package regexp keeps its machines in a pool, which forgets at random under the race detector.
	rules := make([]model.Rule, 100)
	for i := range rules {
		rules[i] = model.Rule{Priority: int32(i + 1), Conditions: []model.Condition{
			{Field: model.PathPattern, RegexValues: []string{fmt.Sprintf("(?i)^/team%d/", i)}},
		}}
	}
	match, x := compileAll(t, model.DialectNginx, rules), benchExchanges(1)[0]
	x.Request.NormalPath = []byte("/Team77/x")
	if n := testing.AllocsPerRun(100, func() { match(x) }); n != 0 || match(x) == nil {
		t.Errorf("regular expressions: %v allocations per match", n)
	}
}
