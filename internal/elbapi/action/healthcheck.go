package action

import (
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
	"github.com/gwanmun/gwanmun/internal/model"
)

// checkRequest is what a request says about a health check; nil and empty members leave what is there.
type checkRequest struct {
	enabled                               *bool
	protocol                              types.ProtocolEnum
	port, path                            *string
	interval, timeout, healthy, unhealthy *int32
	matcher                               *types.Matcher
}

// freshCheck is the health check of a new group that asks for none, with the protocol it asks for.
func freshCheck(g *store.TargetGroup, protocol types.ProtocolEnum) store.HealthCheck {
	kind := kindBefore(g)
	c := store.HealthCheck{Port: "traffic-port", Interval: 30, Timeout: 5, Healthy: 5, Unhealthy: 2, Protocol: protocol}
	switch {
	case g.Type == types.TargetTypeEnumLambda:
		c = store.HealthCheck{Disabled: true, Interval: 35, Timeout: 30, Healthy: 5, Unhealthy: 5}
	case kind == model.GatewayLoadBalancer:
		c.Port, c.Interval = "80", 10
		c.Protocol = orElse(c.Protocol, types.ProtocolEnumTcp)
	case kind == model.Application:
		c.Protocol = orElse(c.Protocol, types.ProtocolEnumHttp)
	default:
		c.Protocol = orElse(c.Protocol, types.ProtocolEnumTcp)
		c.Timeout = 10
		if c.Protocol == types.ProtocolEnumHttp {
			c.Timeout = 6
		}
	}
	if g.Type == types.TargetTypeEnumAlb && protocol == "" {
		c.Protocol, c.Timeout = types.ProtocolEnumHttp, 6
	}
	return c
}

// resolveCheck puts a request upon a health check and checks the result.
func resolveCheck(g *store.TargetGroup, c store.HealthCheck, r checkRequest) (store.HealthCheck, error) {
	if r.enabled != nil {
		c.Disabled = !*r.enabled
	}
	if c.Disabled && g.Type != types.TargetTypeEnumLambda {
		return c, conflicting("HealthCheckEnabled cannot be false for a target group of type '%s'", g.Type)
	}
	c.Protocol = orElse(r.protocol, c.Protocol)
	if r.port != nil {
		c.Port = *r.port
	}
	if r.path != nil {
		c.Path = *r.path
	}
	for _, m := range []struct {
		to   *int32
		from *int32
	}{{&c.Interval, r.interval}, {&c.Timeout, r.timeout}, {&c.Healthy, r.healthy}, {&c.Unhealthy, r.unhealthy}} {
		if m.from != nil {
			*m.to = *m.from
		}
	}
	if r.matcher != nil {
		c.HTTPCode, c.GRPCCode = aws.ToString(r.matcher.HttpCode), aws.ToString(r.matcher.GrpcCode)
	}
	if g.Type == types.TargetTypeEnumLambda {
		c.Protocol, c.Port = "", ""
		c.Path, c.HTTPCode = orElse(c.Path, "/"), orElse(c.HTTPCode, "200")
		return c, checkRanges(&c)
	}
	if err := fillCheck(g, &c, r); err != nil {
		return c, err
	}
	return c, checkRanges(&c)
}

// fillCheck checks protocol, port, path and codes, and fills in what the protocol needs.
func fillCheck(g *store.TargetGroup, c *store.HealthCheck, r checkRequest) error {
	kind := kindBefore(g)
	allowed := []types.ProtocolEnum{types.ProtocolEnumHttp, types.ProtocolEnumHttps}
	if kind != model.Application && g.Type != types.TargetTypeEnumAlb {
		allowed = append(allowed, types.ProtocolEnumTcp)
	}
	if !slices.Contains(allowed, c.Protocol) {
		return invalid("HealthCheckProtocol '%s' is not one of %v, which a %s target group can have", c.Protocol, allowed, g.Protocol)
	}
	if n, err := strconv.Atoi(c.Port); c.Port != "traffic-port" && (err != nil || n < 1 || n > 65535) {
		return invalid("HealthCheckPort '%s' must be traffic-port or from 1 to 65535", c.Port)
	}
	if c.Protocol == types.ProtocolEnumTcp {
		if r.path != nil && *r.path != "" || r.matcher != nil {
			return invalid("HealthCheckPath and Matcher are not for health checks with TCP")
		}
		c.Path, c.HTTPCode, c.GRPCCode = "", "", ""
		return nil
	}
	if g.ProtocolVersion == "GRPC" {
		c.Path, c.GRPCCode = orElse(c.Path, "/AWS.ALB/healthcheck"), orElse(c.GRPCCode, "12")
		if c.HTTPCode != "" {
			return invalid("Matcher.HttpCode is not for protocol version GRPC")
		}
	} else {
		otherwise := "200"
		if kind != model.Application {
			otherwise = "200-399"
		}
		c.Path, c.HTTPCode = orElse(c.Path, "/"), orElse(c.HTTPCode, otherwise)
		if c.GRPCCode != "" {
			return invalid("Matcher.GrpcCode is for protocol version GRPC only")
		}
	}
	if len(c.Path) > 1024 || c.Path[0] != '/' || strings.ContainsFunc(c.Path, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return invalid("HealthCheckPath '%s' must begin with a slash and have at most 1024 characters without spaces", c.Path)
	}
	return checkCodes(g, c)
}

func checkCodes(g *store.TargetGroup, c *store.HealthCheck) error {
	if c.GRPCCode != "" && !codesWithin(c.GRPCCode, 0, 99) {
		return invalid("Matcher.GrpcCode '%s' must be numbers and ranges from 0 to 99", c.GRPCCode)
	}
	most := 499
	switch kindBefore(g) {
	case model.Network:
		most = 599
	case model.GatewayLoadBalancer:
		most = 399
	}
	if c.HTTPCode != "" && !codesWithin(c.HTTPCode, 200, most) {
		return invalid("Matcher.HttpCode '%s' must be numbers and ranges from 200 to %d", c.HTTPCode, most)
	}
	return nil
}

// codesWithin reads "200,202" and "200-299".
func codesWithin(list string, least, most int) bool {
	for part := range strings.SplitSeq(list, ",") {
		from, to, span := strings.Cut(strings.TrimSpace(part), "-")
		if !span {
			to = from
		}
		a, errA := strconv.Atoi(from)
		b, errB := strconv.Atoi(to)
		if errA != nil || errB != nil || a < least || b > most || a > b {
			return false
		}
	}
	return true
}

func checkRanges(c *store.HealthCheck) error {
	for _, n := range []struct {
		member      string
		value       int32
		least, most int32
	}{
		{"HealthCheckIntervalSeconds", c.Interval, 5, 300},
		{"HealthCheckTimeoutSeconds", c.Timeout, 2, 120},
		{"HealthyThresholdCount", c.Healthy, 2, 10},
		{"UnhealthyThresholdCount", c.Unhealthy, 2, 10},
	} {
		if n.value < n.least || n.value > n.most {
			return invalid("%s '%d' must be from %d to %d", n.member, n.value, n.least, n.most)
		}
	}
	if c.Timeout > c.Interval || c.Timeout == c.Interval && c.Protocol != types.ProtocolEnumTcp {
		return invalid("HealthCheckTimeoutSeconds '%d' must be less than HealthCheckIntervalSeconds '%d'", c.Timeout, c.Interval)
	}
	return nil
}
