package apply

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/aws/client"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/plan"
)

// Options of an Applier.
type Options struct {
	// VPC finds the VPC that target groups and security groups are made in. It is asked only when one is made.
	VPC func(context.Context) (string, error)
	// Register and Deregister change the targets of a group, by its ARN.
	Register, Deregister func(ctx context.Context, arn string, targets []model.Target) error
	// Made hears of a target group that was made, before targets are registered. May be nil.
	Made func(arn string)
	// Tagged hears of the tags that a load balancer or target group now has; nil tags when it is gone. May be nil.
	Tagged func(arn string, tags []model.Tag)
	// Sleep waits; a timer when nil. Patience is how long a resource may be in use or invisible before that is an error;
	// when 0, 20 seconds, and 10 for security groups.
	Sleep    func(context.Context, time.Duration) error
	Patience time.Duration
}

// Applier carries operations out. It keeps nothing: all state is the stack's.
type Applier struct {
	clients *client.Clients
	o       Options
}

// New makes an Applier.
func New(c *client.Clients, o Options) *Applier {
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Made == nil {
		o.Made = func(string) {}
	}
	if o.Tagged == nil {
		o.Tagged = func(string, []model.Tag) {}
	}
	return &Applier{c, o}
}

// Result is what became of an operation.
type Result struct {
	Operation plan.Operation
	// Err is nil when it was carried out.
	Err error
	// Skipped says that it was not tried, because something that it needs failed; Err says what.
	Skipped bool
}

// Run carries operations out in order. After a failure, what does not depend on it goes on; deletions wait until everything
// that replaces what they take away has succeeded.
func (a *Applier) Run(ctx context.Context, s *State, ops []plan.Operation) []Result {
	r := &run{Applier: a, s: s, fresh: map[string]bool{}, trouble: newTrouble()}
	out := make([]Result, 0, len(ops))
	for _, op := range ops {
		if err := ctx.Err(); err != nil {
			out = append(out, Result{op, err, true})
			continue
		}
		if cause := r.trouble.holds(op); cause != "" {
			r.trouble.note(op, nil)
			out = append(out, Result{op, fmt.Errorf("%s waits until %s succeeds", op.Call, cause), true})
			continue
		}
		err := r.carryOut(ctx, op)
		if err != nil {
			r.trouble.note(op, err)
			err = awserr.Wrap(string(op.Call), subject(op), err)
		}
		out = append(out, Result{op, err, false})
	}
	return out
}

// subject is what an operation is about, in words for the user.
func subject(op plan.Operation) string {
	switch {
	case op.Priority != 0:
		return fmt.Sprintf("%s %s:%d priority %d", op.LoadBalancer, op.Listener.Protocol, op.Listener.Port, op.Priority)
	case op.Listener.Port != 0:
		return fmt.Sprintf("%s %s:%d", op.LoadBalancer, op.Listener.Protocol, op.Listener.Port)
	}
	return cmp.Or(op.LoadBalancer, op.TargetGroup, op.SecurityGroup)
}

// run is one list of operations under way.
type run struct {
	*Applier
	s *State
	// fresh are ids of what this run has made: AWS may not see it everywhere yet.
	fresh   map[string]bool
	trouble *trouble
	// then adds what only AWS could tell to the state, once that shows the operation; nil for nothing.
	then func()
}

// carryOut carries one operation out, and makes the state show each part of it that succeeded.
func (r *run) carryOut(ctx context.Context, op plan.Operation) error {
	for _, part := range parts(op) {
		r.then = nil
		if err := r.do(ctx, part); err != nil {
			return err
		}
		if err := r.s.show(part); err != nil {
			return err
		}
		if r.then != nil {
			r.then()
		}
	}
	return nil
}

// parts are operations that take one call each: certificates are added and removed one at a time.
func parts(op plan.Operation) []plan.Operation {
	if len(op.Certificates) < 2 {
		return []plan.Operation{op}
	}
	out := make([]plan.Operation, len(op.Certificates))
	for i := range out {
		out[i] = op
		out[i].Certificates = op.Certificates[i : i+1]
	}
	return out
}

// do carries one operation out.
func (r *run) do(ctx context.Context, op plan.Operation) error {
	switch op.Call {
	case plan.CreateSecurityGroup:
		return r.createSecurityGroup(ctx, op)
	case plan.AuthorizeSecurityGroupIngress:
		return r.authorize(ctx, op)
	case plan.RevokeSecurityGroupIngress:
		return r.revoke(ctx, op)
	case plan.DeleteSecurityGroup:
		return r.deleteSecurityGroup(ctx, op)
	case plan.CreateTargetGroup:
		return r.createTargetGroup(ctx, op)
	case plan.ModifyTargetGroup:
		return r.modifyTargetGroup(ctx, op)
	case plan.ModifyTargetGroupAttributes:
		return r.modifyTargetGroupAttributes(ctx, op)
	case plan.RegisterTargets, plan.DeregisterTargets:
		return r.changeTargets(ctx, op)
	case plan.DeleteTargetGroup:
		return r.deleteTargetGroup(ctx, op)
	case plan.AddTags:
		return r.addTags(ctx, op)
	case plan.RemoveTags:
		return r.removeTags(ctx, op)
	}
	if done, err := r.doLoadBalancer(ctx, op); done {
		return err
	}
	return r.doListener(ctx, op)
}

// doLoadBalancer carries out operations on load balancers as a whole.
func (r *run) doLoadBalancer(ctx context.Context, op plan.Operation) (bool, error) {
	switch op.Call {
	case plan.CreateLoadBalancer:
		return true, r.createLoadBalancer(ctx, op)
	case plan.SetIPAddressType:
		return true, r.setIPAddressType(ctx, op)
	case plan.SetSubnets:
		return true, r.setSubnets(ctx, op)
	case plan.SetSecurityGroups:
		return true, r.setSecurityGroups(ctx, op)
	case plan.ModifyLoadBalancerAttributes:
		return true, r.modifyLoadBalancerAttributes(ctx, op)
	case plan.ModifyIPPools:
		return true, r.modifyIPPools(ctx, op)
	case plan.ModifyCapacityReservation:
		return true, r.modifyCapacity(ctx, op)
	case plan.DeleteLoadBalancer:
		return true, r.deleteLoadBalancer(ctx, op)
	case plan.AssociateWebACL:
		return true, r.associateWebACL(ctx, op)
	case plan.DisassociateWebACL:
		return true, r.disassociateWebACL(ctx, op)
	case plan.CreateProtection:
		return true, r.createProtection(ctx, op)
	case plan.DeleteProtection:
		return true, r.deleteProtection(ctx, op)
	}
	return false, nil
}

// doListener carries out operations on listeners and rules.
func (r *run) doListener(ctx context.Context, op plan.Operation) error {
	switch op.Call {
	case plan.CreateListener:
		return r.createListener(ctx, op)
	case plan.ModifyListener:
		return r.modifyListener(ctx, op)
	case plan.AddListenerCertificates:
		return r.addCertificates(ctx, op)
	case plan.RemoveListenerCertificates:
		return r.removeCertificates(ctx, op)
	case plan.ModifyListenerAttributes:
		return r.modifyListenerAttributes(ctx, op)
	case plan.DeleteListener:
		return r.deleteListener(ctx, op)
	case plan.SetRulePriorities:
		return r.setPriorities(ctx, op)
	case plan.CreateRule:
		return r.createRule(ctx, op)
	case plan.ModifyRule:
		return r.modifyRule(ctx, op)
	case plan.DeleteRule:
		return r.deleteRule(ctx, op)
	}
	return fmt.Errorf("no way to carry out %s", op.Call)
}
