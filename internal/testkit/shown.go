package testkit

import (
	"reflect"
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/build/ingressnginx"
	"github.com/gwanmun/gwanmun/internal/model"
)

// Parts of a model that cases leave out unless the option "show" names them: they are the same everywhere, and a reader
// should see what a case is about.
const (
	showTags           = "tags"           // tags that say which cluster and stack own something
	showSources        = "sources"        // where rules came from
	showTargets        = "targets"        // the targets of groups, and where they come from
	showSecurityGroups = "securityGroups" // what the owned security groups permit
	showHealthChecks   = "healthChecks"   // health checks as they are by default
	showNetworking     = "networking"     // whom targets let in, and where the targets of groups come from
	showPolicies       = "policies"       // members of policies as they are by default, and the names of backends
)

var showable = []string{showTags, showSources, showTargets, showSecurityGroups, showHealthChecks, showPolicies, showNetworking}

// defaultHealthCheck is class alb's without any annotation.
var defaultHealthCheck = model.HealthCheck{
	Protocol: model.TargetHTTP, Port: "traffic-port", Path: "/", IntervalSeconds: 15, TimeoutSeconds: 5,
	HealthyThreshold: 2, UnhealthyThreshold: 2, HTTPCodes: "200",
}

// defaultNetworkHealthCheck is that of a Service's network load balancer without any annotation.
var defaultNetworkHealthCheck = model.HealthCheck{
	Protocol: model.TargetTCP, Port: "traffic-port", IntervalSeconds: 10, TimeoutSeconds: 10, HealthyThreshold: 3, UnhealthyThreshold: 3,
}

// withoutDefaults is a policy of class nginx without what every policy has when nothing is said.
func withoutDefaults(p *model.Policy) *model.Policy {
	if p == nil {
		return nil
	}
	out := *p
	out.BackendName = ""
	out.RequestBuffering = false
	if out.BodyLimit == 1<<20 {
		out.BodyLimit = 0
	}
	if r := out.Retry; r != nil && r.Attempts == 3 && r.TimeoutMillis == 0 && slices.Equal(r.On, []string{"error", "timeout"}) {
		out.Retry = nil
	}
	if reflect.ValueOf(out).IsZero() {
		return nil
	}
	return &out
}

// shown is a model without what is left out.
func shown(m *model.Model, show []string) *model.Model {
	out := model.Sorted(m)
	hideIdleNginx(out)
	hide := func(part string) bool { return !slices.Contains(show, part) }
	if hide(showSecurityGroups) {
		out.SecurityGroups = nil
	}
	for i := range out.LoadBalancers {
		b := &out.LoadBalancers[i]
		if hide(showTags) {
			b.Tags = withoutOwn(b.Tags)
		}
		if hide(showSources) {
			b.Sources = nil
		}
		for j := range b.Listeners {
			l := &b.Listeners[j]
			if hide(showTags) {
				l.Tags = withoutOwn(l.Tags)
			}
			if hide(showSources) {
				l.DefaultSource, l.Sources = model.Source{}, nil
			}
			if hide(showPolicies) {
				l.DefaultPolicy = withoutDefaults(l.DefaultPolicy)
			}
			for k := range l.Rules {
				if hide(showTags) {
					l.Rules[k].Tags = withoutOwn(l.Rules[k].Tags)
				}
				if hide(showPolicies) {
					l.Rules[k].Policy = withoutDefaults(l.Rules[k].Policy)
				}
				if hide(showSources) {
					l.Rules[k].Source = model.Source{}
				}
			}
		}
	}
	for i := range out.TargetGroups {
		g := &out.TargetGroups[i]
		if hide(showTags) {
			g.Tags = withoutOwn(g.Tags)
		}
		if hide(showTargets) {
			g.Targets = nil
		}
		switch {
		case hide(showTargets) && hide(showNetworking):
			g.Binding = nil
		case hide(showNetworking) && g.Binding != nil:
			b := *g.Binding
			b.Networking = nil
			g.Binding = &b
		}
		if hide(showHealthChecks) && g.HealthCheck != nil && (*g.HealthCheck == defaultHealthCheck || *g.HealthCheck == defaultNetworkHealthCheck) {
			g.HealthCheck = nil
		}
	}
	for i := range out.SecurityGroups {
		if hide(showTags) {
			out.SecurityGroups[i].Tags = withoutOwn(out.SecurityGroups[i].Tags)
		}
	}
	return out
}

// hideIdleNginx takes the load balancer of class nginx out of cases about other classes: it exists always, with a
// certificate of its own, even when no Ingress uses it.
func hideIdleNginx(m *model.Model) {
	i := slices.IndexFunc(m.LoadBalancers, func(b model.LoadBalancer) bool { return b.ID == ingressnginx.LoadBalancer })
	if i < 0 || len(m.LoadBalancers) == 1 {
		return
	}
	for _, l := range m.LoadBalancers[i].Listeners {
		if len(l.Rules) > 0 {
			return
		}
	}
	m.LoadBalancers = slices.Delete(m.LoadBalancers, i, i+1)
	m.Certificates = slices.DeleteFunc(m.Certificates, func(c model.Certificate) bool { return c.ID == "default" })
}

func withoutOwn(tags []model.Tag) []model.Tag {
	return slices.DeleteFunc(slices.Clone(tags), func(t model.Tag) bool {
		return strings.HasPrefix(t.Key, "elbv2.k8s.aws/") || strings.HasPrefix(t.Key, "ingress.k8s.aws/") ||
			strings.HasPrefix(t.Key, "service.k8s.aws/")
	})
}
