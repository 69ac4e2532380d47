package plan

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gwanmun/gwanmun/internal/model"
)

// everyEffect has an operation of every kind for desiredShop.
func everyEffect() []Operation {
	lb := Operation{LoadBalancer: "shop/web", WantLoadBalancer: &model.LoadBalancer{
		ID: "shop/web", IPAddressType: model.Dualstack, Subnets: []model.SubnetMapping{{SubnetID: "s3"}}, SecurityGroups: []string{"sg-9"},
		IPAMPoolID: "pool", MinimumCapacityUnits: 100, WebACL: "arn:acl", Shield: "true",
	}}
	l := Operation{LoadBalancer: "shop/web", Listener: ListenerKey{443, model.HTTPS}}
	rule := l
	rule.Priority = 1
	group := Operation{TargetGroup: "alb/shop/web/web:80"}
	security := Operation{SecurityGroup: "shop/web"}
	on := func(o Operation, c Call, set ...func(*Operation)) Operation {
		o.Call = c
		for _, f := range set {
			f(&o)
		}
		return o
	}
	attributes := func(o *Operation) {
		o.Attributes = []model.Attribute{{Key: "idle_timeout.timeout_seconds", Value: "90"}, {Key: "new", Value: "1"}}
	}
	team := func(o *Operation) {
		o.Tags = []model.Tag{{Key: "team", Value: "blue"}, {Key: "elbv2.k8s.aws/cluster", Value: "d"}}
	}
	target := func(o *Operation) { o.Targets = []model.Target{{ID: "192.0.2.1", Port: 80}} }
	permission := func(o *Operation) {
		o.Permissions = []model.SecurityGroupRule{{Protocol: "tcp", FromPort: 443, ToPort: 443, CIDR: "0.0.0.0/0"}}
	}
	certificate := func(o *Operation) { o.Certificates = []string{"arn:c2"} }
	want := func(o *Operation) {
		o.WantListener = &model.Listener{Port: 443, Protocol: model.HTTPS, DefaultCertificate: "arn:c3", DefaultActions: []model.Action{notFound}}
	}
	three := path(3, "c", "", "alb/shop/web/web:80")
	var out []Operation
	for _, o := range []Operation{lb, l, rule, group, security} {
		out = append(out, on(o, AddTags, team), on(o, RemoveTags, team))
	}
	for _, c := range []Call{
		SetIPAddressType, SetSubnets, SetSecurityGroups, ModifyIPPools, ModifyCapacityReservation, AssociateWebACL, DisassociateWebACL,
		CreateProtection, DeleteProtection,
	} {
		out = append(out, on(lb, c))
	}
	return append(out,
		on(lb, ModifyLoadBalancerAttributes, attributes), on(l, ModifyListenerAttributes, attributes), on(group, ModifyTargetGroupAttributes, attributes),
		on(l, ModifyListener, want), on(l, RemoveListenerCertificates, certificate), on(l, AddListenerCertificates, certificate),
		on(l, CreateListener, want, func(o *Operation) { o.Listener.Port, o.WantListener.Port = 8443, 8443 }), on(l, DeleteListener, func(o *Operation) { o.Listener.Port = 8443 }),
		on(rule, CreateRule, func(o *Operation) { o.Rule, o.Priority = &three, 3 }), on(rule, ModifyRule, func(o *Operation) { o.Rule = &three }),
		on(l, SetRulePriorities, func(o *Operation) { o.Moves = []Move{{1, 2}, {2, 9}} }), on(rule, DeleteRule, func(o *Operation) { o.Priority = 9 }),
		on(group, RegisterTargets, target), on(group, DeregisterTargets, target),
		on(group, ModifyTargetGroup, func(o *Operation) {
			o.WantTargetGroup = &model.TargetGroup{HealthCheck: &model.HealthCheck{Path: "/up"}}
		}),
		on(security, RevokeSecurityGroupIngress, permission), on(security, AuthorizeSecurityGroupIngress, permission),
		on(group, CreateTargetGroup, func(o *Operation) { o.TargetGroup, o.WantTargetGroup = "t", &model.TargetGroup{ID: "t"} }),
		on(security, CreateSecurityGroup, func(o *Operation) { o.SecurityGroup, o.WantSecurityGroup = "s", &model.SecurityGroup{ID: "s"} }),
		on(lb, CreateLoadBalancer, func(o *Operation) { o.LoadBalancer, o.WantLoadBalancer = "b", &model.LoadBalancer{ID: "b"} }),
		on(lb, DeleteLoadBalancer), on(group, DeleteTargetGroup), on(security, DeleteSecurityGroup),
	)
}

func TestAnEffectIsSeenInItsModelAndNotInACopyThatSharesItsLists(t *testing.T) {
	m := desiredShop()
	seen := map[Call]bool{}
	for _, o := range everyEffect() {
		seen[o.Call] = true
		before := *m
		was := model.Print(m)
		if err := Effect(m, o); err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(was, model.Print(m)) && o.Call != DisassociateWebACL && o.Call != DeleteProtection {
			t.Errorf("%s changes nothing", o)
		}
		if d := cmp.Diff(string(was), string(model.Print(&before))); d != "" {
			t.Errorf("%s changes a copy:\n%s", o, d)
		}
	}
	if len(seen) != 34 {
		t.Errorf("tried %d calls, and operation.go lists 34", len(seen))
	}
}

func TestCopiesOfAModelGrowApart(t *testing.T) {
	m := desiredShop()
	// Room behind a list is where careless appending would write.
	m.LoadBalancers, m.TargetGroups, m.SecurityGroups = slices.Grow(m.LoadBalancers, 1), slices.Grow(m.TargetGroups, 1), slices.Grow(m.SecurityGroups, 1)
	l := &m.LoadBalancers[0].Listeners[0]
	l.Rules, l.Certificates, l.Tags = slices.Grow(l.Rules, 1), slices.Grow(l.Certificates, 1), slices.Grow(l.Tags, 1)
	m.LoadBalancers[0].Listeners = slices.Grow(m.LoadBalancers[0].Listeners, 1)
	grow := func(m *model.Model, name string, port int32) string {
		at := Operation{LoadBalancer: "shop/web", Listener: ListenerKey{443, model.HTTPS}}
		rule, tag, certificate, listener := at, at, at, at
		r := path(port, name, "", name)
		rule.Call, rule.Rule, rule.Priority = CreateRule, &r, port
		tag.Call, tag.Tags = AddTags, []model.Tag{{Key: name}}
		certificate.Call, certificate.Certificates = AddListenerCertificates, []string{name}
		listener.Call, listener.Listener.Port, listener.WantListener = CreateListener, port, &model.Listener{Port: port, Protocol: model.HTTPS}
		for _, o := range []Operation{
			{Call: CreateLoadBalancer, LoadBalancer: name, WantLoadBalancer: &model.LoadBalancer{ID: name}},
			{Call: CreateTargetGroup, TargetGroup: name, WantTargetGroup: &model.TargetGroup{ID: name}},
			{Call: CreateSecurityGroup, SecurityGroup: name, WantSecurityGroup: &model.SecurityGroup{ID: name}},
			rule, tag, certificate, listener,
		} {
			if err := Effect(m, o); err != nil {
				t.Fatal(err)
			}
		}
		return string(model.Print(m))
	}
	a, b := *m, *m
	is := grow(&a, "a", 1001)
	grow(&b, "b", 1002)
	if d := cmp.Diff(is, string(model.Print(&a))); d != "" {
		t.Errorf("one copy grows into the other:\n%s", d)
	}
}

func TestWhatACallDoesNotSendStays(t *testing.T) {
	m := desiredShop()
	lb := &m.LoadBalancers[0]
	lb.IPv6SourceNAT, lb.PrivateLinkInboundRules = "on", "off"
	lb.Listeners[0].MutualAuthentication = &model.MutualAuthentication{Mode: "verify"}
	for _, o := range everyEffect() {
		if o.Call == SetSubnets || o.Call == SetSecurityGroups || o.Call == ModifyListener {
			if err := Effect(m, o); err != nil {
				t.Fatal(err)
			}
		}
	}
	lb = &m.LoadBalancers[0]
	l := &lb.Listeners[0]
	if lb.Subnets[0].SubnetID != "s3" || lb.IPv6SourceNAT != "on" || lb.SecurityGroups[0] != "sg-9" || lb.PrivateLinkInboundRules != "off" {
		t.Errorf("got %+v", lb)
	}
	if l.DefaultCertificate != "arn:c3" || l.SSLPolicy != "p" || l.MutualAuthentication == nil || len(l.Rules) != 2 || len(l.Certificates) != 1 {
		t.Errorf("got %+v", l)
	}
}

func TestARefusedCallChangesNothing(t *testing.T) {
	l := Operation{LoadBalancer: "shop/web", Listener: ListenerKey{443, model.HTTPS}}
	on := func(c Call, priority int32, moves ...Move) Operation {
		o := l
		o.Call, o.Priority, o.Moves, o.Rule, o.WantListener = c, priority, moves, &model.Rule{}, &model.Listener{}
		return o
	}
	for _, c := range []struct {
		o    Operation
		says string
	}{
		{Operation{Call: DeleteTargetGroup, TargetGroup: "alb/shop/web/web:80"}, "listener 443 of load balancer shop/web forwards to it"},
		{Operation{Call: DeleteSecurityGroup, SecurityGroup: "shop/web"}, "load balancer shop/web uses it"},
		{Operation{Call: DeleteTargetGroup, TargetGroup: "other"}, "no such target group"},
		{Operation{Call: DeleteLoadBalancer, LoadBalancer: "other"}, "no such load balancer"},
		{Operation{Call: CreateTargetGroup, TargetGroup: "alb/shop/web/web:80"}, "it exists"},
		{Operation{Call: ModifyTargetGroup, LoadBalancer: "shop/web"}, "takes no such call"},
		{on(CreateListener, 0), "the port has a listener"},
		{on(CreateRule, 2), "priority 2 is in use"},
		{on(DeleteRule, 3), "there is no rule 3"},
		{on(AddTags, 3), "there is no rule 3"},
		{on(SetRulePriorities, 0, Move{1, 2}), "two rules would have priority 2"},
		{on(SetRulePriorities, 0, Move{1, 5}, Move{4, 6}), "there is no rule 4"},
	} {
		m := desiredShop()
		err := Effect(m, c.o)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want %q", c.o, err, c.says)
		}
		if d := cmp.Diff(desiredShop(), m); d != "" {
			t.Errorf("%s: %s", c.o, d)
		}
	}
}
