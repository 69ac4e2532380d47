package action_test

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/smithy-go"

	"github.com/gwanmun/gwanmun/internal/elbapi/action"
	"github.com/gwanmun/gwanmun/internal/elbapi/store"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

// What the default world holds.
const (
	vpc       = "vpc-0a1b2c3d4e5f60718"
	publicA   = "subnet-0a00000000000001a"
	publicB   = "subnet-0a00000000000001b"
	publicC   = "subnet-0a00000000000001c"
	privateA  = "subnet-0a00000000000002a"
	privateB  = "subnet-0a00000000000002b"
	nodeGroup = "sg-0a00000000000001a"
	instanceA = "i-0a00000000000001a"
	instanceB = "i-0a00000000000001b"
)

var ctx = context.Background()

// cloud is a fresh API in the default world.
type cloud struct {
	*action.Actions
	store *store.Store
	world *world.World
	now   time.Time
	// health and failure are what the data plane would say.
	health  map[string][]store.TargetHealth
	failure map[string]string
	// example and other are certificates.
	example, other string
}

func (c *cloud) Health(arn string) ([]store.TargetHealth, bool) {
	h, ok := c.health[arn]
	return h, ok
}

func (c *cloud) Failure(arn string) string { return c.failure[arn] }

func newCloud(t testing.TB, change ...func(*action.Options)) *cloud {
	t.Helper()
	c := &cloud{now: time.Date(2026, 11, 30, 6, 0, 0, 0, time.UTC), health: map[string][]store.TargetHealth{}, failure: map[string]string{}}
	clock := func() time.Time { return c.now }
	w, err := world.New(world.Default(), world.Options{Rand: rand.Reader, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	c.world, c.store = w, store.New(store.Options{Seed: "test", Now: clock})
	o := action.Options{Store: c.store, World: w, Carrier: c, Now: clock}
	for _, f := range change {
		f(&o)
	}
	c.Actions = action.New(o)
	must(t, w.View(func(s *world.State) error {
		for _, x := range world.Sorted(s.Certificates) {
			if x.Domain == "*.example.com" {
				c.example = x.ARN
			} else {
				c.other = x.ARN
			}
		}
		return nil
	}))
	return c
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ok is the answer of a call that must succeed.
func ok[T any](t testing.TB, out T, err error) T {
	t.Helper()
	must(t, err)
	return out
}

// refused checks that a call fails with a code and a message that holds a part.
func refused(t testing.TB, err error, code, part string) {
	t.Helper()
	var api smithy.APIError
	switch {
	case err == nil:
		t.Fatalf("the call succeeded, want %s", code)
	case !errors.As(err, &api):
		t.Fatalf("%v is no API error", err)
	case api.ErrorCode() != code || !strings.Contains(api.ErrorMessage(), part):
		t.Fatalf("got %s: %s\nwant %s with %q", api.ErrorCode(), api.ErrorMessage(), code, part)
	}
}

func (c *cloud) alb(t testing.TB, name string) types.LoadBalancer {
	t.Helper()
	out, err := c.CreateLoadBalancer(ctx, &elbv2.CreateLoadBalancerInput{Name: &name, Subnets: []string{publicA, publicB}})
	return ok(t, out, err).LoadBalancers[0]
}

func (c *cloud) nlb(t testing.TB, name string) types.LoadBalancer {
	t.Helper()
	out, err := c.CreateLoadBalancer(ctx, &elbv2.CreateLoadBalancerInput{
		Name: &name, Subnets: []string{publicA, publicB}, Type: types.LoadBalancerTypeEnumNetwork,
	})
	return ok(t, out, err).LoadBalancers[0]
}

func (c *cloud) group(t testing.TB, name string, change ...func(*elbv2.CreateTargetGroupInput)) types.TargetGroup {
	t.Helper()
	in := &elbv2.CreateTargetGroupInput{
		Name: &name, Protocol: types.ProtocolEnumHttp, Port: aws.Int32(80), VpcId: aws.String(vpc), TargetType: types.TargetTypeEnumIp,
	}
	for _, f := range change {
		f(in)
	}
	out, err := c.CreateTargetGroup(ctx, in)
	return ok(t, out, err).TargetGroups[0]
}

func forward(arns ...string) []types.Action {
	if len(arns) == 1 {
		return []types.Action{{Type: types.ActionTypeEnumForward, TargetGroupArn: &arns[0]}}
	}
	f := &types.ForwardActionConfig{}
	for _, arn := range arns {
		f.TargetGroups = append(f.TargetGroups, types.TargetGroupTuple{TargetGroupArn: &arn})
	}
	return []types.Action{{Type: types.ActionTypeEnumForward, ForwardConfig: f}}
}

func fixed(code string) []types.Action {
	return []types.Action{{
		Type:                types.ActionTypeEnumFixedResponse,
		FixedResponseConfig: &types.FixedResponseActionConfig{StatusCode: &code, ContentType: aws.String("text/plain"), MessageBody: aws.String("no")},
	}}
}

func (c *cloud) http(t testing.TB, lb string, port int32, actions []types.Action) types.Listener {
	t.Helper()
	out, err := c.CreateListener(ctx, &elbv2.CreateListenerInput{
		LoadBalancerArn: &lb, Port: &port, Protocol: types.ProtocolEnumHttp, DefaultActions: actions,
	})
	return ok(t, out, err).Listeners[0]
}

func host(names ...string) []types.RuleCondition {
	return []types.RuleCondition{{Field: aws.String("host-header"), HostHeaderConfig: &types.HostHeaderConditionConfig{Values: names}}}
}

func (c *cloud) rule(t testing.TB, listener string, priority int32, actions []types.Action, conditions []types.RuleCondition) types.Rule {
	t.Helper()
	out, err := c.CreateRule(ctx, &elbv2.CreateRuleInput{ListenerArn: &listener, Priority: &priority, Actions: actions, Conditions: conditions})
	return ok(t, out, err).Rules[0]
}

// detach takes the VPC off the internet.
func (c *cloud) detach(t testing.TB) {
	t.Helper()
	must(t, c.world.Change(func(s *world.State) error {
		for _, g := range s.InternetGateways {
			g.VPC = ""
		}
		return nil
	}))
}
