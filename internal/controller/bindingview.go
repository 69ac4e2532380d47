package controller

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
	"github.com/gwanmun/gwanmun/internal/build/binding"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
	"github.com/gwanmun/gwanmun/internal/status"
)

// bindingView is all that the work on one TargetGroupBinding needs to know, as it was at one moment.
type bindingView struct {
	binding *elbv2.TargetGroupBinding
	// backend says that the Service and the port of it exist.
	backend bool
	targets []model.Target
	hosts   []Host
	// gated are the pods that wait for a condition of this binding, by their place among the targets; waiting counts those
	// for which it is not true yet.
	gated   map[Place]*corev1.Pod
	waiting int
	// rival is another binding that has the target group to itself; nil when there is none.
	rival *elbv2.TargetGroupBinding
}

// binding takes a view of a TargetGroupBinding; false when there is none.
func (w *world) binding(n objects.Name) (bindingView, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	set := w.state.Objects()
	b := set.TargetGroupBinding(n)
	if b == nil {
		return bindingView{}, false
	}
	v := bindingView{binding: b, gated: map[Place]*corev1.Pod{}, rival: w.rivalOf(b)}
	tg := groupOf(b)
	tg.Binding.FailClosed = w.failClosed
	v.backend = binding.FindPortOrTarget(set.Service(objects.ServiceOfBinding(b)), b.Spec.ServiceRef.Port.String()) != nil
	if s := b.Spec.NodeSelector; s != nil && tg.Binding.TargetType == model.TargetInstance {
		v.targets = binding.On(set, tg, selectedBy(s))
	} else {
		v.targets = append(binding.Targets(set, tg), binding.Pending(set, tg)...)
	}
	gate := status.GateOf(b)
	for i := range v.targets {
		t := &v.targets[i]
		v.hosts = append(v.hosts, w.host(b, t))
		if pod := set.Pod(objects.Name{Namespace: n.Namespace, Name: t.Pod}); pod != nil && status.HasGate(pod, gate) {
			v.gated[Place{t.ID, t.Port}] = pod
			if !status.GateOpen(pod, gate) {
				v.waiting++
			}
		}
	}
	return v, true
}

// host says where a target runs. The only named port that rules of ours use is the one that the Service leads to, and a
// target has its number. The lock is held.
func (w *world) host(b *elbv2.TargetGroupBinding, t *model.Target) Host {
	var h Host
	set := w.state.Objects()
	if t.Pod == "" {
		return h
	}
	if node := set.Node(t.Node); node != nil {
		h.Instance = instanceOf(node)
	}
	port := binding.FindPortOrTarget(set.Service(objects.ServiceOfBinding(b)), b.Spec.ServiceRef.Port.String())
	if port != nil && port.TargetPort.Type == intstr.String {
		h.Ports = map[string]int32{port.TargetPort.StrVal: t.Port}
	}
	return h
}

// instanceOf reads the instance out of a provider id, "aws:///<zone>/<instance>"; empty for nodes that are none.
func instanceOf(n *corev1.Node) string {
	id := n.Spec.ProviderID[strings.LastIndexByte(n.Spec.ProviderID, '/')+1:]
	if strings.HasPrefix(id, "i-") {
		return id
	}
	return ""
}

// groupOf is the target group of a binding as far as finding targets needs it.
func groupOf(b *elbv2.TargetGroupBinding) *model.TargetGroup {
	family := model.IPv4
	if b.Spec.IPAddressType == string(model.IPv6) {
		family = model.IPv6
	}
	return &model.TargetGroup{
		IPAddressType: family,
		Binding: &model.Binding{
			Namespace: b.Namespace, Service: b.Spec.ServiceRef.Name, Port: b.Spec.ServiceRef.Port.String(),
			TargetType: model.TargetType(b.Spec.TargetType),
		},
	}
}

// selectedBy says whether a selector selects a node; one that is no valid selector selects none.
func selectedBy(s *metav1.LabelSelector) func(*corev1.Node) bool {
	selector, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		selector = labels.Nothing()
	}
	return func(n *corev1.Node) bool { return selector.Matches(labels.Set(n.Labels)) }
}

// podsWaiting lists the pods of a namespace that wait for a binding.
func (w *world) podsWaiting(b *elbv2.TargetGroupBinding) []*corev1.Pod {
	w.mu.RLock()
	defer w.mu.RUnlock()
	gate := status.GateOf(b)
	var out []*corev1.Pod
	for _, p := range w.state.Objects().Pods() {
		if p.Namespace == b.Namespace && status.HasGate(p, gate) && !status.GateOpen(p, gate) {
			out = append(out, p)
		}
	}
	return out
}

// registration is what a view asks of its target group.
func (v *bindingView) registration() Registration {
	s := &v.binding.Spec
	r := Registration{
		Binding: objects.Name{Namespace: v.binding.Namespace, Name: v.binding.Name},
		ARN:     s.TargetGroupARN, Name: s.TargetGroupName, Type: model.TargetType(s.TargetType), VPC: s.VPCID,
		Targets: v.targets, Hosts: v.hosts, MultiCluster: s.MultiClusterTargetGroup,
		RoleARN: s.IAMRoleARNToAssume, ExternalID: s.AssumeRoleExternalID, Health: v.waiting > 0,
	}
	if s.Networking == nil {
		return r
	}
	r.Networking = []model.BindingRule{}
	for i := range s.Networking.Ingress {
		rule := &s.Networking.Ingress[i]
		var ports []model.BindingPort
		for _, p := range rule.Ports {
			port := model.BindingPort{Protocol: p.Protocol}
			if port.Protocol == "" {
				port.Protocol = string(corev1.ProtocolTCP)
			}
			if p.Port != nil {
				port.Port = p.Port.String()
			}
			ports = append(ports, port)
		}
		for _, from := range rule.From {
			switch {
			case from.IPBlock != nil:
				r.Networking = append(r.Networking, model.BindingRule{CIDR: from.IPBlock.CIDR, Ports: ports})
			case from.SecurityGroup != nil:
				r.Networking = append(r.Networking, model.BindingRule{SecurityGroup: from.SecurityGroup.GroupID, Ports: ports})
			}
		}
	}
	return r
}
