package controller

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
	"github.com/gwanmun/gwanmun/internal/kube"
	"github.com/gwanmun/gwanmun/internal/objects"
	"github.com/gwanmun/gwanmun/internal/status"
)

// reconcileBinding makes the targets of one binding's group those that its Service has, and tells waiting pods whether they
// are healthy there. It is the same for bindings of ours and of users.
func (c *Controller) reconcileBinding(ctx context.Context, n objects.Name) done {
	v, ok := c.world.binding(n)
	if !ok {
		return done{}
	}
	b := v.binding
	if b.DeletionTimestamp != nil {
		return done{err: c.cleanBinding(ctx, &v)}
	}
	if !kube.HasFinalizer(b, elbv2.FinalizerTargetGroupBinding) {
		if err := kube.AddFinalizer(ctx, c.o.Client, b, elbv2.FinalizerTargetGroupBinding); err != nil {
			c.events.Tell(ctx, b, topicDeploy, status.FailedFinalizer(err))
			return done{err: err}
		}
	}
	if over, err := c.admit(ctx, &v); over || err != nil {
		return done{err: err}
	}
	want := v.registration()
	if !v.backend {
		return done{err: c.withoutBackend(ctx, &v, want)}
	}
	checkpoint := checkpointOf(want)
	if c.checkpoints.get(b) == checkpoint && v.waiting == 0 && observed(b) && c.hearing.heard(n) {
		return done{}
	}
	netErr := c.allow(ctx, want)
	if c.checkpoints.get(b) == checkpoint && v.waiting == 0 && observed(b) && netErr == nil {
		return done{} // a controller that has just started has to know who is let in, and nothing more
	}
	want.Max, want.Recheck = c.o.Cloud.MaxTargets, c.checkpoints.stale(n)
	want.Changing = func(ctx context.Context) error { return c.writeCheckpoint(ctx, b, "") }
	r, err := c.o.Cloud.Registrar.Register(ctx, want)
	if ctx.Err() != nil {
		return done{}
	}
	if err != nil {
		return done{err: c.bindingFailed(ctx, b, err)}
	}
	return c.bindingDone(ctx, &v, &r, registered{checkpoint, netErr})
}

// observed says whether a binding's status is about its current generation and says that all is well.
func observed(b *elbv2.TargetGroupBinding) bool {
	if b.Status.ObservedGeneration == nil || *b.Status.ObservedGeneration != b.Generation {
		return false
	}
	for _, c := range b.Status.Conditions {
		if c.Type == status.ConditionReady {
			return c.Status == metav1.ConditionTrue
		}
	}
	return false
}

// bindingFailed says what went wrong, and gives the error back.
func (c *Controller) bindingFailed(ctx context.Context, b *elbv2.TargetGroupBinding, err error) error {
	if _, waiting := errors.AsType[waitingError](err); waiting {
		return err
	}
	c.events.Tell(ctx, b, topicDeploy, status.FailedBinding(err))
	return errors.Join(err, c.bindingStatus(ctx, b, status.Outcome{Reason: status.ReasonFailed, Message: err.Error()}))
}

// registered is what there is to say about a registration beside what it did.
type registered struct {
	checkpoint string
	// netErr says why targets may not be reachable; the registration itself went on.
	netErr error
}

// allow lets a binding's sources in to its targets.
func (c *Controller) allow(ctx context.Context, want Registration) error {
	heard, err := c.o.Cloud.Registrar.Allow(ctx, want)
	if heard {
		c.hearing.note(want.Binding)
	}
	return err
}

// bindingDone writes what a registration led to.
func (c *Controller) bindingDone(ctx context.Context, v *bindingView, r *Registered, x registered) done {
	b := v.binding
	var events []status.Event
	outcome := status.Outcome{Ready: true, Reason: status.ReasonRegistered, Message: countOf(len(v.targets), r.Left), Observed: true}
	if x.netErr != nil {
		events = append(events, status.FailedNetwork(x.netErr))
		outcome.Ready, outcome.Reason, outcome.Message = false, status.ReasonFailed, x.netErr.Error()
	}
	switch {
	case len(events) > 0:
		c.events.Tell(ctx, b, topicDeploy, events...)
	case r.Changes > 0:
		c.events.Happened(ctx, b, topicDeploy, status.Reconciled())
	default:
		c.events.Assume(ctx, b, topicDeploy, status.Reconciled())
	}
	waiting, gateErr := c.openGates(ctx, v, r)
	errs := errors.Join(gateErr, c.bindingStatus(ctx, b, outcome), x.netErr)
	if errs == nil && waiting == 0 && r.RequeueAfter == 0 {
		errs = c.writeCheckpoint(ctx, b, x.checkpoint)
	} else {
		errs = errors.Join(errs, c.writeCheckpoint(ctx, b, ""))
	}
	d := done{err: errs, after: r.RequeueAfter}
	if waiting > 0 {
		d.after = soonest(d.after, c.o.Cloud.GateInterval)
	}
	return d
}

// countOf says how many targets there are, and how many the limit keeps out.
func countOf(all, left int) string {
	if left == 0 {
		return fmt.Sprintf("%d targets", all)
	}
	return fmt.Sprintf("%d targets, and no room for %d more (--max-targets-per-target-group)", all-left, left)
}

// openGates writes the conditions of pods that wait for this binding, and counts those that still do.
func (c *Controller) openGates(ctx context.Context, v *bindingView, r *Registered) (waiting int, err error) {
	if v.waiting == 0 {
		return 0, nil
	}
	gate := status.GateOf(v.binding)
	var errs []error
	for place, pod := range v.gated {
		if status.GateOpen(pod, gate) {
			continue // once open it stays open, so that an outage of AWS does not take pods out of Services
		}
		g := status.Gate{Type: gate, Open: r.Healthy[place]}
		if !g.Open {
			waiting++
			g.Reason, g.Message = "TargetNotHealthy", "the target is not healthy in the target group yet"
		}
		_, err := c.status.Gate(ctx, pod, g, c.o.Now())
		errs = append(errs, err)
	}
	return waiting, errors.Join(errs...)
}

// withoutBackend takes the targets out: the Service, or the port of it, is gone.
func (c *Controller) withoutBackend(ctx context.Context, v *bindingView, want Registration) error {
	b := v.binding
	port := b.Spec.ServiceRef.Port.String()
	c.events.Tell(ctx, b, topicDeploy, status.BackendNotFound(b.Spec.ServiceRef.Name, port))
	empty := checkpointOf(want)
	if c.checkpoints.get(b) == empty {
		c.hearing.note(want.Binding)
		return nil
	}
	if err := c.writeCheckpoint(ctx, b, ""); err != nil {
		return err
	}
	if err := c.o.Cloud.Registrar.Clean(ctx, want); err != nil {
		return c.bindingFailed(ctx, b, err)
	}
	c.hearing.note(want.Binding)
	return errors.Join(
		c.bindingStatus(ctx, b, status.Outcome{
			Reason: status.ReasonNoService, Message: "Service " + b.Spec.ServiceRef.Name + " with port " + port, Observed: true,
		}),
		c.writeCheckpoint(ctx, b, empty),
	)
}

// cleanBinding takes everything back that a binding has brought, and lets it go. Pods that still wait for it wait for
// nothing now.
func (c *Controller) cleanBinding(ctx context.Context, v *bindingView) error {
	b := v.binding
	if !kube.HasFinalizer(b, elbv2.FinalizerTargetGroupBinding) {
		return nil
	}
	if b.Spec.TargetGroupARN != "" || b.Spec.TargetGroupName != "" {
		if err := c.takeBack(ctx, v); err != nil {
			if _, waiting := errors.AsType[waitingError](err); waiting {
				return err
			}
			c.events.Tell(ctx, b, topicDeploy, status.FailedCleanup(err))
			outcome := status.Outcome{Reason: status.ReasonFailedCleanup, Message: err.Error()}
			return errors.Join(err, c.bindingStatus(ctx, b, outcome))
		}
	}
	var errs []error
	for _, pod := range c.world.podsWaiting(b) {
		_, err := c.status.Gate(ctx, pod, status.Gate{Type: status.GateOf(b), Open: true}, c.o.Now())
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if err := kube.RemoveFinalizer(ctx, c.o.Client, b, elbv2.FinalizerTargetGroupBinding); err != nil {
		c.events.Tell(ctx, b, topicDeploy, status.FailedRelease(err))
		return err
	}
	return nil
}

func (c *Controller) bindingStatus(ctx context.Context, b *elbv2.TargetGroupBinding, o status.Outcome) error {
	_, err := c.status.Binding(ctx, b, status.OfBinding(b, o, c.o.Now()))
	if err != nil {
		c.events.Tell(ctx, b, "status", status.FailedStatus(err))
	}
	return err
}

// writeCheckpoint keeps a checkpoint in the binding's annotations. It is emptied before AWS is changed, so that a controller
// that stops in between leaves nothing behind that looks done.
func (c *Controller) writeCheckpoint(ctx context.Context, b *elbv2.TargetGroupBinding, value string) error {
	n := objects.Name{Namespace: b.Namespace, Name: b.Name}
	if c.checkpoints.get(b) == value && (value == "" || b.Annotations[elbv2.AnnotationCheckpoint] == value) {
		return nil
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]string{
		elbv2.AnnotationCheckpoint: value, elbv2.AnnotationCheckpointTime: strconv.FormatInt(c.o.Now().Unix(), 10),
	}}})
	if err != nil {
		return err
	}
	target := &elbv2.TargetGroupBinding{ObjectMeta: metav1.ObjectMeta{Namespace: b.Namespace, Name: b.Name}}
	err = c.o.Client.Patch(ctx, target, client.RawPatch(types.MergePatchType, patch))
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("keeping the checkpoint of TargetGroupBinding %s: %w", n, err)
	}
	c.checkpoints.set(n, value)
	return nil
}
