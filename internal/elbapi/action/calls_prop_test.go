package action_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/smithy-go"
	"pgregory.net/rapid"

	"github.com/gwanmun/gwanmun/internal/elbapi/action"
	"github.com/gwanmun/gwanmun/internal/elbapi/store"
	"github.com/gwanmun/gwanmun/internal/elbapi/wire"
)

func TestEmptyRequestsAreRefusedOrAnswered(t *testing.T) {
	c := newCloud(t)
	for _, op := range action.Operations(c.Actions) {
		_, err := op.Do(ctx, op.New())
		var api smithy.APIError
		if err != nil && !errors.As(err, &api) {
			t.Errorf("%s: %v is no API error", op.Name, err)
		}
	}
}

// TestWhateverIsCalledTheStateStaysWhole makes calls that are mostly sensible and calls with members drawn at random. A
// refused call must change nothing, a describing one neither, and the state must be whole after each.
func TestWhateverIsCalledTheStateStaysWhole(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		c := newCloud(t, func(o *action.Options) {
			o.Quotas = map[string]int{"targets-per-target-group": 4, "listeners-per-application-load-balancer": 3}
		})
		d := &drawer{T: r, c: c}
		operations := action.Operations(c.Actions)
		for range rapid.IntRange(1, 40).Draw(r, "calls") {
			op := rapid.SampledFrom(operations).Draw(r, "operation")
			in := op.New()
			if sensible := d.sensible(); sensible != nil && rapid.IntRange(0, 2).Draw(r, "sensible") > 0 {
				op, in = operation(operations, sensible), sensible
			} else {
				d.fill(reflect.ValueOf(in).Elem(), "")
			}
			before := d.snapshot()
			_, err := op.Do(ctx, in)
			var api smithy.APIError
			if err != nil && !errors.As(err, &api) {
				r.Fatalf("%s: %v is no API error", op.Name, err)
			}
			if after := d.snapshot(); err != nil && after != before {
				r.Fatalf("%s was refused (%v) and changed the state", op.Name, err)
			}
			d.whole(op.Name)
		}
	})
}

// operation finds the row that takes an input.
func operation(all []wire.Operation, in any) wire.Operation {
	return all[slices.IndexFunc(all, func(o wire.Operation) bool { return reflect.TypeOf(o.New()) == reflect.TypeOf(in) })]
}

func (d *drawer) snapshot() string {
	text, err := d.c.store.Snapshot()
	if err != nil {
		d.Fatal(err)
	}
	return string(text)
}

// whole checks what must always hold.
func (d *drawer) whole(after string) {
	if err := store.New(store.Options{}).Restore([]byte(d.snapshot())); err != nil {
		d.Fatalf("after %s: %v", after, err)
	}
	interfaces, addresses := 0, map[string]bool{}
	d.c.store.View(func(s *store.State) {
		for _, b := range s.LoadBalancers() {
			interfaces += len(b.Subnets)
			if addresses[b.Address.String()] {
				d.Fatalf("after %s: two load balancers have the address %s", after, b.Address)
			}
			addresses[b.Address.String()] = true
			ports := map[int32]bool{}
			for _, l := range s.Listeners(b.ARN) {
				if ports[l.Port] {
					d.Fatalf("after %s: port %d is there twice", after, l.Port)
				}
				ports[l.Port] = true
				priorities := map[int32]bool{}
				for _, rule := range s.Rules(l.ARN) {
					if priorities[rule.Priority] {
						d.Fatalf("after %s: priority %d is there twice", after, rule.Priority)
					}
					priorities[rule.Priority] = true
				}
				for _, arn := range append([]string{l.Certificate}, l.Certificates...) {
					if x, ok := d.c.world.Certificate(arn); arn != "" && (!ok || !slices.Contains(x.InUseBy, b.ARN)) {
						d.Fatalf("after %s: certificate %s is not noted as used", after, arn)
					}
				}
			}
		}
		for _, g := range s.TargetGroups() {
			if len(s.Users(g.ARN)) > 1 || len(g.Targets) > 4 {
				d.Fatalf("after %s: group %s has users %v and %d targets", after, g.ARN, s.Users(g.ARN), len(g.Targets))
			}
		}
	})
	have := 0
	for _, i := range d.c.world.Interfaces() {
		if i.Requester == "amazon-elb" {
			have++
		}
	}
	if have != interfaces {
		d.Fatalf("after %s: load balancers have %d subnets and %d interfaces", after, interfaces, have)
	}
}

// drawer draws requests that fit the state of a cloud.
type drawer struct {
	*rapid.T
	c *cloud
}

func (d *drawer) of(list ...string) string { return rapid.SampledFrom(list).Draw(d.T, "text") }

// arns lists what is there of a kind, and something that is not.
func (d *drawer) arns(kind string) []string {
	out := []string{"arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:" + kind + "/app/none/0123456789abcdef"}
	d.c.store.View(func(s *store.State) {
		for _, b := range s.LoadBalancers() {
			if kind == "loadbalancer" {
				out = append(out, b.ARN)
			}
			for _, l := range s.Listeners(b.ARN) {
				if kind == "listener" {
					out = append(out, l.ARN)
				}
				for _, r := range s.Rules(l.ARN) {
					if kind == "listener-rule" {
						out = append(out, r.ARN)
					}
				}
			}
		}
		for _, g := range s.TargetGroups() {
			if kind == "targetgroup" {
				out = append(out, g.ARN)
			}
		}
	})
	return out
}

func (d *drawer) actions() []types.Action {
	if rapid.Bool().Draw(d.T, "fixed") {
		return fixed(d.of("404", "503"))
	}
	return forward(d.of(d.arns("targetgroup")...))
}

// sensible draws a request that is likely to succeed.
func (d *drawer) sensible() any {
	kinds := []types.LoadBalancerTypeEnum{types.LoadBalancerTypeEnumApplication, types.LoadBalancerTypeEnumNetwork}
	protocols := []types.ProtocolEnum{types.ProtocolEnumHttp, types.ProtocolEnumHttp, types.ProtocolEnumHttps, types.ProtocolEnumTcp, types.ProtocolEnumTls, types.ProtocolEnumUdp}
	number := func(least, most int32) *int32 { return aws.Int32(rapid.Int32Range(least, most).Draw(d.T, "number")) }
	switch rapid.IntRange(0, 9).Draw(d.T, "request") {
	case 0:
		return &elbv2.CreateLoadBalancerInput{
			Name: aws.String(d.of("a", "b", "c")), Subnets: []string{publicA, d.of(publicB, publicC)}, Type: rapid.SampledFrom(kinds).Draw(d.T, "type"),
		}
	case 1:
		return &elbv2.CreateTargetGroupInput{
			Name: aws.String(d.of("a", "b", "c", "d")), Protocol: rapid.SampledFrom(protocols).Draw(d.T, "protocol"), Port: number(79, 81),
			VpcId: aws.String(vpc), TargetType: types.TargetTypeEnum(d.of("ip", "instance")),
		}
	case 2, 3:
		in := &elbv2.CreateListenerInput{
			LoadBalancerArn: aws.String(d.of(d.arns("loadbalancer")...)), Protocol: rapid.SampledFrom(protocols).Draw(d.T, "protocol"),
			Port: number(80, 83), DefaultActions: d.actions(),
		}
		if in.Protocol == types.ProtocolEnumHttps || in.Protocol == types.ProtocolEnumTls {
			in.Certificates = []types.Certificate{{CertificateArn: aws.String(d.of(d.c.example, d.c.other))}}
		}
		return in
	case 4, 5:
		return &elbv2.CreateRuleInput{
			ListenerArn: aws.String(d.of(d.arns("listener")...)), Priority: number(1, 5), Actions: d.actions(), Conditions: host("a.example"),
		}
	case 6:
		return &elbv2.RegisterTargetsInput{TargetGroupArn: aws.String(d.of(d.arns("targetgroup")...)), Targets: []types.TargetDescription{
			{Id: aws.String(d.of(instanceA, instanceB, "10.42.64.40", "10.42.64.41")), Port: number(80, 81)},
		}}
	case 7:
		return &elbv2.ModifyListenerInput{ListenerArn: aws.String(d.of(d.arns("listener")...)), DefaultActions: d.actions(), Port: number(80, 83)}
	case 8:
		return &elbv2.SetRulePrioritiesInput{RulePriorities: []types.RulePriorityPair{
			{RuleArn: aws.String(d.of(d.arns("listener-rule")...)), Priority: number(1, 5)},
			{RuleArn: aws.String(d.of(d.arns("listener-rule")...)), Priority: number(1, 5)},
		}}
	}
	return &elbv2.AddListenerCertificatesInput{ListenerArn: aws.String(d.of(d.arns("listener")...)), Certificates: []types.Certificate{
		{CertificateArn: aws.String(d.of(d.c.example, d.c.other))},
	}}
}

// fill draws all members of a structure.
func (d *drawer) fill(v reflect.Value, name string) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				d.fill(v.Field(i), f.Name)
			}
		}
	case reflect.Pointer:
		if rapid.IntRange(0, 3).Draw(d.T, "given") > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			d.fill(v.Elem(), name)
		}
	case reflect.Slice:
		n := rapid.IntRange(0, 2).Draw(d.T, "entries")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			d.fill(v.Index(i), name)
		}
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(d.T, "flag"))
	case reflect.Int32, reflect.Int64:
		v.SetInt(rapid.SampledFrom([]int64{-1, 0, 1, 2, 3, 5, 10, 30, 80, 81, 443, 70000}).Draw(d.T, "number"))
	case reflect.String:
		v.SetString(d.text(v, name))
	}
}

func (d *drawer) text(v reflect.Value, name string) string {
	if m := v.MethodByName("Values"); m.IsValid() {
		all := m.Call(nil)[0]
		if i := rapid.IntRange(-1, all.Len()-1).Draw(d.T, "word"); i >= 0 {
			return all.Index(i).String()
		}
		return d.of("", "other")
	}
	switch name {
	case "LoadBalancerArn", "LoadBalancerArns":
		return d.of(d.arns("loadbalancer")...)
	case "ListenerArn", "ListenerArns":
		return d.of(d.arns("listener")...)
	case "RuleArn", "RuleArns":
		return d.of(d.arns("listener-rule")...)
	case "TargetGroupArn", "TargetGroupArns":
		return d.of(d.arns("targetgroup")...)
	case "ResourceArns":
		return d.of(slices.Concat(d.arns("loadbalancer"), d.arns("listener"), d.arns("listener-rule"), d.arns("targetgroup"))...)
	case "Subnets", "SubnetId":
		return d.of(publicA, publicB, publicC, privateA, privateB, "subnet-none")
	case "SecurityGroups":
		return d.of(nodeGroup, "sg-0a000000000000def", "sg-none")
	case "VpcId":
		return d.of(vpc, "vpc-none")
	case "Id":
		return d.of(instanceA, instanceB, "10.42.64.40", "10.9.0.1", "::1", "1.1.1.1", "")
	case "CertificateArn":
		return d.of(d.c.example, d.c.other, "arn:aws:acm:ap-northeast-2:123456789012:certificate/none")
	case "Field":
		return d.of("host-header", "path-pattern", "http-header", "http-request-method", "query-string", "source-ip", "cookie")
	case "Key":
		return d.of("idle_timeout.timeout_seconds", "deletion_protection.enabled", "deregistration_delay.timeout_seconds", "stickiness.enabled", "tcp.idle_timeout.seconds", "name", "")
	case "Value", "Values":
		return d.of("true", "60", "a.example", "/a*", "GET", "10.0.0.0/8", "", "\x00", "*?*?*?")
	case "StatusCode":
		return d.of("200", "404", "301", "")
	case "Mode":
		return d.of("off", "passthrough", "verify", "on")
	}
	return d.of("a", "b", "web", "internal-x", "", "https://a.example/x", "/", "HTTP", "#{host}", "é", "file:///none", "(", "traffic-port", "HTTP1")
}

var _ action.Carrier = (*cloud)(nil)
