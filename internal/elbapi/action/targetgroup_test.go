package action_test

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/google/go-cmp/cmp"

	"github.com/gwanmun/gwanmun/internal/elbapi/action"
	"github.com/gwanmun/gwanmun/internal/elbapi/store"
)

func protocol(p types.ProtocolEnum) func(*elbv2.CreateTargetGroupInput) {
	return func(in *elbv2.CreateTargetGroupInput) { in.Protocol = p }
}

func TestHealthChecksHaveTheDefaultsOfTheirProtocol(t *testing.T) {
	c := newCloud(t)
	type check struct {
		protocol          types.ProtocolEnum
		path, http, grpc  string
		interval, timeout int32
	}
	grpc := func(in *elbv2.CreateTargetGroupInput) { in.ProtocolVersion = aws.String("GRPC") }
	lambda := func(in *elbv2.CreateTargetGroupInput) {
		*in = elbv2.CreateTargetGroupInput{Name: in.Name, TargetType: types.TargetTypeEnumLambda}
	}
	for name, x := range map[string]struct {
		change func(*elbv2.CreateTargetGroupInput)
		want   check
	}{
		"http":   {protocol(types.ProtocolEnumHttp), check{"HTTP", "/", "200", "", 30, 5}},
		"https":  {protocol(types.ProtocolEnumHttps), check{"HTTP", "/", "200", "", 30, 5}},
		"grpc":   {grpc, check{"HTTP", "/AWS.ALB/healthcheck", "", "12", 30, 5}},
		"tcp":    {protocol(types.ProtocolEnumTcp), check{"TCP", "", "", "", 30, 10}},
		"udp":    {protocol(types.ProtocolEnumUdp), check{"TCP", "", "", "", 30, 10}},
		"lambda": {lambda, check{"", "/", "200", "", 35, 30}},
		"tcp-http": {func(in *elbv2.CreateTargetGroupInput) {
			in.Protocol, in.HealthCheckProtocol = types.ProtocolEnumTcp, types.ProtocolEnumHttp
		}, check{"HTTP", "/", "200-399", "", 30, 6}},
	} {
		g := c.group(t, name, x.change)
		got := check{g.HealthCheckProtocol, aws.ToString(g.HealthCheckPath), "", "", *g.HealthCheckIntervalSeconds, *g.HealthCheckTimeoutSeconds}
		if g.Matcher != nil {
			got.http, got.grpc = aws.ToString(g.Matcher.HttpCode), aws.ToString(g.Matcher.GrpcCode)
		}
		if got != x.want {
			t.Errorf("%s: %+v, want %+v", name, got, x.want)
		}
	}
}

func TestTargetGroupsThatAWSRefuses(t *testing.T) {
	c := newCloud(t)
	for _, x := range []struct {
		what, code, part string
		change           func(*elbv2.CreateTargetGroupInput)
	}{
		{"no protocol", "ValidationError", "Protocol", protocol("")},
		{"no port", "ValidationError", "Port", func(in *elbv2.CreateTargetGroupInput) { in.Port = nil }},
		{"no VPC", "ValidationError", "must be specified", func(in *elbv2.CreateTargetGroupInput) { in.VpcId = nil }},
		{"an unknown VPC", "ValidationError", "vpc-1", func(in *elbv2.CreateTargetGroupInput) { in.VpcId = aws.String("vpc-1") }},
		{"a version on TCP", "ValidationError", "ProtocolVersion", func(in *elbv2.CreateTargetGroupInput) {
			in.Protocol, in.ProtocolVersion = types.ProtocolEnumTcp, aws.String("HTTP2")
		}},
		{"a timeout as long as the interval", "ValidationError", "'5'", func(in *elbv2.CreateTargetGroupInput) { in.HealthCheckIntervalSeconds = aws.Int32(5) }},
		{"TCP checks of an ALB group", "ValidationError", "TCP", func(in *elbv2.CreateTargetGroupInput) { in.HealthCheckProtocol = types.ProtocolEnumTcp }},
		{"a code that ALBs do not take", "ValidationError", "500", func(in *elbv2.CreateTargetGroupInput) {
			in.Matcher = &types.Matcher{HttpCode: aws.String("200,500")}
		}},
		{"checks off", "InvalidConfigurationRequest", "HealthCheckEnabled", func(in *elbv2.CreateTargetGroupInput) { in.HealthCheckEnabled = aws.Bool(false) }},
		{"HTTP for an alb target", "ValidationError", "TCP", func(in *elbv2.CreateTargetGroupInput) { in.TargetType = types.TargetTypeEnumAlb }},
	} {
		t.Run(x.what, func(t *testing.T) {
			in := &elbv2.CreateTargetGroupInput{Name: aws.String("web"), Protocol: types.ProtocolEnumHttp, Port: aws.Int32(80), VpcId: aws.String(vpc)}
			x.change(in)
			_, err := c.CreateTargetGroup(ctx, in)
			refused(t, err, x.code, x.part)
		})
	}
}

func TestAGroupInUseIsNeitherDeletedNorShared(t *testing.T) {
	c := newCloud(t)
	g, one, two := c.group(t, "web"), c.alb(t, "one"), c.alb(t, "two")
	l := c.http(t, *one.LoadBalancerArn, 80, forward(*g.TargetGroupArn))
	_, err := c.DeleteTargetGroup(ctx, &elbv2.DeleteTargetGroupInput{TargetGroupArn: g.TargetGroupArn})
	refused(t, err, "ResourceInUse", *g.TargetGroupArn)
	_, err = c.CreateListener(ctx, &elbv2.CreateListenerInput{
		LoadBalancerArn: two.LoadBalancerArn, Port: aws.Int32(80), Protocol: types.ProtocolEnumHttp, DefaultActions: forward(*g.TargetGroupArn),
	})
	refused(t, err, "TargetGroupAssociationLimit", *g.TargetGroupArn)
	out, err := c.DescribeTargetGroups(ctx, &elbv2.DescribeTargetGroupsInput{LoadBalancerArn: one.LoadBalancerArn})
	if got := ok(t, out, err).TargetGroups; len(got) != 1 || !slices.Equal(got[0].LoadBalancerArns, []string{*one.LoadBalancerArn}) {
		t.Errorf("the load balancer has %v", got)
	}
	_, err = c.DeleteListener(ctx, &elbv2.DeleteListenerInput{ListenerArn: l.ListenerArn})
	must(t, err)
	for range 2 {
		_, err = c.DeleteTargetGroup(ctx, &elbv2.DeleteTargetGroupInput{TargetGroupArn: g.TargetGroupArn})
		must(t, err)
	}
}

func TestAttributesOfAGroupDependOnWhatItIs(t *testing.T) {
	c := newCloud(t)
	values := func(g types.TargetGroup) map[string]string {
		out, err := c.DescribeTargetGroupAttributes(ctx, &elbv2.DescribeTargetGroupAttributesInput{TargetGroupArn: g.TargetGroupArn})
		m := map[string]string{}
		for _, a := range ok(t, out, err).Attributes {
			m[*a.Key] = *a.Value
		}
		return m
	}
	http, tcp, udp := c.group(t, "http"), c.group(t, "tcp", protocol(types.ProtocolEnumTcp)), c.group(t, "udp", protocol(types.ProtocolEnumUdp))
	machines := c.group(t, "machines", func(in *elbv2.CreateTargetGroupInput) {
		in.Protocol, in.TargetType = types.ProtocolEnumTcp, types.TargetTypeEnumInstance
	})
	for _, x := range []struct {
		group      types.TargetGroup
		key, value string
	}{
		{http, "stickiness.type", "lb_cookie"},
		{tcp, "stickiness.type", "source_ip"},
		{http, "preserve_client_ip.enabled", ""},
		{tcp, "preserve_client_ip.enabled", "false"},
		{machines, "preserve_client_ip.enabled", "true"},
		{udp, "preserve_client_ip.enabled", "true"},
		{udp, "deregistration_delay.connection_termination.enabled", "true"},
		{tcp, "deregistration_delay.connection_termination.enabled", "false"},
		{http, "lambda.multi_value_headers.enabled", ""},
		{http, "deregistration_delay.timeout_seconds", "300"},
	} {
		if got := values(x.group)[x.key]; got != x.value {
			t.Errorf("%s of %s is %q, want %q", x.key, *x.group.TargetGroupName, got, x.value)
		}
	}
	_, err := c.ModifyTargetGroupAttributes(ctx, &elbv2.ModifyTargetGroupAttributesInput{
		TargetGroupArn: udp.TargetGroupArn, Attributes: []types.TargetGroupAttribute{{Key: aws.String("preserve_client_ip.enabled"), Value: aws.String("false")}},
	})
	refused(t, err, "InvalidConfigurationRequest", "UDP")
}

func TestTargetsThatAWSRefuses(t *testing.T) {
	c := newCloud(t)
	machine := func(in *elbv2.CreateTargetGroupInput) { in.TargetType = types.TargetTypeEnumInstance }
	ip, machines := c.group(t, "ip"), c.group(t, "machines", machine)
	b := c.alb(t, "web")
	behind := c.group(t, "alb", func(in *elbv2.CreateTargetGroupInput) {
		in.TargetType, in.Protocol = types.TargetTypeEnumAlb, types.ProtocolEnumTcp
	})
	for _, x := range []struct {
		what, code, part string
		group            types.TargetGroup
		target           types.TargetDescription
	}{
		{"a public address", "ValidationError", "8.8.8.8", ip, types.TargetDescription{Id: aws.String("8.8.8.8"), AvailabilityZone: aws.String("all")}},
		{"this machine", "ValidationError", "start elbapi with --map-targets (gwanmun local always does), which reaches targets at 10.a.b.c under 127.a.b.c, register '10.42.0.1', and listen at '127.42.0.1'", ip, types.TargetDescription{Id: aws.String("127.0.0.1")}},
		{"an address outside without zone", "ValidationError", "'all'", ip, types.TargetDescription{Id: aws.String("10.9.0.1")}},
		{"no address", "ValidationError", "web.example", ip, types.TargetDescription{Id: aws.String("web.example")}},
		{"IPv6 in an IPv4 group", "ValidationError", "ipv4", ip, types.TargetDescription{Id: aws.String("fd00::1")}},
		{"a port out of range", "ValidationError", "70000", ip, types.TargetDescription{Id: aws.String("10.42.64.10"), Port: aws.Int32(70000)}},
		{"an unknown instance", "InvalidTarget", "i-0123456789abcdef0", machines, types.TargetDescription{Id: aws.String("i-0123456789abcdef0")}},
		{"an address for an instance", "ValidationError", "10.42.64.10", machines, types.TargetDescription{Id: aws.String("10.42.64.10")}},
		{"a load balancer without that port", "InvalidTarget", "listener", behind, types.TargetDescription{Id: b.LoadBalancerArn}},
	} {
		t.Run(x.what, func(t *testing.T) {
			_, err := c.RegisterTargets(ctx, &elbv2.RegisterTargetsInput{TargetGroupArn: x.group.TargetGroupArn, Targets: []types.TargetDescription{
				{Id: aws.String("10.42.64.40")}, x.target,
			}[1:]})
			refused(t, err, x.code, x.part)
		})
	}
}

func TestServerIDsOfQUICAreWellFormedAndNobodyElses(t *testing.T) {
	c := newCloud(t)
	quic := c.group(t, "quic", func(in *elbv2.CreateTargetGroupInput) { in.Protocol = types.ProtocolEnumQuic })
	plain := c.group(t, "plain")
	register := func(g types.TargetGroup, address, server string) error {
		_, err := c.RegisterTargets(ctx, &elbv2.RegisterTargetsInput{TargetGroupArn: g.TargetGroupArn, Targets: []types.TargetDescription{
			{Id: &address, QuicServerId: &server},
		}})
		return err
	}
	for _, bad := range []string{"0x12", "0x00000000000000FF", "00000000000000ff00", "0x00000000000000ff0"} {
		refused(t, register(quic, "10.42.64.40", bad), "ValidationError", "lower case")
	}
	refused(t, register(plain, "10.42.64.40", "0x00000000000000ff"), "ValidationError", "QUIC and TCP_QUIC only")
	must(t, register(quic, "10.42.64.40", "0x00000000000000ff"))
	must(t, register(quic, "10.42.64.40", "0x00000000000000ff"))
	refused(t, register(quic, "10.42.64.40", "0x00000000000000fe"), "ValidationError", "cannot be changed")
	refused(t, register(quic, "10.42.64.41", "0x00000000000000ff"), "ValidationError", "already")
	must(t, register(quic, "10.42.64.41", "0x00000000000000fe"))
}

func TestRegistrationIsAllOrNothingAndKnowsPorts(t *testing.T) {
	c := newCloud(t, func(o *action.Options) { o.Quotas = map[string]int{"targets-per-target-group": 3} })
	g := c.group(t, "web")
	register := func(list ...types.TargetDescription) error {
		_, err := c.RegisterTargets(ctx, &elbv2.RegisterTargetsInput{TargetGroupArn: g.TargetGroupArn, Targets: list})
		return err
	}
	at := func(id string, port int32) types.TargetDescription {
		d := types.TargetDescription{Id: &id}
		if port != 0 {
			d.Port = &port
		}
		return d
	}
	list := func() []string {
		out, err := c.DescribeTargetHealth(ctx, &elbv2.DescribeTargetHealthInput{TargetGroupArn: g.TargetGroupArn})
		var l []string
		for _, h := range ok(t, out, err).TargetHealthDescriptions {
			l = append(l, *h.Target.Id+":"+*h.HealthCheckPort+" "+string(h.TargetHealth.State)+" "+string(h.TargetHealth.Reason))
		}
		return l
	}
	refused(t, register(at("10.42.64.40", 0), at("1.1.1.1", 0)), "ValidationError", "1.1.1.1")
	if l := list(); len(l) != 0 {
		t.Errorf("after a refused call there are %v", l)
	}
	must(t, register(at("10.42.64.40", 0), at("10.42.64.40", 81), at("10.42.64.40", 80)))
	if diff := cmp.Diff([]string{"10.42.64.40:80 unused Target.NotInUse", "10.42.64.40:81 unused Target.NotInUse"}, list()); diff != "" {
		t.Error(diff)
	}
	refused(t, register(at("10.42.64.41", 0), at("10.42.64.42", 0)), "TooManyTargets", "3")
	for range 2 {
		_, err := c.DeregisterTargets(ctx, &elbv2.DeregisterTargetsInput{TargetGroupArn: g.TargetGroupArn, Targets: []types.TargetDescription{at("10.42.64.40", 0)}})
		must(t, err)
	}
	if diff := cmp.Diff([]string{"10.42.64.40:81 unused Target.NotInUse"}, list()); diff != "" {
		t.Error(diff)
	}
}

func TestHealthSaysWhatTheDataPlaneFoundAndWhyThereIsNone(t *testing.T) {
	c := newCloud(t)
	machines := c.group(t, "machines", func(in *elbv2.CreateTargetGroupInput) { in.TargetType = types.TargetTypeEnumInstance })
	b := c.alb(t, "web") // in zones a and b
	c.http(t, *b.LoadBalancerArn, 80, forward(*machines.TargetGroupArn))
	_, err := c.RegisterTargets(ctx, &elbv2.RegisterTargetsInput{TargetGroupArn: machines.TargetGroupArn, Targets: []types.TargetDescription{
		{Id: aws.String(instanceA)}, {Id: aws.String(instanceB)},
	}})
	must(t, err)
	c.health[*machines.TargetGroupArn] = []store.TargetHealth{
		{ID: instanceA, Port: 80, State: types.TargetHealthStateEnumUnhealthy, Reason: types.TargetHealthReasonEnumTimeout, Description: "Request timed out"},
		{ID: "i-0a0000000000000ff", Port: 80, State: types.TargetHealthStateEnumDraining, Reason: types.TargetHealthReasonEnumDeregistrationInProgress},
	}
	describe := func(targets ...types.TargetDescription) []string {
		out, err := c.DescribeTargetHealth(ctx, &elbv2.DescribeTargetHealthInput{TargetGroupArn: machines.TargetGroupArn, Targets: targets})
		var l []string
		for _, h := range ok(t, out, err).TargetHealthDescriptions {
			l = append(l, *h.Target.Id+" "+string(h.TargetHealth.State)+" "+string(h.TargetHealth.Reason))
		}
		return l
	}
	if diff := cmp.Diff([]string{
		instanceA + " unhealthy Target.Timeout", instanceB + " initial Elb.RegistrationInProgress",
		"i-0a0000000000000ff draining Target.DeregistrationInProgress",
	}, describe()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"i-0a0000000000000ee unused Target.NotRegistered"}, describe(types.TargetDescription{Id: aws.String("i-0a0000000000000ee")})); diff != "" {
		t.Error(diff)
	}
	_, err = c.SetSubnets(ctx, &elbv2.SetSubnetsInput{LoadBalancerArn: b.LoadBalancerArn, Subnets: []string{publicA, publicC}})
	must(t, err)
	if got := describe()[1]; got != instanceB+" unused Target.NotInUse" {
		t.Errorf("in a zone that is not enabled: %s", got)
	}
}
