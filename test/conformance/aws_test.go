package conformance

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/elbapi/store"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
	"github.com/gwanmun/gwanmun/internal/model"
)

// aws is what AWS holds, a line each, with names in place of what is made up when something is created: two states that do the
// same read the same.
func (r *rig) aws() string {
	var lines []string
	var names []string
	groups := r.securityGroups()
	for _, g := range groups {
		names = append(names, g.ID, "<"+g.Name+">")
	}
	r.Cloud().Store().View(func(s *store.State) {
		for _, b := range s.LoadBalancers() {
			names = append(names, b.ARN, "<"+b.Name+">", b.DNSName, "<dns of "+b.Name+">")
			if _, id, ok := strings.Cut(b.ARN, ":loadbalancer/"); ok {
				names = append(names, id, "<"+b.Name+">")
			}
		}
		for _, g := range s.TargetGroups() {
			names = append(names, g.ARN, "<"+g.Name+">")
			lines = append(lines, targetGroupLine(g))
		}
		for _, b := range s.LoadBalancers() {
			lines = append(lines, balancerLines(s, b)...)
		}
	})
	for _, g := range groups {
		lines = append(lines, groupLines(g)...)
	}
	for _, i := range r.Cloud().World().Interfaces() {
		if strings.HasPrefix(i.Description, "ELB ") {
			lines = append(lines, fmt.Sprintf("interface of %s in %s", i.Description, i.Subnet))
		}
	}
	text := strings.NewReplacer(names...)
	for i := range lines {
		lines[i] = text.Replace(lines[i])
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func (r *rig) securityGroups() []world.SecurityGroup {
	w := r.Cloud().World()
	var ids []string
	_ = w.View(func(s *world.State) error { // the function returns no error
		for _, g := range world.Sorted(s.SecurityGroups) {
			ids = append(ids, g.ID)
		}
		return nil
	})
	var out []world.SecurityGroup
	for _, id := range ids {
		if g, ok := w.SecurityGroup(id); ok { // a copy, which nobody changes
			out = append(out, g)
		}
	}
	return out
}

func targetGroupLine(g *store.TargetGroup) string {
	var targets []string
	for _, t := range g.Targets {
		targets = append(targets, fmt.Sprintf("%s:%d", t.ID, t.Port))
	}
	slices.Sort(targets)
	return fmt.Sprintf("target group %s %s %s %s:%d check %s attributes %s tags %s targets %v",
		g.Name, g.Type, g.ProtocolVersion, g.Protocol, g.Port, shown(g.Check), shown(unusual(g)), shown(g.Tags), targets)
}

// unusual are the attributes that are not what they would be anyway.
func unusual(g *store.TargetGroup) map[string]string {
	kind := model.Network
	if strings.HasPrefix(string(g.Protocol), "HTTP") {
		kind = model.Application
	}
	out, special := map[string]string{}, g.Defaults()
	for key, value := range g.Attributes {
		usual, ok := special[key]
		if !ok {
			usual, _ = model.AttributeDefault(model.TargetGroupAttribute, kind, key)
		}
		if value != usual {
			out[key] = value
		}
	}
	return out
}

func balancerLines(s *store.State, b *store.LoadBalancer) []string {
	out := []string{fmt.Sprintf("load balancer %s %s %s %s subnets %s groups %v attributes %s tags %s",
		b.Name, b.Type, b.Scheme, b.IPAddressType, subnets(b), b.SecurityGroups, shown(b.Attributes), shown(b.Tags))}
	for _, l := range s.Listeners(b.ARN) {
		at := fmt.Sprintf("listener %s:%d", b.Name, l.Port)
		out = append(out, fmt.Sprintf("%s %s %s %s %v attributes %s tags %s",
			at, l.Protocol, l.SSLPolicy, l.Certificate, l.Certificates, shown(l.Attributes), shown(l.Tags)))
		for _, rule := range s.Rules(l.ARN) {
			out = append(out, fmt.Sprintf("rule %s %d: %s -> %s tags %s",
				at, rule.Priority, shown(rule.Conditions), shown(rule.Actions), shown(rule.Tags)))
		}
	}
	return out
}

func subnets(b *store.LoadBalancer) string {
	var ids []string
	for _, s := range b.Subnets {
		ids = append(ids, s.ID)
	}
	slices.Sort(ids)
	return strings.Join(ids, ",")
}

func groupLines(g world.SecurityGroup) []string {
	out := []string{fmt.Sprintf("security group %s %q tags %s", g.Name, g.Description, shown(g.Tags))}
	for _, way := range []struct {
		name  string
		rules []world.Rule
	}{{"in", g.Ingress}, {"out", g.Egress}} {
		for _, rule := range way.rules {
			rule.ID = ""
			out = append(out, fmt.Sprintf("security group %s lets %s %s", g.Name, way.name, shown(rule)))
		}
	}
	return out
}

// shown is a value as JSON, whose maps are sorted.
func shown(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// targets are the targets of all target groups, "id:port".
func (r *rig) targets() []string {
	var out []string
	r.Cloud().Store().View(func(s *store.State) {
		for _, g := range s.TargetGroups() {
			for _, t := range g.Targets {
				out = append(out, fmt.Sprintf("%s:%d", t.ID, t.Port))
			}
		}
	})
	slices.Sort(out)
	return out
}
