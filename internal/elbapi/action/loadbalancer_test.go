package action_test

import (
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/action"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

func TestALoadBalancerIsDescribedInAWSForms(t *testing.T) {
	c := newCloud(t)
	for _, want := range []struct {
		name, arn, dns, zone string
		kind                 types.LoadBalancerTypeEnum
		scheme               types.LoadBalancerSchemeEnum
	}{
		{"web", `:loadbalancer/app/web/[0-9a-f]{16}$`, `^web-\d+\.ap-northeast-2\.elb\.127-10-0-1\.sslip\.io$`, "ZWKZPGTI48KDX", "", ""},
		{"inner", `:loadbalancer/app/inner/[0-9a-f]{16}$`, `^internal-inner-\d+\.ap-northeast-2\.elb\.127-10-0-2\.sslip\.io$`, "ZWKZPGTI48KDX", "", types.LoadBalancerSchemeEnumInternal},
		{"tcp", `:loadbalancer/net/tcp/[0-9a-f]{16}$`, `^tcp-[0-9a-f]{16}\.elb\.ap-northeast-2\.127-10-0-3\.sslip\.io$`, "ZIBE1TIR4HY56", types.LoadBalancerTypeEnumNetwork, ""},
	} {
		out, err := c.CreateLoadBalancer(ctx, &elbv2.CreateLoadBalancerInput{
			Name: &want.name, Type: want.kind, Scheme: want.scheme, Subnets: []string{publicB, publicA},
		})
		b := ok(t, out, err).LoadBalancers[0]
		arn := regexp.MustCompile(`^arn:aws:elasticloadbalancing:ap-northeast-2:123456789012` + want.arn)
		if !arn.MatchString(*b.LoadBalancerArn) || !regexp.MustCompile(want.dns).MatchString(*b.DNSName) || *b.CanonicalHostedZoneId != want.zone {
			t.Errorf("%s: ARN %s, name %s, zone %s", want.name, *b.LoadBalancerArn, *b.DNSName, *b.CanonicalHostedZoneId)
		}
		if b.State.Code != types.LoadBalancerStateEnumActive || *b.VpcId != vpc || *b.AvailabilityZones[0].SubnetId != publicA {
			t.Errorf("%s: state %s, VPC %s, first zone %s", want.name, b.State.Code, *b.VpcId, *b.AvailabilityZones[0].SubnetId)
		}
	}
}

func TestTheSameLoadBalancerAgainIsTheOneThatIsThere(t *testing.T) {
	c := newCloud(t)
	in := &elbv2.CreateLoadBalancerInput{Name: aws.String("web"), Subnets: []string{publicA, publicB}, Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}}
	out, err := c.CreateLoadBalancer(ctx, in)
	first := ok(t, out, err).LoadBalancers[0]
	out, err = c.CreateLoadBalancer(ctx, in)
	if again := ok(t, out, err).LoadBalancers[0]; *again.LoadBalancerArn != *first.LoadBalancerArn {
		t.Errorf("the second call made %s", *again.LoadBalancerArn)
	}
	in.Subnets = []string{publicA, publicC}
	_, err = c.CreateLoadBalancer(ctx, in)
	refused(t, err, "DuplicateLoadBalancerName", "'web'")
}

func TestLoadBalancersThatAWSRefuses(t *testing.T) {
	c := newCloud(t)
	c.alb(t, "there")
	valid := func() *elbv2.CreateLoadBalancerInput {
		return &elbv2.CreateLoadBalancerInput{Name: aws.String("web"), Subnets: []string{publicA, publicB}}
	}
	for _, x := range []struct {
		what, code, part string
		change           func(*elbv2.CreateLoadBalancerInput)
	}{
		{"no name", "ValidationError", "Name", func(in *elbv2.CreateLoadBalancerInput) { in.Name = nil }},
		{"a hyphen at the end", "ValidationError", "'web-'", func(in *elbv2.CreateLoadBalancerInput) { in.Name = aws.String("web-") }},
		{"a reserved beginning", "ValidationError", "internal-", func(in *elbv2.CreateLoadBalancerInput) { in.Name = aws.String("internal-web") }},
		{"a name of 33 characters", "ValidationError", "33", func(in *elbv2.CreateLoadBalancerInput) {
			in.Name = aws.String("abcdefghijklmnopqrstuvwxyzabcdefg")
		}},
		{"one zone", "ValidationError", "two subnets", func(in *elbv2.CreateLoadBalancerInput) { in.Subnets = in.Subnets[:1] }},
		{"one zone twice", "InvalidConfigurationRequest", "same Availability Zone", func(in *elbv2.CreateLoadBalancerInput) { in.Subnets = []string{publicA, privateA} }},
		{"an unknown subnet", "SubnetNotFound", "subnet-1", func(in *elbv2.CreateLoadBalancerInput) { in.Subnets[1] = "subnet-1" }},
		{"an unknown security group", "InvalidSecurityGroup", "sg-1", func(in *elbv2.CreateLoadBalancerInput) { in.SecurityGroups = []string{"sg-1"} }},
		{"another scheme", "InvalidScheme", "public", func(in *elbv2.CreateLoadBalancerInput) { in.Scheme = "public" }},
		{"IPv6 without a block", "InvalidSubnet", "IPv6", func(in *elbv2.CreateLoadBalancerInput) { in.IpAddressType = types.IpAddressTypeDualstack }},
		{"a tag twice", "DuplicateTagKeys", "'a'", func(in *elbv2.CreateLoadBalancerInput) {
			in.Tags = []types.Tag{{Key: aws.String("a")}, {Key: aws.String("a")}}
		}},
		{"a reserved tag", "ValidationError", "aws:", func(in *elbv2.CreateLoadBalancerInput) { in.Tags = []types.Tag{{Key: aws.String("aws:x")}} }},
		{"an elastic address on an ALB", "InvalidConfigurationRequest", "AllocationId", func(in *elbv2.CreateLoadBalancerInput) {
			in.SubnetMappings = []types.SubnetMapping{{SubnetId: &in.Subnets[0], AllocationId: aws.String("eipalloc-0123456789abcdef0")}}
			in.Subnets = nil
		}},
		{"subnets in two ways", "ValidationError", "SubnetMappings", func(in *elbv2.CreateLoadBalancerInput) {
			in.SubnetMappings = []types.SubnetMapping{{SubnetId: &in.Subnets[0]}}
		}},
		{"a gateway", "InvalidConfigurationRequest", "gateway", func(in *elbv2.CreateLoadBalancerInput) { in.Type = types.LoadBalancerTypeEnumGateway }},
	} {
		t.Run(x.what, func(t *testing.T) {
			in := valid()
			x.change(in)
			_, err := c.CreateLoadBalancer(ctx, in)
			refused(t, err, x.code, x.part)
		})
	}
}

func TestInterfacesOfALoadBalancerFollowItsSubnetsAndGroups(t *testing.T) {
	c := newCloud(t)
	b := c.alb(t, "web")
	have := func() (subnets []string, groups []string) {
		for _, i := range c.world.Interfaces() {
			if i.Requester == "amazon-elb" {
				subnets = append(subnets, i.Subnet)
				groups = i.SecurityGroups
			}
		}
		slices.Sort(subnets)
		return subnets, groups
	}
	if s, g := have(); !slices.Equal(s, []string{publicA, publicB}) || !slices.Equal(g, []string{"sg-0a000000000000def"}) {
		t.Errorf("after creation: %v with %v", s, g)
	}
	set, err := c.SetSubnets(ctx, &elbv2.SetSubnetsInput{LoadBalancerArn: b.LoadBalancerArn, Subnets: []string{publicA, publicC}})
	if n := len(ok(t, set, err).AvailabilityZones); n != 2 {
		t.Errorf("%d zones", n)
	}
	_, err = c.SetSecurityGroups(ctx, &elbv2.SetSecurityGroupsInput{LoadBalancerArn: b.LoadBalancerArn, SecurityGroups: []string{nodeGroup}})
	must(t, err)
	if s, g := have(); !slices.Equal(s, []string{publicA, publicC}) || !slices.Equal(g, []string{nodeGroup}) {
		t.Errorf("after both changes: %v with %v", s, g)
	}
	_, err = c.DeleteLoadBalancer(ctx, &elbv2.DeleteLoadBalancerInput{LoadBalancerArn: b.LoadBalancerArn})
	must(t, err)
	if s, _ := have(); len(s) != 0 {
		t.Errorf("after deletion: %v", s)
	}
}

func TestDeletionProtectionHolds(t *testing.T) {
	c := newCloud(t)
	b := c.alb(t, "web")
	protect := func(v string) {
		_, err := c.ModifyLoadBalancerAttributes(ctx, &elbv2.ModifyLoadBalancerAttributesInput{
			LoadBalancerArn: b.LoadBalancerArn, Attributes: []types.LoadBalancerAttribute{{Key: aws.String("deletion_protection.enabled"), Value: &v}},
		})
		must(t, err)
	}
	protect("true")
	_, err := c.DeleteLoadBalancer(ctx, &elbv2.DeleteLoadBalancerInput{LoadBalancerArn: b.LoadBalancerArn})
	refused(t, err, "OperationNotPermitted", "deletion protection")
	protect("false")
	for range 2 { // the second time it is not there, which is no mistake
		_, err = c.DeleteLoadBalancer(ctx, &elbv2.DeleteLoadBalancerInput{LoadBalancerArn: b.LoadBalancerArn})
		must(t, err)
	}
	_, err = c.DescribeLoadBalancers(ctx, &elbv2.DescribeLoadBalancersInput{Names: []string{"web"}})
	refused(t, err, "LoadBalancerNotFound", "'web'")
}

func TestAFreshLoadBalancerIsProvisionedForAWhileAndFailsWithAReason(t *testing.T) {
	c := newCloud(t, func(o *action.Options) { o.Provisioning = time.Minute })
	b := c.alb(t, "web")
	state := func() types.LoadBalancerState {
		out, err := c.DescribeLoadBalancers(ctx, &elbv2.DescribeLoadBalancersInput{LoadBalancerArns: []string{*b.LoadBalancerArn}})
		return *ok(t, out, err).LoadBalancers[0].State
	}
	if s := state(); s.Code != types.LoadBalancerStateEnumProvisioning {
		t.Errorf("at once: %s", s.Code)
	}
	c.now = c.now.Add(time.Minute)
	if s := state(); s.Code != types.LoadBalancerStateEnumActive {
		t.Errorf("after a minute: %s", s.Code)
	}
	c.failure[*b.LoadBalancerArn] = "address in use"
	if s := state(); s.Code != types.LoadBalancerStateEnumFailed || *s.Reason != "address in use" {
		t.Errorf("with a busy port: %s %v", s.Code, s.Reason)
	}
}

func TestAttributesOfALoadBalancerAreAllOrNothing(t *testing.T) {
	c := newCloud(t)
	b := c.alb(t, "web")
	modify := func(pairs ...string) error {
		in := &elbv2.ModifyLoadBalancerAttributesInput{LoadBalancerArn: b.LoadBalancerArn}
		for i := 0; i < len(pairs); i += 2 {
			in.Attributes = append(in.Attributes, types.LoadBalancerAttribute{Key: &pairs[i], Value: &pairs[i+1]})
		}
		_, err := c.ModifyLoadBalancerAttributes(ctx, in)
		return err
	}
	value := func(key string) string {
		out, err := c.DescribeLoadBalancerAttributes(ctx, &elbv2.DescribeLoadBalancerAttributesInput{LoadBalancerArn: b.LoadBalancerArn})
		for _, a := range ok(t, out, err).Attributes {
			if *a.Key == key {
				return *a.Value
			}
		}
		return "-"
	}
	refused(t, modify("idle_timeout.timeout_seconds", "120", "idle_timeout.seconds", "1"), "ValidationError", "idle_timeout.seconds")
	if v := value("idle_timeout.timeout_seconds"); v != "60" {
		t.Errorf("after a refused change the idle timeout is %s", v)
	}
	must(t, modify("idle_timeout.timeout_seconds", "120"))
	if v := value("idle_timeout.timeout_seconds"); v != "120" {
		t.Errorf("after the change the idle timeout is %s", v)
	}
	refused(t, modify("access_logs.s3.enabled", "true"), "InvalidConfigurationRequest", "bucket")
	refused(t, modify("secondary_ips.auto_assigned.per_subnet", "1"), "ValidationError", "network")
	if v := value("dns_record.client_routing_policy"); v != "-" {
		t.Errorf("an ALB has an attribute of NLBs: %s", v)
	}
}

func TestQuotasCountLoadBalancersByType(t *testing.T) {
	c := newCloud(t, func(o *action.Options) { o.Quotas = map[string]int{"application-load-balancers": 1} })
	c.alb(t, "one")
	c.nlb(t, "two")
	_, err := c.CreateLoadBalancer(ctx, &elbv2.CreateLoadBalancerInput{Name: aws.String("three"), Subnets: []string{publicA, publicB}})
	refused(t, err, "TooManyLoadBalancers", "1")
	out, err := c.DescribeAccountLimits(ctx, &elbv2.DescribeAccountLimitsInput{})
	for _, l := range ok(t, out, err).Limits {
		if *l.Name == "application-load-balancers" && *l.Max != "1" {
			t.Errorf("the limit is described as %s", *l.Max)
		}
	}
}

func TestPagesHoldEveryLoadBalancerOnceWhileOthersGo(t *testing.T) {
	c := newCloud(t)
	for _, n := range []string{"a", "b", "c", "d", "e"} {
		c.alb(t, n)
	}
	var names []string
	in := &elbv2.DescribeLoadBalancersInput{PageSize: aws.Int32(2)}
	for {
		out, err := c.DescribeLoadBalancers(ctx, in)
		for _, b := range ok(t, out, err).LoadBalancers {
			names = append(names, *b.LoadBalancerName)
		}
		if len(names) == 2 {
			_, err := c.DeleteLoadBalancer(ctx, &elbv2.DeleteLoadBalancerInput{LoadBalancerArn: out.LoadBalancers[1].LoadBalancerArn})
			must(t, err)
		}
		if out.NextMarker == nil {
			break
		}
		in.Marker = out.NextMarker
	}
	if !slices.Equal(names, []string{"a", "b", "c", "d", "e"}) {
		t.Errorf("the pages held %v", names)
	}
	in.Marker = aws.String("x")
	_, err := c.DescribeLoadBalancers(ctx, in)
	refused(t, err, "ValidationError", "Marker")
	_, err = c.DescribeLoadBalancers(ctx, &elbv2.DescribeLoadBalancersInput{PageSize: aws.Int32(401)})
	refused(t, err, "ValidationError", "401")
}

func TestAMovedWorldKeepsCertificatesInUseAfterARestart(t *testing.T) {
	c := newCloud(t)
	b := c.alb(t, "web")
	out, err := c.CreateListener(ctx, &elbv2.CreateListenerInput{
		LoadBalancerArn: b.LoadBalancerArn, Port: aws.Int32(443), Protocol: types.ProtocolEnumHttps,
		Certificates: []types.Certificate{{CertificateArn: &c.example}}, DefaultActions: fixed("404"),
	})
	l := ok(t, out, err).Listeners[0]
	users := func() []string { x, _ := c.world.Certificate(c.example); return x.InUseBy }
	if !slices.Equal(users(), []string{*b.LoadBalancerArn}) {
		t.Errorf("the certificate is used by %v", users())
	}
	c.world.UseCertificate(c.example, *b.LoadBalancerArn, false) // as if it came from a file
	action.New(action.Options{Store: c.store, World: c.world})
	if len(users()) != 1 {
		t.Errorf("after a restart the certificate is used by %v", users())
	}
	_, err = c.DeleteListener(ctx, &elbv2.DeleteListenerInput{ListenerArn: l.ListenerArn})
	must(t, err)
	if len(users()) != 0 {
		t.Errorf("after the listener went the certificate is used by %v", users())
	}
}

var _ action.Surroundings = (*world.World)(nil)
