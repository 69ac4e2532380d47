package route

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// Rule is a rule ready for matching.
type Rule struct {
	Priority int32
	// Data is what the rule stands for; matching does not look at it.
	Data any

	// Hosts are the hosts that the rule belongs to with DialectNginx, lower case: names, "*." and a name, or "" for
	// no host at all. Nil with DialectELB, where a host is a condition like any other.
	Hosts []string
	tests []test
}

// New compiles a rule's conditions. It fails when any of them could never be decided: then the rule must be left out; what
// is returned beside the error has the rule's Hosts, if they could be read, and nothing else.
func New(dialect model.Dialect, r *model.Rule, data any) (*Rule, error) {
	out := &Rule{Priority: r.Priority, Data: data}
	hosts := 0
	for i := range r.Conditions {
		c := &r.Conditions[i]
		if hostFirst(dialect, c) {
			if hosts++; hosts > 1 {
				return &Rule{Hosts: out.Hosts}, fmt.Errorf("it has more than one host condition")
			}
			names, err := hostNames(c)
			if err != nil {
				return &Rule{}, err
			}
			out.Hosts = names
		}
	}
	if dialect == model.DialectNginx && hosts == 0 {
		out.Hosts = []string{""}
	}
	for i := range r.Conditions {
		c := &r.Conditions[i]
		if hostFirst(dialect, c) {
			continue
		}
		t, err := newTest(dialect, c)
		if err != nil {
			return &Rule{Hosts: out.Hosts}, fmt.Errorf("condition %s: %w", c.Field, err)
		}
		out.tests = append(out.tests, t)
	}
	return out, nil
}

// hostFirst says whether a condition is decided by picking the host, before any rule is looked at.
func hostFirst(dialect model.Dialect, c *model.Condition) bool {
	return dialect == model.DialectNginx && c.Field == model.HostHeader
}

// hostNames reads the host condition of DialectNginx, which names hosts in place of describing them.
func hostNames(c *model.Condition) ([]string, error) {
	if len(c.Values) == 0 || len(c.RegexValues) > 0 {
		return nil, fmt.Errorf("condition %s: only names and one-label wildcards can be hosts", c.Field)
	}
	names := make([]string, len(c.Values))
	for i, v := range c.Values {
		names[i] = strings.ToLower(v)
		if strings.ContainsAny(strings.TrimPrefix(v, "*."), `*?\`) || v == "*." {
			return nil, fmt.Errorf("condition %s: %q is neither a name nor a one-label wildcard", c.Field, v)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// holds says whether all tests hold, except for those of the fields that the index has dealt with.
func (r *Rule) holds(x *exchange.Exchange, done skip) bool {
	for i := range r.tests {
		t := &r.tests[i]
		if done&t.skip == 0 && !t.holds(x) {
			return false
		}
	}
	return true
}

// skip names tests that the index has already done.
type skip uint8

const (
	skipHost skip = 1 << iota
	skipPath
)

// test is one compiled condition.
type test struct {
	field model.ConditionField
	// skip is how this test is named when an index has done it; 0 for tests that indexes never do.
	skip    skip
	nginx   bool
	name    string
	globs   []glob
	regexes []regex
	words   []string
	nets    []netip.Prefix
	query   []queryTest
}

type queryTest struct {
	anyKey     bool
	key, value glob
}

// newTest compiles a condition.
func newTest(dialect model.Dialect, c *model.Condition) (test, error) {
	t := test{field: c.Field, name: c.Name, nginx: dialect == model.DialectNginx}
	fold := true
	switch c.Field {
	case model.HostHeader:
		t.skip = skipHost
	case model.PathPattern:
		t.skip, fold = skipPath, false
	case model.HTTPHeader, model.Cookie:
		if c.Name == "" {
			return t, fmt.Errorf("it has no name")
		}
	case model.RequestMethod, model.QueryString, model.SourceIP:
	default:
		return t, fmt.Errorf("unknown field")
	}
	if len(c.Values)+len(c.RegexValues)+len(c.Query) == 0 {
		return t, fmt.Errorf("it has no values")
	}
	return t, t.compile(c, fold)
}

func (t *test) compile(c *model.Condition, fold bool) error {
	for _, q := range c.Query {
		t.query = append(t.query, queryTest{q.Key == "", compileGlob(q.Key, true), compileGlob(q.Value, true)})
	}
	for _, v := range c.Values {
		switch c.Field {
		case model.RequestMethod, model.Cookie:
			t.words = append(t.words, v)
		case model.SourceIP:
			p, err := netip.ParsePrefix(v)
			if err != nil {
				return fmt.Errorf("%q is not a CIDR block", v)
			}
			t.nets = append(t.nets, p.Masked())
		default:
			t.globs = append(t.globs, compileGlob(v, fold))
		}
	}
	for _, v := range c.RegexValues {
		re, err := compileRegex(v)
		if err != nil {
			return fmt.Errorf("%q: %w", v, err)
		}
		t.regexes = append(t.regexes, re)
	}
	return nil
}
