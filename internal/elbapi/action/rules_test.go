package action_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/gwanmun/gwanmun/internal/elbapi/action"
)

func field(name string) types.RuleCondition { return types.RuleCondition{Field: &name} }

func path(values ...string) types.RuleCondition {
	c := field("path-pattern")
	c.PathPatternConfig = &types.PathPatternConditionConfig{Values: values}
	return c
}

func TestShortConditionsAreAnsweredInBothForms(t *testing.T) {
	c := newCloud(t)
	l := c.http(t, *c.alb(t, "web").LoadBalancerArn, 80, fixed("404"))
	short := field("host-header")
	short.Values = []string{"*.Example.com"}
	r := c.rule(t, *l.ListenerArn, 7, fixed("403"), []types.RuleCondition{short, path("/a", "/b*")})
	host := field("host-header")
	host.Values, host.HostHeaderConfig = short.Values, &types.HostHeaderConditionConfig{Values: short.Values}
	paths := path("/a", "/b*")
	paths.Values = []string{"/a", "/b*"}
	if diff := cmp.Diff([]types.RuleCondition{host, paths}, r.Conditions, shapes); diff != "" {
		t.Error(diff)
	}
	if *r.Priority != "7" || *r.IsDefault {
		t.Errorf("priority %s, default %v", *r.Priority, *r.IsDefault)
	}
}

func TestRulesThatAWSRefuses(t *testing.T) {
	c := newCloud(t)
	l := c.http(t, *c.alb(t, "web").LoadBalancerArn, 80, fixed("404"))
	c.rule(t, *l.ListenerArn, 10, fixed("403"), host("a.example"))
	header := func(name string, values ...string) types.RuleCondition {
		h := field("http-header")
		h.HttpHeaderConfig = &types.HttpHeaderConditionConfig{HttpHeaderName: &name, Values: values}
		return h
	}
	source := func(v string) types.RuleCondition {
		s := field("source-ip")
		s.SourceIpConfig = &types.SourceIpConditionConfig{Values: []string{v}}
		return s
	}
	method := func(v string) types.RuleCondition {
		m := field("http-request-method")
		m.HttpRequestMethodConfig = &types.HttpRequestMethodConditionConfig{Values: []string{v}}
		return m
	}
	regex := func(v string) types.RuleCondition {
		p := field("path-pattern")
		p.PathPatternConfig = &types.PathPatternConditionConfig{RegexValues: []string{v}}
		return p
	}
	for _, x := range []struct {
		what, code, part string
		priority         int32
		conditions       []types.RuleCondition
	}{
		{"a priority of 0", "ValidationError", "'0'", 0, host("a.example")},
		{"a priority of 50001", "ValidationError", "50001", 50001, host("a.example")},
		{"a priority in use", "PriorityInUse", "'10'", 10, host("a.example")},
		{"no conditions", "ValidationError", "Conditions", 1, nil},
		{"an unknown field", "ValidationError", "cookie", 1, []types.RuleCondition{field("cookie")}},
		{"a host without a dot", "ValidationError", "localhost", 1, host("localhost")},
		{"a host that is an address", "ValidationError", "10.0.0.1", 1, host("10.0.0.1")},
		{"a long path", "ValidationError", "128", 1, []types.RuleCondition{path("/" + strings.Repeat("a", 128))}},
		{"two host conditions", "ValidationError", "only one", 1, append(host("a.example"), host("b.example")...)},
		{"six values", "ValidationError", "6 values", 1, append(host("a.example", "b.example", "c.example"), path("/a", "/b", "/c"))},
		{"six wildcards", "ValidationError", "6 wildcards", 1, []types.RuleCondition{path("/*/*/*", "/*/?/?")}},
		{"a Host header", "ValidationError", "host-header", 1, []types.RuleCondition{header("Host", "a")}},
		{"a long header name", "ValidationError", "40", 1, []types.RuleCondition{header(strings.Repeat("x", 41), "a")}},
		{"an address without length", "ValidationError", "10.0.0.1", 1, []types.RuleCondition{source("10.0.0.1")}},
		{"a method in small letters", "ValidationError", "get", 1, []types.RuleCondition{method("get")}},
		{"a regular expression that RE2 lacks", "ValidationError", "(?!", 1, []types.RuleCondition{regex("(?!a)")}},
	} {
		t.Run(x.what, func(t *testing.T) {
			_, err := c.CreateRule(ctx, &elbv2.CreateRuleInput{ListenerArn: l.ListenerArn, Priority: &x.priority, Actions: fixed("403"), Conditions: x.conditions})
			refused(t, err, x.code, x.part)
		})
	}
}

func TestPrioritiesChangePlacesAllOrNone(t *testing.T) {
	c := newCloud(t)
	l := c.http(t, *c.alb(t, "web").LoadBalancerArn, 80, fixed("404"))
	one := c.rule(t, *l.ListenerArn, 1, fixed("401"), host("a.example"))
	two := c.rule(t, *l.ListenerArn, 2, fixed("402"), host("b.example"))
	c.rule(t, *l.ListenerArn, 30000, fixed("403"), host("c.example"))
	order := func() string {
		out, err := c.DescribeRules(ctx, &elbv2.DescribeRulesInput{ListenerArn: l.ListenerArn})
		var s []string
		for _, r := range ok(t, out, err).Rules {
			s = append(s, *r.Priority+"="+*r.Actions[0].FixedResponseConfig.StatusCode)
		}
		return strings.Join(s, " ")
	}
	set := func(arns []string, priorities ...int32) error {
		in := &elbv2.SetRulePrioritiesInput{}
		for i, p := range priorities {
			in.RulePriorities = append(in.RulePriorities, types.RulePriorityPair{RuleArn: &arns[i], Priority: &p})
		}
		_, err := c.SetRulePriorities(ctx, in)
		return err
	}
	both := []string{*one.RuleArn, *two.RuleArn}
	must(t, set(both, 2, 1))
	if got := order(); got != "1=402 2=401 30000=403 default=404" {
		t.Errorf("after changing places: %s", got)
	}
	refused(t, set(both, 5, 30000), "PriorityInUse", "30000")
	if got := order(); got != "1=402 2=401 30000=403 default=404" {
		t.Errorf("after a refused change: %s", got)
	}
	rules, err := c.DescribeRules(ctx, &elbv2.DescribeRulesInput{ListenerArn: l.ListenerArn})
	last := ok(t, rules, err).Rules[3]
	refused(t, set([]string{*last.RuleArn}, 9), "OperationNotPermitted", "default")
	_, err = c.DeleteRule(ctx, &elbv2.DeleteRuleInput{RuleArn: last.RuleArn})
	refused(t, err, "OperationNotPermitted", "default")
	_, err = c.ModifyRule(ctx, &elbv2.ModifyRuleInput{RuleArn: last.RuleArn, Actions: fixed("405")})
	refused(t, err, "OperationNotPermitted", "ModifyListener")
}

func TestTransformsComeAndGo(t *testing.T) {
	c := newCloud(t)
	l := c.http(t, *c.alb(t, "web").LoadBalancerArn, 80, fixed("404"))
	r := c.rule(t, *l.ListenerArn, 1, fixed("401"), host("a.example"))
	rewrite := types.RuleTransform{Type: types.TransformTypeEnumUrlRewrite, UrlRewriteConfig: &types.UrlRewriteConfig{
		Rewrites: []types.RewriteConfig{{Regex: aws.String("^/a/(.*)$"), Replace: aws.String("/$1")}},
	}}
	modify := func(reset bool, list ...types.RuleTransform) (int, error) {
		out, err := c.ModifyRule(ctx, &elbv2.ModifyRuleInput{RuleArn: r.RuleArn, Transforms: list, ResetTransforms: &reset})
		if err != nil {
			return 0, err
		}
		return len(out.Rules[0].Transforms), nil
	}
	if n, err := modify(false, rewrite); err != nil || n != 1 {
		t.Errorf("%d transforms, %v", n, err)
	}
	if n, err := modify(false); err != nil || n != 1 {
		t.Errorf("a change that names none left %d, %v", n, err)
	}
	_, err := modify(false, rewrite, rewrite)
	refused(t, err, "ValidationError", "only one")
	_, err = modify(true, rewrite)
	refused(t, err, "ValidationError", "ResetTransforms")
	if n, err := modify(true); err != nil || n != 0 {
		t.Errorf("after the reset there are %d, %v", n, err)
	}
}

func TestQuotasOfRulesAndGroups(t *testing.T) {
	c := newCloud(t, func(o *action.Options) {
		o.Quotas = map[string]int{"rules-per-application-load-balancer": 2, "target-groups-per-application-load-balancer": 1}
	})
	l := c.http(t, *c.alb(t, "web").LoadBalancerArn, 80, fixed("404"))
	one, two := c.group(t, "one"), c.group(t, "two")
	c.rule(t, *l.ListenerArn, 1, forward(*one.TargetGroupArn), host("a.example"))
	create := func(p int32, actions []types.Action) error {
		_, err := c.CreateRule(ctx, &elbv2.CreateRuleInput{ListenerArn: l.ListenerArn, Priority: &p, Actions: actions, Conditions: host("b.example")})
		return err
	}
	refused(t, create(2, forward(*two.TargetGroupArn)), "TooManyUniqueTargetGroupsPerLoadBalancer", "1")
	must(t, create(2, forward(*one.TargetGroupArn)))
	refused(t, create(3, fixed("403")), "TooManyRules", "2")
}

func TestTagsAreSetOnSeveralResourcesOrNone(t *testing.T) {
	c := newCloud(t)
	b := c.alb(t, "web")
	l := c.http(t, *b.LoadBalancerArn, 80, fixed("404"))
	all := []string{*b.LoadBalancerArn, *l.ListenerArn, *c.group(t, "web").TargetGroupArn, *c.rule(t, *l.ListenerArn, 1, fixed("403"), host("a.example")).RuleArn}
	tags := func(n int) (out []types.Tag) {
		for i := range n {
			out = append(out, types.Tag{Key: aws.String("k" + strconv.Itoa(i)), Value: aws.String("v")})
		}
		return out
	}
	count := func() (n []int) {
		out, err := c.DescribeTags(ctx, &elbv2.DescribeTagsInput{ResourceArns: all})
		for _, d := range ok(t, out, err).TagDescriptions {
			n = append(n, len(d.Tags))
		}
		return n
	}
	_, err := c.AddTags(ctx, &elbv2.AddTagsInput{ResourceArns: append(all[:len(all):len(all)], *b.LoadBalancerArn+"0"), Tags: tags(1)})
	refused(t, err, "LoadBalancerNotFound", "0'")
	_, err = c.AddTags(ctx, &elbv2.AddTagsInput{ResourceArns: all, Tags: tags(51)})
	refused(t, err, "TooManyTags", "50")
	if diff := cmp.Diff([]int{0, 0, 0, 0}, count()); diff != "" {
		t.Error(diff)
	}
	_, err = c.AddTags(ctx, &elbv2.AddTagsInput{ResourceArns: all, Tags: tags(50)})
	must(t, err)
	_, err = c.RemoveTags(ctx, &elbv2.RemoveTagsInput{ResourceArns: all, TagKeys: []string{"k0", "none"}})
	must(t, err)
	if diff := cmp.Diff([]int{49, 49, 49, 49}, count()); diff != "" {
		t.Error(diff)
	}
	_, err = c.DescribeTags(ctx, &elbv2.DescribeTagsInput{ResourceArns: make([]string, 21)})
	refused(t, err, "ValidationError", "20")
}
