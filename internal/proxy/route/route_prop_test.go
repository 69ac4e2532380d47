package route

import (
	"net/netip"
	"testing"

	"pgregory.net/rapid"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// The generators draw from few and clashing texts, so that rules overlap and requests meet them.
var (
	drawHost    = rapid.SampledFrom([]string{"a.example", "b.example", "x.a.example", "A.Example", "example", ""})
	drawELBHost = rapid.SampledFrom([]string{
		"a.example", "A.example", "*.example", "*", "*.a.example", "?.example", "*example", "a.*", `\*.example`, "x.*.example",
	})
	drawName = rapid.SampledFrom([]string{"a.example", "A.example", "*.example", "*.a.example", "*.A.Example", "b.example"})
	drawPath = rapid.SampledFrom([]string{
		"/", "/a", "/a/", "/a/b", "/A", "/ab", "/a/b/c", "/a*", "/\u212a", "/k", "/K/x", `/a\b`, "/%61", "",
	})
	drawPathGlob = rapid.SampledFrom([]string{
		"/", "/*", "*", "/a", "/a*", "/a/*", "/a/b", "/a/b/*", "/?", "/a?b", `/a\*`, `/a\*/*`, "*b", "/a*c", "*a*", `/a\`,
		"/A", "/A/*", "", "/a/b/c*",
	})
	drawRegex = rapid.SampledFrom([]string{
		"(?i)^/K/x", "^/a/b/c$", "(?i)^/AB?", "^/A",
		"(?i)^/a", "^/a", "^/a$", "(?i)^/k", "/b", "^/(a|b)/", "(?i)^/a/b", "^", "b$", "(?i)^/a(.*)c",
	})
)

func drawCondition(t *rapid.T, field model.ConditionField, nginx bool) model.Condition {
	c := model.Condition{Field: field}
	values := func(g *rapid.Generator[string], label string) []string {
		return rapid.SliceOfN(g, 1, 3).Draw(t, label)
	}
	switch field {
	case model.HostHeader:
		if nginx {
			c.Values = values(drawName, "hosts")
		} else if rapid.IntRange(0, 5).Draw(t, "regex host") == 0 {
			c.RegexValues = []string{`^[ab]\.`}
		} else {
			c.Values = values(drawELBHost, "hosts")
		}
	case model.PathPattern:
		if rapid.IntRange(0, 3).Draw(t, "regex path") == 0 {
			c.RegexValues = values(drawRegex, "regexes")
		} else {
			c.Values = values(drawPathGlob, "paths")
		}
	case model.HTTPHeader:
		c.Name = rapid.SampledFrom([]string{"X-A", "x-b", "Upgrade"}).Draw(t, "header")
		c.Values = values(rapid.SampledFrom([]string{"1", "*", "V?", "websocket"}), "values")
	case model.RequestMethod:
		c.Values = values(rapid.SampledFrom([]string{"GET", "POST", "get"}), "methods")
	case model.SourceIP:
		c.Values = values(rapid.SampledFrom([]string{"10.0.0.0/8", "127.0.0.1/32", "::/0", "0.0.0.0/0"}), "cidrs")
	case model.QueryString:
		key := rapid.SampledFrom([]string{"", "k", "K", "k*"})
		for range rapid.IntRange(1, 2).Draw(t, "pairs") {
			c.Query = append(c.Query, model.QueryValue{
				Key: key.Draw(t, "key"), Value: rapid.SampledFrom([]string{"1", "*", "", "v?"}).Draw(t, "value"),
			})
		}
	case model.Cookie:
		c.Name = rapid.SampledFrom([]string{"c", "C", "d"}).Draw(t, "cookie")
		c.Values = values(rapid.SampledFrom([]string{"always", "never", ""}), "values")
	}
	return c
}

func drawRules(t *rapid.T, nginx bool) []model.Rule {
	rules := make([]model.Rule, rapid.IntRange(0, 30).Draw(t, "rules"))
	fields := []model.ConditionField{
		model.HTTPHeader, model.RequestMethod, model.SourceIP, model.QueryString, model.Cookie,
	}
	for i := range rules {
		r := &rules[i]
		r.Priority = int32(rapid.IntRange(1, 40).Draw(t, "priority"))
		if rapid.IntRange(0, 3).Draw(t, "with host") > 0 {
			r.Conditions = append(r.Conditions, drawCondition(t, model.HostHeader, nginx))
		}
		if rapid.IntRange(0, 5).Draw(t, "with path") > 0 {
			r.Conditions = append(r.Conditions, drawCondition(t, model.PathPattern, nginx))
		}
		if rapid.IntRange(0, 2).Draw(t, "with more") == 0 {
			r.Conditions = append(r.Conditions, drawCondition(t, rapid.SampledFrom(fields).Draw(t, "field"), nginx))
		}
	}
	return rules
}

func drawExchange(t *rapid.T) *exchange.Exchange {
	addr := rapid.SampledFrom([]string{"127.0.0.1", "10.1.2.3", "::1", "::ffff:10.0.0.1", "192.0.2.1"})
	x := &exchange.Exchange{Conn: &exchange.Conn{
		Remote: netip.AddrPortFrom(netip.MustParseAddr(addr.Draw(t, "peer")), 1),
	}}
	x.ClientIP = netip.MustParseAddr(addr.Draw(t, "client"))
	r := &x.Request
	r.Method = []byte(rapid.SampledFrom([]string{"GET", "POST"}).Draw(t, "method"))
	host := []byte(drawHost.Draw(t, "host"))
	for i := range host {
		host[i] = lower(host[i])
	}
	r.Host = host
	r.Path = []byte(drawPath.Draw(t, "path"))
	r.NormalPath = []byte(drawPath.Draw(t, "normal path"))
	query := rapid.SampledFrom([]string{"", "k=1", "K=v2&x", "x=1&&k=", "k=1#k=2", "v1"})
	r.Query = []byte(query.Draw(t, "query"))
	r.Upgrade = []byte(rapid.SampledFrom([]string{"", "websocket"}).Draw(t, "upgrade"))
	for range rapid.IntRange(0, 3).Draw(t, "headers") {
		name := rapid.SampledFrom([]string{"x-a", "X-B", "Cookie", "Accept"}).Draw(t, "name")
		value := rapid.SampledFrom([]string{"1", "v1", "V2", "c=always; d=never", "C=never", "d"}).Draw(t, "value")
		r.Header.Add([]byte(name), []byte(value))
	}
	return x
}

// Property 3 of the house: the fast index equals the naive scan.
func TestIndexEqualsNaiveScan(t *testing.T) {
	for _, dialect := range []model.Dialect{model.DialectELB, model.DialectNginx} {
		t.Run("dialect "+string(dialect), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				rules := drawRules(t, dialect == model.DialectNginx)
				match := compileAll(t, dialect, rules)
				for range 8 {
					x := drawExchange(t)
					want := Naive(dialect, rules, x)
					got := -1
					if r := match(x); r != nil {
						got = r.Data.(int)
					}
					if got != want {
						t.Fatalf("%s %s%s: index says rule %d, naive scan %d", x.Request.Method, x.Request.Host,
							x.Request.Path, got, want)
					}
				}
			})
		})
	}
}

// Hosts with regular expressions have an index of their own beyond a handful of rules.
func TestManyRegularExpressionsEqualNaiveScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := make([]model.Rule, rapid.IntRange(9, 20).Draw(t, "rules"))
		for i := range rules {
			rules[i].Priority = int32(rapid.IntRange(1, 30).Draw(t, "priority"))
			rules[i].Conditions = []model.Condition{drawCondition(t, model.PathPattern, true)}
		}
		match := compileAll(t, model.DialectNginx, rules)
		for range 8 {
			x := drawExchange(t)
			want, got := Naive(model.DialectNginx, rules, x), -1
			if r := match(x); r != nil {
				got = r.Data.(int)
			}
			if got != want {
				t.Fatalf("%q: index says rule %d, naive scan %d", x.Request.NormalPath, got, want)
			}
		}
	})
}

type fataler interface {
	Helper()
	Fatalf(string, ...any)
}

// compileAll builds the index of a dialect.
func compileAll(t fataler, dialect model.Dialect, rules []model.Rule) func(*exchange.Exchange) *Rule {
	t.Helper()
	return tableOf(t, dialect, rules).Match
}

// table is what a listener has: an Index or Hosts.
type table interface {
	Match(*exchange.Exchange) *Rule
	Costly(*exchange.Exchange) bool
}

func tableOf(t fataler, dialect model.Dialect, rules []model.Rule) table {
	t.Helper()
	all := make([]*Rule, len(rules))
	byHost := map[string][]*Rule{}
	for i := range rules {
		r, err := New(dialect, &rules[i], i)
		if err != nil {
			t.Fatalf("rule %d: %v", i, err)
		}
		all[i] = r
		for _, h := range r.Hosts {
			byHost[h] = append(byHost[h], r)
		}
	}
	if dialect == model.DialectELB {
		return NewIndex(all)
	}
	edit := new(Hosts).Edit()
	for h, list := range byHost {
		edit.Set(h, NewHost(h, list))
	}
	return edit.Done()
}

func FuzzGlobEqualsNaiveGlob(f *testing.F) {
	f.Add("/a*b?c", "/axxbyc", false)
	f.Add(`\*a\?*`, "*a?", true)
	f.Add("**a**", "A", true)
	f.Add(`a\`, `a\`, false)
	f.Fuzz(func(t *testing.T, pattern, text string, fold bool) {
		if len(pattern) > 12 || len(text) > 20 {
			return // the naive one takes exponential time
		}
		g := compileGlob(pattern, fold)
		if got, want := g.covers([]byte(text)), NaiveGlob(pattern, text, fold); got != want {
			t.Fatalf("glob %q on %q (fold %v): %v, naive %v", pattern, text, fold, got, want)
		}
	})
}

func FuzzRegexPrefilterChangesNothing(f *testing.F) {
	f.Add("(?i)^/ks", "/\u212aſ")
	f.Add("^/a(b|c)", "/ab")
	f.Add("(?i)^/Static", "/sTATIC/x")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		re, err := compileRegex(pattern)
		if err != nil {
			return
		}
		if got, want := re.found([]byte(text)), re.re.MatchString(text); got != want {
			t.Fatalf("regular expression %q on %q: %v, want %v", pattern, text, got, want)
		}
	})
}

// FuzzPathIndexEqualsNaiveScan compares the path index, which is only used beyond a handful of rules.
func FuzzPathIndexEqualsNaiveScan(f *testing.F) {
	f.Add("/a*", "/a/b*", `/a\**`, "/*", "/a/b/c")
	f.Add("*", "", "/", "/a?", "/a/")
	f.Fuzz(func(t *testing.T, a, b, c, d, path string) {
		if len(a)+len(b)+len(c)+len(d) > 40 || len(path) > 20 {
			return
		}
		var rules []model.Rule
		for i, g := range []string{a, b, c, d, a + "*", b + "/x", c + "/*", d + "y*", "/z", "/z*", "/y"} {
			rules = append(rules, model.Rule{Priority: int32(i*7%11) + 1, Conditions: []model.Condition{
				{Field: model.PathPattern, Values: []string{g}},
			}})
		}
		x := &exchange.Exchange{Conn: &exchange.Conn{}}
		x.Request.Path = []byte(path)
		want, got := Naive(model.DialectELB, rules, x), -1
		if r := compileAll(t, model.DialectELB, rules)(x); r != nil {
			got = r.Data.(int)
		}
		if got != want {
			t.Fatalf("path %q: index %d, naive %d", path, got, want)
		}
	})
}
