package ingressalb

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/build/binding"
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
			diag.A("service", service), diag.A("port", port), diag.A("ports", portsOf(svc)))
		return "", false
	}
	r := w.readerFor(m, service)
	tg := model.TargetGroup{ID: id, Type: w.targetType(m, r), IPAddressType: addressTypeOf(svc)}
	tg.Binding = &model.Binding{
		Namespace: m.ing.Namespace, Service: service, Port: port, TargetType: tg.Type,
		NodeSelector: w.nodeSelector(m, r, tg.Type),
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

// addressTypeOf is ipv6 as soon as the Service has IPv6 among its families, even behind IPv4.
func addressTypeOf(svc *corev1.Service) model.IPAddressType {
	if slices.Contains(svc.Spec.IPFamilies, corev1.IPv6Protocol) {
		return model.IPv6
	}
	return model.IPv4
}

// nodeSelector is for instance targets only.
func (w *work) nodeSelector(m *member, r *annotation.Reader, t model.TargetType) []model.Tag {
	pairs, set := get(m, r, alb.TargetNodeLabels)
	if !set || t != model.TargetInstance {
		return nil
	}
	return tagsOf(pairs)
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
		tg.Port = numericTargetPort(p)
		if tg.Port == 0 {
			tg.Port = 1
		}
	}
	return true
}

// numericTargetPort is the target port when it is a number; the API server fills an absent one in with the port.
func numericTargetPort(p *corev1.ServicePort) int32 {
	switch {
	case p.TargetPort.Type == intstr.String:
		return 0
	case p.TargetPort.IntVal == 0:
		return p.Port
	}
	return p.TargetPort.IntVal
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
	user := w.allowedTags(m.object, overlay(overlay(ingress, own), w.paramsTags(m)), &m.found)
	return w.tags(m.ing.Namespace+"/"+m.ing.Name+"-"+service+":"+port, user)
}

func portsOf(svc *corev1.Service) string {
	var out []string
	for _, p := range svc.Spec.Ports {
		text := portText(p.Port)
		if p.Name != "" {
			text += " " + p.Name
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}
