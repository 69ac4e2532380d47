package alb

import "github.com/gwanmun/gwanmun/internal/annotation"

const noFrontendNLB = "a network load balancer before the load balancer is not made yet"

// The network load balancer that may stand before the load balancer.
var (
	EnableFrontendNLB = annotation.Declare[bool](annotation.Bool{}, nlbEntry(
		"enable-frontend-nlb", "false", "true", annotation.MergeExclusive,
		"Puts a network load balancer before the load balancer."))
	FrontendNLBScheme = annotation.Declare[string](
		annotation.Enum{Words: []string{"internal", "internet-facing"}}, nlbEntry(
			"frontend-nlb-scheme", "", "internet-facing", annotation.MergeExclusive,
			"The scheme of the network load balancer; it does not follow that of the load balancer."))
	FrontendNLBSubnets = annotation.Declare[[]string](annotation.StringList{}, nlbEntry(
		"frontend-nlb-subnets", "", "subnet-0123456789abcdef0", annotation.MergeExclusive,
		"The subnets of the network load balancer."))
	FrontendNLBSecurityGroups = annotation.Declare[[]string](annotation.StringList{}, nlbEntry(
		"frontend-nlb-security-groups", "", "sg-0123456789abcdef0", annotation.MergeExclusive,
		"The security groups of the network load balancer."))
	FrontendNLBPortMapping = annotation.Declare[[]annotation.Pair](portMap{}, nlbEntry(
		"frontend-nlb-listener-port-mapping", "", "443=8443", annotation.MergeUnion,
		"Which port of the network load balancer leads to which port of the load balancer."))
	FrontendNLBEIPs = annotation.Declare[[]string](annotation.StringList{}, nlbEntry(
		"frontend-nlb-eip-allocations", "", "eipalloc-0123456789abcdef0", annotation.MergeExclusive,
		"The Elastic IP addresses of the network load balancer, one for each subnet."))
	FrontendNLBHealthCheckPort = annotation.Declare[string](annotation.PortRef{}, nlbEntry(
		"frontend-nlb-healthcheck-port", TrafficPort, "80", annotation.MergeUnion,
		"The port that the load balancer is checked on."))
	FrontendNLBHealthCheckProtocol = annotation.Declare[string](annotation.Enum{Words: []string{"HTTP", "HTTPS"}}, nlbEntry(
		"frontend-nlb-healthcheck-protocol", "HTTP", "HTTPS", annotation.MergeUnion,
		"The protocol that the load balancer is checked with."))
	FrontendNLBHealthCheckPath = annotation.Declare[string](annotation.Bounded{What: "a path", Max: 1024, Needed: true}, nlbEntry(
		"frontend-nlb-healthcheck-path", "/", "/healthz", annotation.MergeUnion,
		"The path that the load balancer is checked with."))
	FrontendNLBHealthCheckInterval = annotation.Declare[int64](annotation.Int{Min: 5, Max: 300}, nlbEntry(
		"frontend-nlb-healthcheck-interval-seconds", "15", "10", annotation.MergeUnion,
		"The seconds from one check of the load balancer to the next."))
	FrontendNLBHealthCheckTimeout = annotation.Declare[int64](annotation.Int{Min: 2, Max: 120}, nlbEntry(
		"frontend-nlb-healthcheck-timeout-seconds", "5", "8", annotation.MergeUnion,
		"The seconds after which a check of the load balancer has failed."))
	FrontendNLBHealthyThreshold = annotation.Declare[int64](annotation.Int{Min: 2, Max: 10}, nlbEntry(
		"frontend-nlb-healthcheck-healthy-threshold-count", "2", "3", annotation.MergeUnion,
		"How many checks of the load balancer must succeed in a row."))
	FrontendNLBUnhealthyThreshold = annotation.Declare[int64](annotation.Int{Min: 2, Max: 10}, nlbEntry(
		"frontend-nlb-healthcheck-unhealthy-threshold-count", "2", "3", annotation.MergeUnion,
		"How many checks of the load balancer must fail in a row."))
	FrontendNLBSuccessCodes = annotation.Declare[string](annotation.CodeRanges{Min: 200, Max: 599}, nlbEntry(
		"frontend-nlb-healthcheck-success-codes", "200", "200-399", annotation.MergeUnion,
		"The answers of the load balancer that count as success."))
	FrontendNLBAttributes = annotation.Declare[[]annotation.Pair](annotation.StringMap{}, nlbEntry(
		"frontend-nlb-attributes", "", "deletion_protection.enabled=true", annotation.MergeExclusive,
		"Attributes of the network load balancer; equal on all members of a group."))
	FrontendNLBTags = annotation.Declare[[]annotation.Pair](annotation.StringMap{}, nlbEntry(
		"frontend-nlb-tags", "", "Team=shop", annotation.MergeExclusive,
		"Tags of the network load balancer; without it those of the load balancer."))
)

func nlbEntry(suffix, def, example string, merge annotation.Merge, doc string) annotation.Entry {
	return annotation.Entry{
		Suffix: suffix, Kinds: onIngress(), Scope: annotation.ScopeLoadBalancer, Default: def, Merge: merge,
		External: no(noFrontendNLB), Internal: no(noFrontendNLB), Inert: []string{"false"}, Doc: doc, Example: example, Since: since, Group: "Front-end network load balancer",
	}
}
