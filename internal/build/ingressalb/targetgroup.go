package ingressalb

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/build/binding"
	"github.com/gwanmun/gwanmun/internal/build/elb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// targetGroup makes the target group of a Service and port as an Ingress refers to them, or finds it when an earlier rule
// of the Ingress has made it. A port that is named in one rule and numbered in another gives two target groups, as their
// names differ.
func (w *work) targetGroup(m *member, service, port, field string) (string, bool) {
	// Names of Kubernetes objects hold dashes but no slashes, so the ID cannot stand for two pairs.
	id := "alb/" + m.ing.Namespace + "/" + m.ing.Name + "/" + service + ":" + port
	if slices.ContainsFunc(m.targetGroups, func(g model.TargetGroup) bool { return g.ID == id }) {
		return id, true
	}
	svc := w.serviceOf(m, service)
	servicePort := binding.FindPort(svc, port)
	if servicePort == nil {
		m.fail(diag.ALBServicePortMissing, field,
			diag.A("service", service), diag.A("port", port), diag.A("ports", elb.PortsOf(svc)))
		return "", false
	}
	r := w.readerFor(m, service)
	tg := model.TargetGroup{ID: id, Type: w.targetType(m, r), IPAddressType: elb.AddressType(svc)}
	tg.Binding = &model.Binding{
		Namespace: m.ing.Namespace, Service: service, Port: port, TargetType: tg.Type,
		NodeSelector: w.nodeSelector(m, r, tg.Type), FailClosed: w.options.FailClosed,
	}
	tg.Binding.MultiCluster, _ = get(m, r, alb.MultiCluster)
	protocol, _ := get(m, r, alb.BackendProtocol)
	version, _ := get(m, r, alb.BackendProtocolVersion)
	tg.Protocol, tg.ProtocolVersion = model.TargetProtocol(protocol), model.ProtocolVersion(version)
	if !w.targetPort(m, svc, servicePort, &tg, field) || !w.controlPort(m, &tg, service, port, field) {
		return "", false
	}
	if !w.healthCheck(m, r, svc, &tg, field) || m.failed {
		return "", false
	}
	if v := annotation.Get(r, alb.TargetGroupAttributes); v.Set {
		tg.Attributes = w.checkAttributes(v.Value, model.TargetGroupAttribute, v.Origin.Object, fieldOf(alb.TargetGroupAttributes), &m.found)
	}
	tg.Name = targetGroupName(w.options.ClusterName, w.group, m.ing.Namespace, m.ing.Name, string(svc.UID), &tg)
	tg.Tags = w.targetGroupTags(m, svc, service, port)
	tg.Targets = binding.Targets(w.set, &tg)
	if tg.IPAddressType == model.IPv6 && m.ipv6Service == "" {
		m.ipv6Service, m.ipv6Field = service, field
	}
	m.targetGroups = append(m.targetGroups, tg)
	return id, true
}

func (w *work) targetType(m *member, r *annotation.Reader) model.TargetType {
	t, set := get(m, r, alb.TargetType)
	if !set {
		return w.options.defaultTargetType()
	}
	return model.TargetType(t)
}

// nodeSelector is for instance targets only.
func (w *work) nodeSelector(m *member, r *annotation.Reader, t model.TargetType) []model.Tag {
	pairs, set := get(m, r, alb.TargetNodeLabels)
	if !set || t != model.TargetInstance {
		return nil
	}
	return elb.Tags(pairs)
}

// targetPort is the group's port: the node port, or the target port when it is a number. A named one differs from pod to
// pod, so the group says 1 and every target brings its own.
func (w *work) targetPort(m *member, svc *corev1.Service, p *corev1.ServicePort, tg *model.TargetGroup, field string) bool {
	switch {
	case tg.Type == model.TargetInstance && p.NodePort == 0:
		m.fail(diag.ALBNodePortMissing, field, diag.A("service", svc.Name), diag.A("type", svc.Spec.Type),
			diag.A("port", tg.Binding.Port))
		return false
	case tg.Type == model.TargetInstance:
		tg.Port = p.NodePort
	case w.options.RefuseIPTargets:
		m.fail(diag.ALBIPTargetsOff, field)
		return false
	default:
		tg.Port = elb.NumericTargetPort(p)
		if tg.Port == 0 {
			tg.Port = 1
		}
	}
	return true
}

func (w *work) controlPort(m *member, tg *model.TargetGroup, service, port, field string) bool {
	v, set := settle(m, annotation.GetMember(m.own, alb.TargetControlPort, service+"."+port))
	if !set {
		return !m.failed
	}
	if tg.Type == model.TargetInstance {
		m.fail(diag.ALBControlPort, field, diag.A("service", service))
		return false
	}
	tg.ControlPort = int32(v)
	return true
}

// targetGroupTags: the Service's tags over the Ingress', IngressClassParams over both.
func (w *work) targetGroupTags(m *member, svc *corev1.Service, service, port string) []model.Tag {
	var own []annotation.Pair
	if raw, ok := svc.Annotations[alb.Prefix+alb.Tags.Suffix]; ok {
		own, _ = alb.Tags.Type.Parse(raw)
	}
	ingress, _ := get(m, m.own, alb.Tags)
	user := w.allowedTags(m.object, elb.Overlay(elb.Overlay(ingress, own), w.paramsTags(m)), &m.found)
	return w.tags(m.ing.Namespace+"/"+m.ing.Name+"-"+service+":"+port, user)
}
