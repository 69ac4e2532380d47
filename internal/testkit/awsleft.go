package testkit

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
	elbworld "github.com/gwanmun/gwanmun/internal/elbapi/world"
)

// resource is something that AWS holds: its id, what it is in words, and all that is known of it.
type resource struct{ id, what, text string }

// inventory lists what AWS holds and a controller could have made: load balancers with all that is in them, target groups,
// security groups besides those of VPCs themselves, interfaces, users of certificates.
func (p *awsPath) inventory() []resource {
	var out []resource
	add := func(id, what, name string, content ...any) {
		text, err := json.Marshal(content)
		if err != nil {
			panic(fmt.Sprintf("%s %s cannot be written down: %v", what, name, err)) // records are made to be written
		}
		out = append(out, resource{id, what + " " + name, string(text)})
	}
	p.lab.API.Store().View(func(s *store.State) {
		for _, b := range s.LoadBalancers() {
			add(b.ARN, "load balancer", b.Name, b)
			for _, l := range s.Listeners(b.ARN) {
				add(l.ARN, "listener", fmt.Sprintf("%s:%d", b.Name, l.Port), l, s.Rules(l.ARN))
			}
		}
		for _, g := range s.TargetGroups() {
			add(g.ARN, "target group", g.Name, g)
		}
	})
	_ = p.lab.API.World().View(func(s *elbworld.State) error {
		for _, g := range elbworld.Sorted(s.SecurityGroups) {
			if !g.IsDefault() && !p.furnished[g.ID] {
				add(g.ID, "security group", g.Name, g)
			}
		}
		for _, i := range elbworld.Sorted(s.Interfaces) {
			add(i.ID, "interface", cmp.Or(i.Description, i.ID), i)
		}
		for _, arn := range slices.Sorted(maps.Keys(s.Uses)) {
			for _, user := range s.Uses[arn] {
				add(arn+" "+user, "user of certificate", arn)
			}
		}
		return nil
	})
	return out
}

// unprotect lifts the protection from deletion, which is the user's to do.
func (p *awsPath) unprotect(t tester) error {
	key, value := "deletion_protection.enabled", "false"
	var protected []string
	p.lab.API.Store().View(func(s *store.State) {
		for _, b := range s.LoadBalancers() {
			if b.Attributes[key] == "true" {
				protected = append(protected, b.ARN)
			}
		}
	})
	for _, arn := range protected {
		_, err := p.live.Clients.ELB.ModifyLoadBalancerAttributes(t.Context(), &elbv2.ModifyLoadBalancerAttributesInput{
			LoadBalancerArn: &arn, Attributes: []elbtypes.LoadBalancerAttribute{{Key: &key, Value: &value}},
		})
		if err != nil {
			return err
		}
	}
	return nil
}
