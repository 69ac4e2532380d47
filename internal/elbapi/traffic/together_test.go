package traffic_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

func TestRequestsAreAnsweredWhileEverybodyChangesSomething(t *testing.T) {
	t.Parallel()
	f := newFront(t)
	f.target("one", "10.42.64.32:80")
	lb := f.balancer("web", "")
	group := f.group("one", nil, "10.42.64.32")
	l := f.listen(lb, 80, types.ProtocolEnumHttp, fixed("404", "none"))
	f.rule(l, 100, "a.example", forward(group))
	at := f.at(lb, 80)
	var all sync.WaitGroup
	for worker := range 3 {
		all.Go(func() {
			host := fmt.Sprintf("w%d.example", worker)
			name := aws.String(fmt.Sprintf("w%d", worker))
			for range 20 {
				rule := &elbv2.CreateRuleInput{
					ListenerArn: &l, Priority: aws.Int32(int32(worker + 1)), Actions: fixed("403", host),
					Conditions: []types.RuleCondition{{Field: aws.String("host-header"), Values: []string{host}}},
				}
				made, err := f.CreateRule(ctx, rule)
				if err != nil {
					t.Error(err)
					return
				}
				address := []types.TargetDescription{{Id: aws.String(fmt.Sprintf("10.42.64.%d", 100+worker)), Port: aws.Int32(1)}}
				_, a := f.RegisterTargets(ctx, &elbv2.RegisterTargetsInput{TargetGroupArn: &group, Targets: address})
				_, b := f.DescribeTargetHealth(ctx, &elbv2.DescribeTargetHealthInput{TargetGroupArn: &group})
				_, c := f.DeregisterTargets(ctx, &elbv2.DeregisterTargetsInput{TargetGroupArn: &group, Targets: address})
				other, d := f.CreateLoadBalancer(ctx, &elbv2.CreateLoadBalancerInput{Name: name, Subnets: []string{publicA, publicB}})
				if d == nil {
					_, d = f.DeleteLoadBalancer(ctx, &elbv2.DeleteLoadBalancerInput{LoadBalancerArn: other.LoadBalancers[0].LoadBalancerArn})
				}
				_, e := f.DeleteRule(ctx, &elbv2.DeleteRuleInput{RuleArn: made.Rules[0].RuleArn})
				for _, err := range []error{a, b, c, d, e} {
					if err != nil {
						t.Error(err)
					}
				}
			}
		})
		all.Go(func() {
			for range 40 {
				if code, body, _ := f.get(at, "other.example", "/"); code != http.StatusNotFound || body != "none" {
					t.Errorf("%d %s", code, body)
				}
			}
		})
	}
	all.Wait()
	f.settle()
	if code, body, _ := f.get(at, "w1.example", "/"); code != http.StatusNotFound {
		t.Errorf("after all: %d %s", code, body)
	}
}
