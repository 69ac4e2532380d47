package action

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
)

// kind is the kind of a resource, as the first part of the end of its ARN.
type kind string

const (
	loadBalancerKind kind = "loadbalancer"
	listenerKind     kind = "listener"
	ruleKind         kind = "listener-rule"
	targetGroupKind  kind = "targetgroup"
	trustStoreKind   kind = "truststore"
)

// words name a kind in messages.
func (k kind) words() string {
	switch k {
	case loadBalancerKind:
		return "load balancer"
	case ruleKind:
		return "rule"
	case targetGroupKind:
		return "target group"
	case trustStoreKind:
		return "trust store"
	}
	return string(k)
}

// parseARN finds the kind of an ELBv2 ARN.
func parseARN(arn string) (kind, bool) {
	part := strings.SplitN(arn, ":", 6)
	if len(part) != 6 || part[0] != "arn" || part[1] == "" || part[2] != "elasticloadbalancing" {
		return "", false
	}
	k, rest, _ := strings.Cut(part[5], "/")
	switch kind(k) {
	case loadBalancerKind, listenerKind, ruleKind, targetGroupKind, trustStoreKind:
		return kind(k), rest != ""
	}
	return "", false
}

// arn makes an ARN from what stands behind the account.
func (a *Actions) arn(resource string) string {
	who := a.world.Identity()
	return "arn:" + who.Partition + ":elasticloadbalancing:" + who.Region + ":" + who.Account + ":" + resource
}

// within makes the ARN of a part of a resource: a listener of a load balancer, a rule of a listener.
func within(arn string, k kind, id string) string {
	head, tail, _ := strings.Cut(arn, ":elasticloadbalancing:")
	place, resource, _ := strings.Cut(tail, "/")
	place = place[:strings.LastIndexByte(place, ':')+1]
	return head + ":elasticloadbalancing:" + place + string(k) + "/" + resource + "/" + id
}

// checkARN checks a member that holds an ARN.
func checkARN(member string, arn *string, k kind) error {
	text := aws.ToString(arn)
	if text == "" {
		return required(member)
	}
	if got, ok := parseARN(text); !ok || got != k {
		return invalid("'%s' is not a valid %s ARN", text, k.words())
	}
	return nil
}

// missing is the error about a resource that is not there.
func missing(k kind, arn string) error {
	m := said("One or more %ss not found: '%s'", k.words(), arn)
	switch k {
	case loadBalancerKind:
		return &types.LoadBalancerNotFoundException{Message: m}
	case listenerKind:
		return &types.ListenerNotFoundException{Message: m}
	case ruleKind:
		return &types.RuleNotFoundException{Message: m}
	case targetGroupKind:
		return &types.TargetGroupNotFoundException{Message: m}
	}
	return &types.TrustStoreNotFoundException{Message: m}
}

// lookUp finds the resource that a member names.
func lookUp[T any](arn *string, member string, k kind, find func(string) *T) (*T, error) {
	if err := checkARN(member, arn, k); err != nil {
		return nil, err
	}
	found := find(*arn)
	if found == nil {
		return nil, missing(k, *arn)
	}
	return found, nil
}

func loadBalancer(s *store.State, arn *string) (*store.LoadBalancer, error) {
	return lookUp(arn, "LoadBalancerArn", loadBalancerKind, s.LoadBalancer)
}

func listener(s *store.State, arn *string) (*store.Listener, error) {
	return lookUp(arn, "ListenerArn", listenerKind, s.Listener)
}

func rule(s *store.State, arn *string) (*store.Rule, error) {
	return lookUp(arn, "RuleArn", ruleKind, s.Rule)
}

func targetGroup(s *store.State, arn *string) (*store.TargetGroup, error) {
	return lookUp(arn, "TargetGroupArn", targetGroupKind, s.TargetGroup)
}

func trustStore(s *store.State, arn *string) (*store.TrustStore, error) {
	return lookUp(arn, "TrustStoreArn", trustStoreKind, s.TrustStore)
}
