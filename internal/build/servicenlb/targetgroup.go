package servicenlb

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/gwanmun/gwanmun/internal/annotation/nlb"
	"github.com/gwanmun/gwanmun/internal/build/binding"
	"github.com/gwanmun/gwanmun/internal/build/elb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// chooseTargetType: nlb-ip is ip whatever the flags say; a value that is neither ip nor instance means instance.
func (w *work) chooseTargetType() {
	t, set := get(w, nlb.TargetType)
	_, given := w.svc.Annotations[keyOf(nlb.TargetType)]
	switch {
	case w.svc.Annotations[keyOf(nlb.Type)] == nlb.NLBIP:
		w.targetType = model.TargetIP
		return
	case set:
		w.targetType = model.TargetType(t)
	case given:
		w.targetType = model.TargetInstance
	default:
		w.targetType = w.options.defaultTargetType()
	}
	if w.targetType == model.TargetIP && w.options.RefuseIPTargets {
		w.fail(diag.NLBIPTargetsOff, fieldOf(nlb.TargetType))
	}
}

// tupleTarget is the target group that an action names: that of a Service of the namespace, or an existing one by ARN. Its
// protocol is the listener's, unless TLS is to be taken off.
func (w *work) tupleTarget(t *nlb.TargetGroupTuple, p port, field string) (string, bool) {
	if t.TargetGroupARN != "" {
		return t.TargetGroupARN, true
	}
	svc := w.set.Service(objects.Name{Namespace: w.svc.Namespace, Name: t.ServiceName})
	if svc == nil {
		w.fail(diag.NLBServiceMissing, field, diag.A("service", t.ServiceName))
		return "", false
	}
	servicePort := binding.FindPort(svc, string(t.ServicePort))
	if servicePort == nil {
		w.fail(diag.NLBServicePortMissing, field,
			diag.A("service", t.ServiceName), diag.A("port", string(t.ServicePort)), diag.A("ports", elb.PortsOf(svc)))
		return "", false
	}
	protocol := model.TargetProtocol(p.listener)
	if p.listener == model.TLS && t.Decrypt {
		protocol = model.TargetTCP
	}
	return w.targetGroup(svc, servicePort, protocol, field)
}

// targetGroup makes the target group of a Service's port, or finds it when it is there already. Settings come from the
// annotations of the Service that the load balancer is for, whichever Service the targets are of.
func (w *work) targetGroup(svc *corev1.Service, p *corev1.ServicePort, protocol model.TargetProtocol, field string) (string, bool) {
	number := elb.PortText(p.Port)
	id := w.id() + "/" + svc.Name + ":" + number
	if i := slices.IndexFunc(w.groups, func(g model.TargetGroup) bool { return g.ID == id }); i >= 0 {
		// An action that names the Service itself gets the group that is there, as it is.
		if have := w.groups[i].Protocol; have != protocol && svc != w.svc {
			w.fail(diag.NLBTargetProtocol, field, diag.A("port", number), diag.A("service", svc.Name),
				diag.A("protocol", have), diag.A("other", protocol))
		}
		return id, true
	}
	tg := model.TargetGroup{ID: id, Type: w.targetType, Protocol: protocol, IPAddressType: elb.AddressType(svc)}
	if tg.IPAddressType == model.IPv6 && !elb.Dualstack(w.lb.IPAddressType) {
		w.fail(diag.NLBTargetsIPv6, field, diag.A("service", svc.Name))
	}
	tg.Port = w.targetPort(svc, p, field)
	if tg.Type == model.TargetInstance && tg.Port == 0 {
		return "", false
	}
	var ok bool
	if tg.HealthCheck, ok = w.healthCheck(svc, &tg); !ok {
		return "", false
	}
	tg.Attributes = w.targetGroupAttributes(p.Port)
	var base *corev1.Service
	if svc != w.svc {
		base = w.svc
	}
	tg.Name = targetGroupName(w.options.ClusterName, base, svc, p.Port, &tg)
	tg.Tags = w.resourceTags(svc.Namespace + "/" + svc.Name + ":" + number)
	tg.Binding = &model.Binding{
		Namespace: svc.Namespace, Service: svc.Name, Port: number, TargetType: tg.Type, FailClosed: w.options.FailClosed,
	}
	if labels, set := get(w, nlb.TargetNodeLabels); set && tg.Type == model.TargetInstance {
		tg.Binding.NodeSelector = elb.Tags(labels)
	}
	tg.Binding.MultiCluster, _ = get(w, nlb.MultiCluster)
	tg.Binding.Networking = w.networking(&tg, p)
	tg.Targets = binding.Targets(w.set, &tg)
	w.groups = append(w.groups, tg)
	return id, true
}

// targetPort is the group's port: the node port, or the target port when it is a number. A named one differs from pod to
// pod, so the group says 1 and every target brings its own.
func (w *work) targetPort(svc *corev1.Service, p *corev1.ServicePort, field string) int32 {
	if w.targetType == model.TargetInstance {
		if p.NodePort == 0 {
			w.fail(diag.NLBNodePortMissing, field, diag.A("service", svc.Name), diag.A("type", svc.Spec.Type), diag.A("port", p.Port))
		}
		return p.NodePort
	}
	if n := elb.NumericTargetPort(p); n != 0 {
		return n
	}
	return 1
}
