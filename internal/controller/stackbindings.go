package controller

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// bind makes, changes and deletes the TargetGroupBindings of a stack. A binding whose target group is not wanted any more
// goes when nothing refers to the group, so not before AWS was changed without an error; when the whole stack goes it goes
// in any case, because its rules may be what keeps security groups from going.
func (c *Controller) bind(ctx context.Context, id StackID, v *stackView, r *Realized, clean bool) (time.Duration, error) {
	want := map[objects.Name]*elbv2.TargetGroupBinding{}
	if v.desired != nil && !v.gone() {
		for i := range v.desired.TargetGroups {
			tg := &v.desired.TargetGroups[i]
			n, ok := bindingName(tg)
			if !ok {
				continue
			}
			want[n] = nil // wanted even while its target group could not be made
			if arn := r.TargetGroups[tg.ID]; arn != "" {
				want[n] = c.binding(id, tg, arn, r)
			}
		}
	}
	var errs []error
	var again time.Duration
	for _, n := range slices.SortedFunc(maps.Keys(want), objects.Name.Compare) {
		if want[n] == nil {
			continue
		}
		replaced, err := c.putBinding(ctx, want[n], v.named[n])
		if replaced {
			again = time.Second
		}
		errs = append(errs, err)
	}
	if clean || v.gone() {
		for _, n := range slices.SortedFunc(maps.Keys(v.bindings), objects.Name.Compare) {
			if _, wanted := want[n]; !wanted {
				errs = append(errs, c.deleteBinding(ctx, v.bindings[n]))
			}
		}
	}
	return again, errors.Join(errs...)
}

// bindingName is the name of a target group's binding: that of the group, beside the Service.
func bindingName(tg *model.TargetGroup) (objects.Name, bool) {
	if tg.Binding == nil {
		return objects.Name{}, false
	}
	return objects.Name{Namespace: tg.Binding.Namespace, Name: tg.Name}, true
}

// binding is the TargetGroupBinding of a target group of ours.
func (c *Controller) binding(id StackID, tg *model.TargetGroup, arn string, r *Realized) *elbv2.TargetGroupBinding {
	b := &elbv2.TargetGroupBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: tg.Binding.Namespace, Name: tg.Name, Labels: id.labels(), Finalizers: []string{elbv2.FinalizerTargetGroupBinding}},
		Spec: elbv2.TargetGroupBindingSpec{
			TargetGroupARN: arn, TargetGroupProtocol: string(tg.Protocol), TargetType: string(tg.Binding.TargetType),
			ServiceRef:    elbv2.ServiceReference{Name: tg.Binding.Service, Port: portRef(tg.Binding.Port)},
			IPAddressType: string(model.IPv4), VPCID: c.world.vpc(), MultiClusterTargetGroup: tg.Binding.MultiCluster,
			Networking: networking(tg.Binding.Networking, r.SecurityGroups),
		},
	}
	if tg.IPAddressType != "" {
		b.Spec.IPAddressType = string(tg.IPAddressType)
	}
	if len(tg.Binding.NodeSelector) > 0 {
		b.Spec.NodeSelector = &metav1.LabelSelector{MatchLabels: map[string]string{}}
		for _, t := range tg.Binding.NodeSelector {
			b.Spec.NodeSelector.MatchLabels[t.Key] = t.Value
		}
	}
	return b
}

func portRef(port string) intstr.IntOrString {
	if n, err := strconv.ParseInt(port, 10, 32); err == nil {
		return intstr.FromInt32(int32(n))
	}
	return intstr.FromString(port)
}

// networking writes the rules of a binding; groups are ids by the IDs in the model.
func networking(rules []model.BindingRule, groups map[string]string) *elbv2.TargetGroupBindingNetworking {
	if rules == nil {
		return nil
	}
	out := &elbv2.TargetGroupBindingNetworking{}
	for _, r := range rules {
		var n elbv2.NetworkingIngressRule
		switch id, known := groups[r.SecurityGroup]; {
		case r.CIDR != "":
			n.From = []elbv2.NetworkingPeer{{IPBlock: &elbv2.IPBlock{CIDR: r.CIDR}}}
		case known:
			n.From = []elbv2.NetworkingPeer{{SecurityGroup: &elbv2.SecurityGroup{GroupID: id}}}
		default:
			n.From = []elbv2.NetworkingPeer{{SecurityGroup: &elbv2.SecurityGroup{GroupID: r.SecurityGroup}}}
		}
		n.Ports = []elbv2.NetworkingPort{}
		for _, p := range r.Ports {
			port := elbv2.NetworkingPort{Protocol: p.Protocol}
			if p.Port != "" {
				ref := portRef(p.Port)
				port.Port = &ref
			}
			n.Ports = append(n.Ports, port)
		}
		out.Ingress = append(out.Ingress, n)
	}
	return out
}

// putBinding makes a binding or changes the one that is there. What cannot be changed makes the old one go first; replaced
// says that the new one is still to come.
func (c *Controller) putBinding(ctx context.Context, want, have *elbv2.TargetGroupBinding) (replaced bool, err error) {
	name := want.Namespace + "/" + want.Name
	if have == nil {
		if err := c.o.Client.Create(ctx, want); err != nil {
			if apierrors.IsAlreadyExists(err) {
				return true, nil // the watch has not shown it yet
			}
			return false, fmt.Errorf("creating TargetGroupBinding %s: %w", name, err)
		}
		return false, nil
	}
	if want.Spec.VPCID == "" {
		want.Spec.VPCID = have.Spec.VPCID
	}
	if immutableDiffers(&have.Spec, &want.Spec) {
		return true, c.deleteBinding(ctx, have)
	}
	labels := maps.Clone(have.Labels)
	if labels == nil {
		labels = map[string]string{}
	}
	maps.Copy(labels, want.Labels)
	if equality.Semantic.DeepEqual(have.Spec, want.Spec) && maps.Equal(labels, have.Labels) {
		return false, nil
	}
	next := have.DeepCopy()
	next.Spec, next.Labels = want.Spec, labels
	if err := c.o.Client.Patch(ctx, next, client.MergeFrom(have)); client.IgnoreNotFound(err) != nil {
		return false, fmt.Errorf("changing TargetGroupBinding %s: %w", name, err)
	}
	return false, nil
}

// immutableDiffers says whether a binding would have to become what it cannot become.
func immutableDiffers(have, want *elbv2.TargetGroupBindingSpec) bool {
	differs := func(a, b string) bool { return a != "" && a != b }
	return differs(have.TargetGroupARN, want.TargetGroupARN) || differs(have.TargetType, want.TargetType) ||
		differs(have.IPAddressType, want.IPAddressType) || differs(have.VPCID, want.VPCID)
}

func (c *Controller) deleteBinding(ctx context.Context, b *elbv2.TargetGroupBinding) error {
	if b.DeletionTimestamp != nil {
		return nil
	}
	if err := c.o.Client.Delete(ctx, b, client.Preconditions{UID: &b.UID}); client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("deleting TargetGroupBinding %s/%s: %w", b.Namespace, b.Name, err)
	}
	return nil
}

// bindingNames lists all TargetGroupBindings.
func (w *world) bindingNames() []objects.Name {
	w.mu.RLock()
	defer w.mu.RUnlock()
	var out []objects.Name
	for _, b := range w.state.Objects().TargetGroupBindings() {
		out = append(out, objects.Name{Namespace: b.Namespace, Name: b.Name})
	}
	return out
}

// gatesOf are the names of the bindings that a pod waits for; the pod may be nil.
func gatesOf(p *corev1.Pod) []string {
	if p == nil {
		return nil
	}
	var out []string
	for _, g := range p.Spec.ReadinessGates {
		if name, ok := strings.CutPrefix(string(g.ConditionType), elbv2.ReadinessGatePrefix); ok {
			out = append(out, name)
		}
	}
	return out
}
