package traffic_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/gwanmun/gwanmun/internal/elbapi/action"
	"github.com/gwanmun/gwanmun/internal/elbapi/store"
	"github.com/gwanmun/gwanmun/internal/elbapi/traffic"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

func TestRequestsGoWhereRulesSay(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	f.target("one", "10.42.64.32:80")
	f.target("two", "10.42.80.32:80")
	f.target("node", addressA+":30080")
	lb := f.balancer("web", "")
	one, two := f.group("one", nil, "10.42.64.32"), f.group("two", nil, "10.42.80.32")
	node := f.group("node", func(in *elbv2.CreateTargetGroupInput) {
		in.TargetType, in.Port = types.TargetTypeEnumInstance, aws.Int32(30080)
	}, instanceA)
	l := f.listen(lb, 80, types.ProtocolEnumHttp, fixed("404", "nothing here"))
	f.rule(l, 1, "one.example", forward(one))
	f.rule(l, 2, "both.example", forward(one, two))
	f.rule(l, 3, "node.example", forward(node))
	f.rule(l, 4, "old.example", []types.Action{{Type: types.ActionTypeEnumRedirect, RedirectConfig: &types.RedirectActionConfig{
		StatusCode: types.RedirectActionStatusCodeEnumHttp301, Protocol: aws.String("HTTPS"), Port: aws.String("443"), Host: aws.String("new.example"),
	}}})
	at := f.at(lb, 80)
	if code, body, _ := f.get(at, "one.example", "/a"); code != 200 || body != "one one.example /a" {
		t.Errorf("one.example: %d %s", code, body)
	}
	if code, body, _ := f.get(at, "node.example", "/"); code != 200 || body != "node node.example /" {
		t.Errorf("node.example: %d %s", code, body)
	}
	if code, body, _ := f.get(at, "other.example", "/"); code != 404 || body != "nothing here" {
		t.Errorf("no rule: %d %s", code, body)
	}
	if code, _, h := f.get(at, "old.example", "/x?y=z"); code != 301 || h.Get("Location") != "https://new.example:443/x?y=z" {
		t.Errorf("redirect: %d %s", code, h.Get("Location"))
	}
	seen := map[string]int{}
	for range 100 {
		_, body, _ := f.get(at, "both.example", "/")
		seen[strings.Fields(body)[0]]++
	}
	if seen["one"] < 15 || seen["two"] < 15 || seen["one"]+seen["two"] != 100 {
		t.Errorf("two groups of equal weight got %v", seen)
	}
}

func TestAChangeOfRulesIsServedAndADeletedListenerIsNot(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	lb := f.balancer("web", "")
	l := f.listen(lb, 80, types.ProtocolEnumHttp, fixed("404", "first"))
	at := f.at(lb, 80)
	if _, body, _ := f.get(at, "a.example", "/"); body != "first" {
		t.Errorf("at first: %s", body)
	}
	r := f.rule(l, 1, "a.example", fixed("403", "second"))
	f.settle()
	if _, body, _ := f.get(at, "a.example", "/"); body != "second" {
		t.Errorf("with a rule: %s", body)
	}
	_, err := f.DeleteRule(ctx, &elbv2.DeleteRuleInput{RuleArn: &r})
	f.must(err)
	_, err = f.ModifyListener(ctx, &elbv2.ModifyListenerInput{ListenerArn: &l, DefaultActions: fixed("404", "third")})
	f.must(err)
	f.settle()
	if _, body, _ := f.get(at, "a.example", "/"); body != "third" {
		t.Errorf("without it: %s", body)
	}
	_, err = f.DeleteLoadBalancer(ctx, &elbv2.DeleteLoadBalancerInput{LoadBalancerArn: &lb})
	f.must(err)
	f.settle()
	if n := len(f.traffic.Server().Addresses()); n != 0 {
		t.Errorf("%d sockets are left", n)
	}
	if c, err := net.DialTimeout("tcp", at, time.Second); err == nil {
		c.Close()
		t.Error("the port of a deleted load balancer is still open")
	}
}

func TestHealthFollowsTheTarget(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	server := f.target("one", "10.42.64.32:80")
	group := f.group("one", nil, "10.42.64.32")
	if h := f.health(group, "10.42.64.32"); h != "unused Target.NotInUse" {
		t.Errorf("without a load balancer: %s", h)
	}
	lb := f.balancer("web", "")
	f.listen(lb, 80, types.ProtocolEnumHttp, forward(group))
	until(t, "a healthy target", func() bool { return f.health(group, "10.42.64.32") == "healthy " })
	server.Close()
	until(t, "an unhealthy target", func() bool { return f.health(group, "10.42.64.32") == "unhealthy Target.FailedHealthChecks" })
	f.target("again", "10.42.80.32:80")
	f.register(group, "10.42.80.32")
	f.deregister(group, "10.42.64.32")
	if h := f.health(group, "10.42.64.32"); h != "draining Target.DeregistrationInProgress" {
		t.Errorf("after deregistration: %s", h)
	}
	until(t, "the other target", func() bool { return f.health(group, "10.42.80.32") == "healthy " })
	if code, body, _ := f.get(f.at(lb, 80), "a.example", "/"); code != 200 || !strings.HasPrefix(body, "again ") {
		t.Errorf("%d %s", code, body)
	}
}

func TestATargetThatAnswersWithTheWrongCodeIsUnhealthy(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	f.target("one", "10.42.64.32:80")
	group := f.group("one", func(in *elbv2.CreateTargetGroupInput) { in.Matcher = &types.Matcher{HttpCode: aws.String("204")} }, "10.42.64.32")
	f.listen(f.balancer("web", ""), 80, types.ProtocolEnumHttp, forward(group))
	until(t, "an unhealthy target", func() bool { return f.health(group, "10.42.64.32") == "unhealthy Target.ResponseCodeMismatch" })
	_, err := f.ModifyTargetGroup(ctx, &elbv2.ModifyTargetGroupInput{
		TargetGroupArn: &group, Matcher: &types.Matcher{HttpCode: aws.String("200-299")}, HealthyThresholdCount: aws.Int32(2),
	})
	f.must(err)
	until(t, "a healthy target", func() bool { return f.health(group, "10.42.64.32") == "healthy " })
}

func TestADeregisteredTargetIsGoneAfterItsDelay(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	f.target("one", "10.42.64.32:80")
	group := f.group("one", nil, "10.42.64.32")
	_, err := f.ModifyTargetGroupAttributes(ctx, &elbv2.ModifyTargetGroupAttributesInput{TargetGroupArn: &group, Attributes: []types.TargetGroupAttribute{
		{Key: aws.String("deregistration_delay.timeout_seconds"), Value: aws.String("1")},
	}})
	f.must(err)
	lb := f.balancer("web", "")
	f.listen(lb, 80, types.ProtocolEnumHttp, forward(group))
	until(t, "a healthy target", func() bool { return f.health(group, "10.42.64.32") == "healthy " })
	f.deregister(group, "10.42.64.32")
	until(t, "the end of the delay", func() bool { return f.health(group, "10.42.64.32") == "unused Target.NotRegistered" })
	if code, _, _ := f.get(f.at(lb, 80), "a.example", "/"); code != http.StatusServiceUnavailable {
		t.Errorf("without targets the answer is %d", code)
	}
}

func TestHTTPSIsServedWithTheCertificatesOfTheWorld(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	lb := f.balancer("web", "")
	arn, c := f.certificate("*.example.com")
	f.listen(lb, 443, types.ProtocolEnumHttps, fixed("200", "safe"), arn)
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(f.world.AuthorityPEM())) && !roots.AppendCertsFromPEM([]byte(c.Chain)) {
		t.Fatal("the certificate cannot be read")
	}
	conn, err := tls.Dial("tcp", f.at(lb, 443), &tls.Config{ServerName: "www.example.com", RootCAs: roots})
	f.must(err)
	defer conn.Close()
	_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: www.example.com\r\nConnection: close\r\n\r\n")
	f.must(err)
	if answer, err := io.ReadAll(conn); err != nil || !strings.Contains(string(answer), "safe") {
		t.Errorf("%s %v", answer, err)
	}
}

func TestABusyPortIsTheLoadBalancersStateUntilItIsFree(t *testing.T) {
	t.Parallel()
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	to := netip.MustParseAddrPort(busy.Addr().String())
	f := newFront(t, func(o *traffic.Options) { o.Bind = func(netip.AddrPort) netip.AddrPort { return to } })
	lb := f.balancer("web", "")
	f.listen(lb, 80, types.ProtocolEnumHttp, fixed("200", "free"))
	f.settle()
	state := func() *types.LoadBalancerState {
		out, err := f.DescribeLoadBalancers(ctx, &elbv2.DescribeLoadBalancersInput{LoadBalancerArns: []string{lb}})
		f.must(err)
		return out.LoadBalancers[0].State
	}
	if s := state(); s.Code != types.LoadBalancerStateEnumFailed || !strings.Contains(*s.Reason, to.String()) {
		t.Errorf("with a busy port the state is %s, %v", s.Code, aws.ToString(s.Reason))
	}
	busy.Close()
	until(t, "a free port", func() bool { return state().Code == types.LoadBalancerStateEnumActive })
	if _, body, _ := f.get(to.String(), "a.example", "/"); body != "free" {
		t.Errorf("the answer is %s", body)
	}
}

func TestASavedStateIsDescribedAndServedAsBefore(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	f.target("one", "10.42.64.32:80")
	lb := f.balancer("web", "")
	group := f.group("one", nil, "10.42.64.32")
	l := f.listen(lb, 80, types.ProtocolEnumHttp, fixed("404", "none"))
	f.rule(l, 1, "a.example", forward(group))
	describe := func(a *action.Actions) []any {
		lbs, err := a.DescribeLoadBalancers(ctx, &elbv2.DescribeLoadBalancersInput{})
		f.must(err)
		groups, err := a.DescribeTargetGroups(ctx, &elbv2.DescribeTargetGroupsInput{})
		f.must(err)
		listeners, err := a.DescribeListeners(ctx, &elbv2.DescribeListenersInput{LoadBalancerArn: &lb})
		f.must(err)
		rules, err := a.DescribeRules(ctx, &elbv2.DescribeRulesInput{ListenerArn: &l})
		f.must(err)
		return []any{lbs.LoadBalancers, groups.TargetGroups, listeners.Listeners, rules.Rules}
	}
	f.settle()
	before := describe(f.Actions)
	text, err := f.store.Snapshot()
	f.must(err)
	f.end()

	f.store = store.New(store.Options{Seed: t.Name()})
	f.must(f.store.Restore(text))
	f.start()
	if diff := cmp.Diff(before, describe(f.Actions), everything); diff != "" {
		t.Error(diff)
	}
	if code, body, _ := f.get(f.at(lb, 80), "a.example", "/"); code != 200 || body != "one a.example /" {
		t.Errorf("%d %s", code, body)
	}
	again, err := f.store.Snapshot()
	f.must(err)
	if diff := cmp.Diff(string(text), string(again)); diff != "" {
		t.Error(diff)
	}
	if other := f.balancer("other", ""); other == lb {
		t.Error("an id was given twice")
	}
}

func TestLoadBalancersAreServedAtTheirOwnAddresses(t *testing.T) {
	t.Parallel()
	probe, err := net.Listen("tcp", "127.78.0.1:0")
	if err != nil {
		t.Skip("this machine has no loopback addresses but 127.0.0.1")
	}
	probe.Close()
	f := newFront(t)
	f.end()
	f.store = store.New(store.Options{Seed: t.Name(), Addresses: netip.MustParsePrefix("127.78.0.0/24")})
	f.start(func(o *traffic.Options) { o.Bind = traffic.LowPorts(28000) })
	f.target("one", "10.42.64.32:80")
	web := f.balancer("web", "")
	f.listen(web, 80, types.ProtocolEnumHttp, forward(f.group("one", nil, "10.42.64.32")))
	second := f.balancer("second", "")
	f.listen(second, 80, types.ProtocolEnumHttp, fixed("200", "second"))
	if at := f.at(web, 80); at != "127.78.0.1:28080" {
		t.Errorf("the first one is at %s", at)
	}
	if at := f.at(second, 80); at != "127.78.0.2:28080" {
		t.Errorf("the second one is at %s", at)
	}
	if _, body, _ := f.get("127.78.0.1:28080", "a.example", "/"); body != "one a.example /" {
		t.Errorf("the first one answers %s", body)
	}
	behind := f.group("alb", func(in *elbv2.CreateTargetGroupInput) {
		in.TargetType, in.Protocol = types.TargetTypeEnumAlb, types.ProtocolEnumTcp
	}, web)
	front := f.balancer("front", types.LoadBalancerTypeEnumNetwork)
	f.listen(front, 8080, types.ProtocolEnumTcp, forward(behind))
	until(t, "the load balancer behind another one to be healthy", func() bool { return f.health(behind, web) == "healthy " })
	if _, body, _ := f.get(f.at(front, 8080), "a.example", "/"); body != "one a.example /" {
		t.Errorf("through both the answer is %s", body)
	}
}

func TestANetworkLoadBalancerCarriesConnections(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	f.target("one", "10.42.64.32:80")
	lb := f.balancer("net", types.LoadBalancerTypeEnumNetwork)
	group := f.group("one", func(in *elbv2.CreateTargetGroupInput) { in.Protocol = types.ProtocolEnumTcp }, "10.42.64.32")
	f.listen(lb, 80, types.ProtocolEnumTcp, forward(group))
	until(t, "a healthy target", func() bool { return f.health(group, "10.42.64.32") == "healthy " })
	if code, body, h := f.get(f.at(lb, 80), "a.example", "/x"); code != 200 || body != "one a.example /x" || h.Get("Server") != "" {
		t.Errorf("%d %s %v", code, body, h)
	}
}

func TestClosingEndsEverything(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	lb := f.balancer("web", "")
	f.listen(lb, 80, types.ProtocolEnumHttp, fixed("200", "up"))
	at := f.at(lb, 80)
	f.end()
	if c, err := net.DialTimeout("tcp", at, time.Second); err == nil {
		c.Close()
		t.Error("a socket is still open")
	}
}

// everything compares the SDK's structures with their unexported members, which are empty.
var everything = cmp.Exporter(func(reflect.Type) bool { return true })

func TestEveryConditionAndTransformIsCarriedOut(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	f.target("one", "10.42.64.32:80")
	group := f.group("one", nil, "10.42.64.32")
	l := f.listen(f.balancer("web", ""), 80, types.ProtocolEnumHttp, fixed("404", "none"))
	create := func(priority int32, c types.RuleCondition, body string) {
		in := &elbv2.CreateRuleInput{ListenerArn: &l, Priority: &priority, Conditions: []types.RuleCondition{c}, Actions: fixed("200", body)}
		if body == "" {
			in.Actions = forward(group)
			in.Transforms = []types.RuleTransform{{Type: types.TransformTypeEnumUrlRewrite, UrlRewriteConfig: &types.UrlRewriteConfig{
				Rewrites: []types.RewriteConfig{{Regex: aws.String("^/old/(.*)$"), Replace: aws.String("/new/$1")}},
			}}}
		}
		_, err := f.CreateRule(ctx, in)
		f.must(err)
	}
	create(1, types.RuleCondition{Field: aws.String("path-pattern"), Values: []string{"/old/*"}}, "")
	create(2, types.RuleCondition{Field: aws.String("path-pattern"), PathPatternConfig: &types.PathPatternConditionConfig{RegexValues: []string{`^/v\d+$`}}}, "regex")
	create(3, types.RuleCondition{Field: aws.String("http-header"), HttpHeaderConfig: &types.HttpHeaderConditionConfig{HttpHeaderName: aws.String("User-Agent"), Values: []string{"none*"}}}, "header")
	create(4, types.RuleCondition{Field: aws.String("query-string"), QueryStringConfig: &types.QueryStringConditionConfig{
		Values: []types.QueryStringKeyValuePair{{Key: aws.String("a"), Value: aws.String("b")}},
	}}, "query")
	create(5, types.RuleCondition{Field: aws.String("http-request-method"), HttpRequestMethodConfig: &types.HttpRequestMethodConditionConfig{Values: []string{"POST"}}}, "method")
	create(6, types.RuleCondition{Field: aws.String("source-ip"), SourceIpConfig: &types.SourceIpConditionConfig{Values: []string{"127.0.0.0/8"}}}, "source")
	var lb string
	f.store.View(func(s *store.State) { lb = s.LoadBalancers()[0].ARN })
	at := f.at(lb, 80)
	for path, want := range map[string]string{
		"/old/x": "one a.example /new/x", "/v12": "regex", "/x?a=B": "query", "/x": "source",
	} {
		if _, body, _ := f.get(at, "a.example", path); body != want {
			t.Errorf("%s: %s, want %s", path, body, want)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "http://"+at+"/x", http.NoBody)
	if _, body, _ := f.send(r); body != "method" {
		t.Errorf("with POST: %s", body)
	}
	r.Header.Set("User-Agent", "nonesuch")
	if _, body, _ := f.send(r); body != "header" {
		t.Errorf("with a header: %s", body)
	}
}

func TestAMachineThatStopsGetsNoRequests(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	f.target("node", addressA+":80")
	lb := f.balancer("web", "")
	group := f.group("node", func(in *elbv2.CreateTargetGroupInput) { in.TargetType = types.TargetTypeEnumInstance }, instanceA)
	f.listen(lb, 80, types.ProtocolEnumHttp, forward(group))
	if code, _, _ := f.get(f.at(lb, 80), "a.example", "/"); code != 200 {
		t.Errorf("at first: %d", code)
	}
	f.must(f.world.Change(func(s *world.State) error { s.Instances[instanceA].State = "stopped"; return nil }))
	if h := f.health(group, instanceA); h != "unused Target.InvalidState" {
		t.Errorf("its health is %s", h)
	}
	until(t, "503", func() bool {
		code, _, _ := f.get(f.at(lb, 80), "a.example", "/")
		return code == http.StatusServiceUnavailable
	})
}

func TestTargetsThatComeBackAreServedWhateverChangedMeanwhile(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	f.target("one", "10.42.64.32:80")
	lb := f.balancer("web", "")
	group := f.group("one", nil, "10.42.64.32")
	l := f.listen(lb, 80, types.ProtocolEnumHttp, forward(group))
	f.settle()
	f.deregister(group, "10.42.64.32")
	f.settle()
	if code, _, _ := f.get(f.at(lb, 80), "a.example", "/"); code != http.StatusServiceUnavailable {
		t.Errorf("without targets: %d", code)
	}
	f.register(group, "10.42.64.32")
	_, err := f.AddTags(ctx, &elbv2.AddTagsInput{ResourceArns: []string{l}, Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}})
	f.must(err)
	if code, _, _ := f.get(f.at(lb, 80), "a.example", "/"); code != 200 {
		t.Errorf("with its target back: %d", code)
	}
}
