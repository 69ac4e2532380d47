package plan

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gwanmun/gwanmun/internal/model"
)

func TestAPlanReadsAsSentences(t *testing.T) {
	want, have := desiredShop(), observedShop()
	want.LoadBalancers[0].Attributes[0].Value = "45"
	want.LoadBalancers[0].Listeners[0].Rules[1].Actions[0].Redirect.Path = "/newer"
	want.TargetGroups[0].Targets = []model.Target{{ID: "192.0.2.7", Port: 8080}}
	have.TargetGroups = append(have.TargetGroups, model.TargetGroup{ID: "arn:aws:elb:r:1:targetgroup/k8s-old/9"})
	got := Compare(want, Adopt(want, have).Model, Options{Policy: NeverDelete}).Words()
	expect := `~ register 192.0.2.7:8080 with target group alb/shop/web/web:80
~ change rule 2 of listener HTTPS:443 of load balancer shop/web: path-pattern /old to a redirect 301 to #{protocol}://#{host}:#{port}/newer?#{query}
~ set idle_timeout.timeout_seconds=45 of load balancer shop/web
! delete target group k8s-old: left out by the policy
0 to make, 3 to change, 0 to take away, 1 left out
`
	if d := cmp.Diff(expect, got); d != "" {
		t.Error(d)
	}
	if got := (Plan{}).Words(); !strings.HasPrefix(got, "nothing to do") {
		t.Errorf("an empty plan says %q", got)
	}
}

func TestEveryCallHasWordsOfItsOwn(t *testing.T) {
	lb := &model.LoadBalancer{Name: "n", Subnets: []model.SubnetMapping{{SubnetID: "s1"}}, SecurityGroups: []string{"sg-1"}, WebACL: "arn:acl"}
	l := &model.Listener{DefaultActions: []model.Action{notFound}}
	r := rule(1, "a")
	for _, o := range []Operation{
		{Call: CreateSecurityGroup, SecurityGroup: "g", WantSecurityGroup: &model.SecurityGroup{}},
		{Call: AuthorizeSecurityGroupIngress, SecurityGroup: "g"},
		{Call: RevokeSecurityGroupIngress, SecurityGroup: "g"},
		{Call: DeleteSecurityGroup, SecurityGroup: "g"},
		{Call: CreateTargetGroup, TargetGroup: "t", WantTargetGroup: &model.TargetGroup{}},
		{Call: ModifyTargetGroup, TargetGroup: "t", WantTargetGroup: &model.TargetGroup{}},
		{Call: ModifyTargetGroupAttributes, TargetGroup: "t"},
		{Call: RegisterTargets, TargetGroup: "t"},
		{Call: DeregisterTargets, TargetGroup: "t"},
		{Call: DeleteTargetGroup, TargetGroup: "t"},
		{Call: AddTags, TargetGroup: "t"},
		{Call: RemoveTags, LoadBalancer: "l"},
		{Call: CreateLoadBalancer, LoadBalancer: "l", WantLoadBalancer: lb},
		{Call: DeleteLoadBalancer, LoadBalancer: "l"},
		{Call: SetIPAddressType, LoadBalancer: "l", WantLoadBalancer: lb},
		{Call: SetSubnets, LoadBalancer: "l", WantLoadBalancer: lb},
		{Call: SetSecurityGroups, LoadBalancer: "l", WantLoadBalancer: lb},
		{Call: ModifyLoadBalancerAttributes, LoadBalancer: "l"},
		{Call: ModifyIPPools, LoadBalancer: "l", WantLoadBalancer: lb},
		{Call: ModifyCapacityReservation, LoadBalancer: "l", WantLoadBalancer: lb},
		{Call: AssociateWebACL, LoadBalancer: "l", WantLoadBalancer: lb},
		{Call: DisassociateWebACL, LoadBalancer: "l"},
		{Call: CreateProtection, LoadBalancer: "l"},
		{Call: DeleteProtection, LoadBalancer: "l"},
		{Call: CreateListener, LoadBalancer: "l", Listener: ListenerKey{80, model.HTTP}, WantListener: l},
		{Call: ModifyListener, LoadBalancer: "l", Listener: ListenerKey{80, model.HTTP}, WantListener: l},
		{Call: DeleteListener, LoadBalancer: "l", Listener: ListenerKey{80, model.HTTP}},
		{Call: AddListenerCertificates, LoadBalancer: "l", Listener: ListenerKey{80, model.HTTP}},
		{Call: RemoveListenerCertificates, LoadBalancer: "l", Listener: ListenerKey{80, model.HTTP}},
		{Call: ModifyListenerAttributes, LoadBalancer: "l", Listener: ListenerKey{80, model.HTTP}},
		{Call: SetRulePriorities, LoadBalancer: "l", Listener: ListenerKey{80, model.HTTP}},
		{Call: CreateRule, LoadBalancer: "l", Listener: ListenerKey{80, model.HTTP}, Priority: 1, Rule: &r},
		{Call: ModifyRule, LoadBalancer: "l", Listener: ListenerKey{80, model.HTTP}, Priority: 1, Rule: &r},
		{Call: DeleteRule, LoadBalancer: "l", Listener: ListenerKey{80, model.HTTP}, Priority: 1},
	} {
		if words := o.Words(); words == "" || strings.Contains(words, string(o.Call)) {
			t.Errorf("%s is told as %q", o.Call, words)
		}
	}
}
