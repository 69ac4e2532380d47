package controller

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gwanmun/gwanmun/internal/kube"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
	"github.com/gwanmun/gwanmun/internal/status"
)

// topicDeploy is what is said about the realization of an object, beside what its build has to say.
const topicDeploy = "deploy"

// topicPolicy is what is said about what the policy leaves in AWS.
const topicPolicy = "policy"

// goneRetry is how soon a stack that could not be taken away completely is looked at again: what is in the way is mostly
// on its way out too.
const goneRetry = 2 * time.Second

// reconcileStack brings one stack in line: finalizers first, so that nothing is made that nobody would take away; then AWS;
// then the bindings that fill target groups; then the addresses; and last it lets go of objects that have left.
func (c *Controller) reconcileStack(ctx context.Context, id StackID) done {
	v := c.world.stack(id)
	if len(v.undecided) > 0 {
		for _, o := range v.undecided {
			c.events.Tell(ctx, o, topicDeploy, status.Held(id.Name))
		}
		return done{} // the next change of the class brings the stack back
	}
	if !v.gone() && (v.waiting || v.desired == nil) {
		// Either an answer about AWS is on its way, or every member is faulty and the diagnostics say why. Neither is a
		// wish to take anything away.
		return done{}
	}
	if err := c.hold(ctx, id, &v); err != nil {
		return done{err: err}
	}
	desired := c.withoutAddOns(v.desired)
	if v.gone() {
		desired = nil
	}
	r, err := c.o.Cloud.Realizer.Realize(ctx, id, desired)
	if ctx.Err() != nil {
		return done{}
	}
	again, bindErr := c.bind(ctx, id, &v, &r, err == nil)
	c.tellDeploy(ctx, &v, &r, err)
	c.tellWithheld(ctx, &v, r.Withheld)
	errs := errors.Join(err, bindErr, c.address(ctx, &v, &r))
	if v.gone() && (r.Waiting != "" || len(v.bindings) > 0) {
		// Finalizers stay until all is gone.
		return done{err: errs, after: soonest(goneRetry, r.RequeueAfter)}
	}
	if errs == nil {
		errs = c.release(ctx, id, &v)
	}
	return done{err: errs, after: soonest(again, r.RequeueAfter)}
}

// withoutAddOns is a model without the add-ons that are switched off.
func (c *Controller) withoutAddOns(m *model.Model) *model.Model {
	if m == nil || !c.o.Cloud.NoWebACL && !c.o.Cloud.NoShield {
		return m
	}
	bare := *m
	bare.LoadBalancers = slices.Clone(m.LoadBalancers)
	for i := range bare.LoadBalancers {
		if c.o.Cloud.NoWebACL {
			bare.LoadBalancers[i].WebACL = ""
		}
		if c.o.Cloud.NoShield {
			bare.LoadBalancers[i].Shield = ""
		}
	}
	return &bare
}

// soonest is the shorter of two waits; 0 is none.
func soonest(a, b time.Duration) time.Duration {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// hold puts the stack's finalizer on its members.
func (c *Controller) hold(ctx context.Context, id StackID, v *stackView) error {
	for i := range v.members {
		o := v.members[i].object
		if kube.HasFinalizer(o, id.finalizer()) {
			continue
		}
		if err := kube.AddFinalizer(ctx, c.o.Client, o, id.finalizer()); err != nil {
			c.events.Tell(ctx, o, topicDeploy, status.FailedFinalizer(err))
			return err
		}
	}
	return nil
}

// tellDeploy says to every member what came of the stack. That nothing had to be done is worth no word, unless something
// was wrong before.
func (c *Controller) tellDeploy(ctx context.Context, v *stackView, r *Realized, err error) {
	if _, waiting := errors.AsType[waitingError](err); waiting {
		return
	}
	for i := range v.members {
		switch o := v.members[i].object; {
		case !v.members[i].accepted: // its diagnostics say what is wrong
		case err != nil:
			c.events.Tell(ctx, o, topicDeploy, status.FailedDeploy(err))
		case r.Changes > 0:
			c.events.Happened(ctx, o, topicDeploy, status.Reconciled())
		default:
			c.events.Assume(ctx, o, topicDeploy, status.Reconciled())
		}
	}
	for _, o := range v.leaving {
		if err != nil {
			c.events.Tell(ctx, o, topicDeploy, status.FailedDeploy(err))
		}
	}
}

// tellWithheld says to the members, and to those that leave, what the policy keeps in AWS.
func (c *Controller) tellWithheld(ctx context.Context, v *stackView, withheld []string) {
	if len(withheld) == 0 {
		return
	}
	c.o.Logger.Warn("left in AWS by the policy", "operations", withheld)
	about := slices.Clone(v.leaving)
	for i := range v.members {
		about = append(about, v.members[i].object)
	}
	for _, o := range about {
		c.events.Tell(ctx, o, topicPolicy, status.Withheld(withheld))
	}
}

// address writes where the members can be reached. A member that is left out of its stack keeps what it has.
func (c *Controller) address(ctx context.Context, v *stackView, r *Realized) error {
	var errs []error
	for i := range v.members {
		m := &v.members[i]
		lb, ok := r.LoadBalancers[m.loadBalancer]
		if !ok || lb.DNSName == "" || !m.accepted {
			continue
		}
		if err := c.writeAddress(ctx, m.object, lb.DNSName, m.ports); err != nil {
			c.events.Tell(ctx, m.object, "address", status.FailedStatus(err))
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// writeAddress writes the status of an Ingress or Service; no host takes it away.
func (c *Controller) writeAddress(ctx context.Context, o client.Object, host string, ports []status.Port) error {
	var hosts []string
	if host != "" {
		hosts = []string{host}
	}
	var err error
	switch o := o.(type) {
	case *networkingv1.Ingress:
		_, err = c.status.Ingress(ctx, o, status.IngressByHost(hosts, ports))
	case *corev1.Service:
		_, err = c.status.Service(ctx, o, status.ServiceByHost(host, ports))
	default:
		err = fmt.Errorf("%T has no address", o)
	}
	return err
}

// release lets go of objects that have left the stack: first the address, unless somebody else serves the object now or it
// is going, then the finalizer.
func (c *Controller) release(ctx context.Context, id StackID, v *stackView) error {
	var errs []error
	for _, o := range v.leaving {
		k, _ := objects.KeyOf(o)
		if o.GetDeletionTimestamp() == nil && !v.elsewhere[k] {
			if err := c.writeAddress(ctx, o, "", nil); err != nil {
				c.events.Tell(ctx, o, topicDeploy, status.FailedStatus(err))
				errs = append(errs, err)
				continue
			}
		}
		if err := kube.RemoveFinalizer(ctx, c.o.Client, o, id.finalizer()); err != nil {
			c.events.Tell(ctx, o, topicDeploy, status.FailedRelease(err))
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// syncLoop looks at everything from time to time.
func (c *Controller) syncLoop(ctx context.Context) {
	ticker := time.NewTicker(c.o.Cloud.SyncInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			c.checkpoints.expire()
			c.stacks.add(c.world.everything()...)
			c.bindings.add(c.world.bindingNames()...)
		}
	}
}
