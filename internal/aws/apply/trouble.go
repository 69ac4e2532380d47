package apply

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/plan"
)

// trouble remembers failures by what they touch, each with the call that failed.
type trouble struct {
	// missing are resources that could not be made: whatever names them cannot be done.
	missing map[string]string
	// order are listeners whose rules could not be moved: priorities are not what the plan takes them for.
	order map[string]string
	// listeners and balancers are those with a failed or skipped change: nothing is taken away from them.
	listeners, balancers map[string]string
	// groups are security groups that could not be opened as wanted: none of their permissions goes.
	groups map[string]string
	// unmade is the first resource that could not be made, unchanged the first change of a load balancer that failed, and
	// deletion the first deletion of a load balancer, listener or rule.
	unmade, unchanged, deletion string
}

func newTrouble() *trouble {
	return &trouble{
		missing: map[string]string{}, order: map[string]string{}, listeners: map[string]string{},
		balancers: map[string]string{}, groups: map[string]string{},
	}
}

// Resources and listeners as keys. Kinds are kept apart because their IDs may be equal.
func lbKey(id string) string { return "load balancer " + id }
func tgKey(id string) string { return "target group " + id }
func sgKey(id string) string { return "security group " + id }

func listenerKey(op plan.Operation) string {
	return fmt.Sprintf("listener %s %s:%d", op.LoadBalancer, op.Listener.Protocol, op.Listener.Port)
}

// setting says whether a call changes something that no traffic depends on.
func setting(c plan.Call) bool {
	switch c {
	case plan.ModifyTargetGroupAttributes, plan.ModifyLoadBalancerAttributes, plan.ModifyListenerAttributes, plan.AddTags,
		plan.RemoveTags, plan.ModifyCapacityReservation, plan.AssociateWebACL, plan.DisassociateWebACL, plan.CreateProtection,
		plan.DeleteProtection:
		return true
	}
	return false
}

func deletes(c plan.Call) bool {
	return strings.HasPrefix(string(c), "Delete") || c == plan.RemoveListenerCertificates || c == plan.RevokeSecurityGroupIngress ||
		c == plan.DeregisterTargets
}

// note writes a failure down; a nil error means that the operation was skipped.
func (t *trouble) note(op plan.Operation, err error) {
	call := string(op.Call) + " " + subject(op)
	switch op.Call {
	case plan.CreateSecurityGroup, plan.CreateTargetGroup, plan.CreateLoadBalancer:
		t.unmade = cmp.Or(t.unmade, call)
	}
	switch op.Call {
	case plan.CreateSecurityGroup:
		t.missing[sgKey(op.SecurityGroup)] = call
	case plan.CreateTargetGroup:
		t.missing[tgKey(op.TargetGroup)] = call
	case plan.CreateLoadBalancer:
		t.missing[lbKey(op.LoadBalancer)] = call
	case plan.DeleteLoadBalancer:
		t.deletion = cmp.Or(t.deletion, call)
		t.missing[lbKey(op.LoadBalancer)] = call // its name is not free for a new one
	case plan.CreateListener:
		t.missing[listenerKey(op)] = call
	case plan.SetRulePriorities:
		t.order[listenerKey(op)] = call
	case plan.AuthorizeSecurityGroupIngress:
		if !awserr.Is(err, "RulesPerSecurityGroupLimitExceeded") {
			t.groups[op.SecurityGroup] = call
		}
	case plan.DeleteListener, plan.DeleteRule:
		t.deletion = cmp.Or(t.deletion, call)
	}
	// What there is too much of has to go before more can come.
	if setting(op.Call) || deletes(op.Call) || op.LoadBalancer == "" || awserr.Is(err, "TooManyRules", "TooManyListeners", "TooManyCertificates") {
		return
	}
	t.balancers[op.LoadBalancer], t.unchanged = call, cmp.Or(t.unchanged, call)
	if op.Listener.Port != 0 {
		t.listeners[listenerKey(op)] = call
	}
}

// holds says which failed call keeps an operation from being tried; "" for none.
func (t *trouble) holds(op plan.Operation) string {
	for _, key := range needs(op) {
		if cause := t.missing[key]; cause != "" {
			return cause
		}
	}
	switch op.Call {
	case plan.CreateRule, plan.ModifyRule:
		return t.order[listenerKey(op)]
	case plan.AddTags, plan.RemoveTags:
		if op.Priority != 0 { // else it is about the listener itself
			return t.order[listenerKey(op)]
		}
	case plan.ModifyListener, plan.DeleteRule, plan.RemoveListenerCertificates:
		return t.listeners[listenerKey(op)]
	case plan.DeleteListener:
		return t.balancers[op.LoadBalancer]
	case plan.RevokeSecurityGroupIngress:
		return t.groups[op.SecurityGroup]
	case plan.DeleteTargetGroup, plan.DeleteSecurityGroup:
		return cmp.Or(t.unchanged, t.deletion)
	case plan.DeleteLoadBalancer:
		// In front of a load balancer that takes its place, the one that is there stays until all is ready for the new one.
		return t.unmade
	}
	return ""
}

// needs are the resources that an operation names and does not make.
func needs(op plan.Operation) []string {
	var out []string
	if op.LoadBalancer != "" {
		out = append(out, lbKey(op.LoadBalancer))
	}
	if op.TargetGroup != "" && op.Call != plan.CreateTargetGroup {
		out = append(out, tgKey(op.TargetGroup))
	}
	if op.SecurityGroup != "" && op.Call != plan.CreateSecurityGroup {
		out = append(out, sgKey(op.SecurityGroup))
	}
	if op.Listener.Port != 0 && op.Call != plan.CreateListener {
		out = append(out, listenerKey(op))
	}
	if op.Rule != nil {
		out = append(out, groupsOf(op.Rule.Actions)...)
		out = append(out, portsOf(op, op.Rule.Actions)...)
	}
	if op.WantListener != nil {
		out = append(out, groupsOf(op.WantListener.DefaultActions)...)
		out = append(out, portsOf(op, op.WantListener.DefaultActions)...)
	}
	if op.Call == plan.CreateLoadBalancer || op.Call == plan.SetSecurityGroups {
		for _, g := range op.WantLoadBalancer.SecurityGroups {
			out = append(out, sgKey(g))
		}
	}
	return out
}

func groupsOf(actions []model.Action) []string {
	var out []string
	for _, a := range actions {
		if a.Forward == nil {
			continue
		}
		for _, g := range a.Forward.TargetGroups {
			out = append(out, tgKey(g.TargetGroup))
		}
	}
	return out
}

// portsOf are the listeners of the same load balancer that actions redirect to: clients must not be sent where nobody listens.
func portsOf(op plan.Operation, actions []model.Action) []string {
	var out []string
	for _, a := range actions {
		if r := a.Redirect; r != nil && (r.Host == "" || r.Host == "#{host}") {
			to := op
			port, err := strconv.ParseInt(r.Port, 10, 32)
			if err != nil {
				continue // the port of the request
			}
			to.Listener = plan.ListenerKey{Port: int32(port), Protocol: model.ListenerProtocol(r.Protocol)}
			out = append(out, listenerKey(to))
		}
	}
	return out
}
