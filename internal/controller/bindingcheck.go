package controller

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/controller-runtime/pkg/client"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
	"github.com/gwanmun/gwanmun/internal/status"
)

// admit does what has to come before anything is registered for a binding: it refuses what cannot be carried out, keeps a
// target group to the binding that had it first, and lets AWS complete and judge what a user wrote. over says that the work
// on the binding ends here: it was refused, or the completed one comes with the watch.
//
// The original does this in a webhook. Where that would refuse to store an object, the binding is there and told why nothing
// comes of it; what was registered for it before stays.
func (c *Controller) admit(ctx context.Context, v *bindingView) (over bool, err error) {
	b := v.binding
	n := objects.Name{Namespace: b.Namespace, Name: b.Name}
	if why := refusal(&b.Spec); why != nil {
		c.hearing.note(n)
		return true, c.refuse(ctx, b, why)
	}
	if other := v.rival; other != nil {
		c.hearing.note(n)
		return true, c.refuse(ctx, b, takenBy(other))
	}
	incomplete := b.Spec.TargetGroupARN == "" || b.Spec.TargetType == ""
	if incomplete {
		c.hearing.note(n) // nothing was ever registered for it
	}
	if _, ours := stackOfLabels(b.Labels); !incomplete && (ours || seen(b)) {
		return false, nil
	}
	return c.completeBinding(ctx, v)
}

// seen says whether the current generation of a binding was carried out before.
func seen(b *elbv2.TargetGroupBinding) bool {
	return b.Status.ObservedGeneration != nil && *b.Status.ObservedGeneration == b.Generation
}

// refuse tells why nothing comes of a binding. Trying again is no use: a change of the binding, or of the one in its way,
// brings it back.
func (c *Controller) refuse(ctx context.Context, b *elbv2.TargetGroupBinding, why error) error {
	c.events.Tell(ctx, b, topicDeploy, status.FailedBinding(why))
	return c.bindingStatus(ctx, b, status.Outcome{Reason: status.ReasonFailed, Message: why.Error()})
}

// refusal says what cannot be carried out in a spec as it stands; the definition of the kind refuses most of it already.
func refusal(s *elbv2.TargetGroupBindingSpec) error {
	quic := s.TargetGroupProtocol == "QUIC" || s.TargetGroupProtocol == "TCP_QUIC"
	switch instance := s.TargetType == elbv2.TargetTypeInstance; {
	case instance && s.IAMRoleARNToAssume != "":
		return errors.New("iamRoleArnToAssume is for targetType ip: the instances of this cluster are no targets for another account")
	case instance && quic:
		return fmt.Errorf("targetGroupProtocol %s is for targetType ip", s.TargetGroupProtocol)
	case s.TargetType == elbv2.TargetTypeIP && s.NodeSelector != nil:
		return errors.New("nodeSelector is for targetType instance: the targets of type ip are pods")
	}
	return nil
}

func takenBy(other *elbv2.TargetGroupBinding) error {
	return fmt.Errorf("the target group is bound by TargetGroupBinding %s/%s already, and each would take out the targets of the other: "+
		"delete one of them, or set multiClusterTargetGroup in both", other.Namespace, other.Name)
}

// rivalOf is the binding that has the target group of b to itself; nil when b may fill it. Those of stacks come first, because
// the target group is theirs; then the older ones. The lock is held.
func (w *world) rivalOf(b *elbv2.TargetGroupBinding) *elbv2.TargetGroupBinding {
	if b.Spec.TargetGroupARN == "" {
		return nil
	}
	var out *elbv2.TargetGroupBinding
	for n := range w.byGroup[b.Spec.TargetGroupARN] {
		other := w.state.Objects().TargetGroupBinding(n)
		if other == nil || n.Namespace == b.Namespace && n.Name == b.Name || !precedes(other, b) ||
			other.Spec.MultiClusterTargetGroup && b.Spec.MultiClusterTargetGroup {
			continue
		}
		if out == nil || precedes(other, out) {
			out = other
		}
	}
	return out
}

func precedes(a, b *elbv2.TargetGroupBinding) bool {
	rank := func(x *elbv2.TargetGroupBinding) int {
		if _, ours := stackOfLabels(x.Labels); ours {
			return 0
		}
		return 1
	}
	return cmp.Or(
		cmp.Compare(rank(a), rank(b)), a.CreationTimestamp.Compare(b.CreationTimestamp.Time),
		strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name),
	) < 0
}

// completeBinding fills in what a user left out with what AWS says of the target group, and refuses what AWS sees differently.
// over says that the binding was changed or refused.
func (c *Controller) completeBinding(ctx context.Context, v *bindingView) (over bool, err error) {
	b := v.binding
	tg, err := c.o.Cloud.Registrar.Describe(ctx, v.registration())
	if err != nil {
		return true, c.bindingFailed(ctx, b, err)
	}
	next := b.DeepCopy()
	s := &next.Spec
	if why := errors.Join(
		settle("targetGroupARN", &s.TargetGroupARN, tg.ARN), settle("targetType", &s.TargetType, string(tg.Type)),
		settle("targetGroupProtocol", &s.TargetGroupProtocol, string(tg.Protocol)),
		settle("ipAddressType", &s.IPAddressType, string(tg.IPAddressType)), settle("vpcID", &s.VPCID, tg.VPC),
	); why != nil {
		return true, c.refuse(ctx, b, why)
	}
	switch t := model.TargetType(s.TargetType); {
	case s.TargetGroupARN == "":
		return true, c.bindingFailed(ctx, b, Terminal(errors.New("AWS does not say the ARN of the target group")))
	case t != model.TargetInstance && t != model.TargetIP:
		return true, c.refuse(ctx, b, fmt.Errorf("the target group has targets of type %q, and a Service has none of those", s.TargetType))
	}
	if why := refusal(s); why != nil {
		return true, c.refuse(ctx, b, why)
	}
	if equality.Semantic.DeepEqual(s, &b.Spec) {
		return false, nil
	}
	if err := c.o.Client.Patch(ctx, next, client.MergeFrom(b)); client.IgnoreNotFound(err) != nil {
		return true, c.bindingFailed(ctx, b, fmt.Errorf("completing TargetGroupBinding %s/%s: %w", b.Namespace, b.Name, err))
	}
	return true, nil
}

// settle fills a field with AWS's view where there is none, and says so when the two differ.
func settle(name string, field *string, aws string) error {
	switch {
	case *field == "":
		*field = aws
	case aws != "" && aws != *field:
		return fmt.Errorf("%s is %s, and AWS says that the target group's is %s", name, *field, aws)
	}
	return nil
}

// takeBack takes out of a target group what a binding has brought. One that was never let in has brought nothing: what is in
// the group is another's.
func (c *Controller) takeBack(ctx context.Context, v *bindingView) error {
	last := v.registration()
	if v.rival == nil && refusal(&v.binding.Spec) == nil {
		return c.o.Cloud.Registrar.Clean(ctx, last)
	}
	last.Networking = nil
	_, err := c.o.Cloud.Registrar.Allow(ctx, last)
	return err
}
