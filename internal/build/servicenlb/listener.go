package servicenlb

import (
	"cmp"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/nlb"
	"github.com/gwanmun/gwanmun/internal/build/elb"
	"github.com/gwanmun/gwanmun/internal/model"
)

// listeners makes a listener and a target group for each port. All of the Service's own target groups are made before those
// that actions ask for, as an action may name the Service itself.
func (w *work) listeners(out *model.Model) {
	all := w.ports()
	own := make([]string, len(all))
	for i, p := range all {
		own[i], _ = w.targetGroup(w.svc, p.ServicePort, p.target, indexed("spec.ports", w.indexOf(p)))
	}
	for i, p := range all {
		l := model.Listener{Port: p.Port, Protocol: p.listener, DefaultActions: []model.Action{w.forward(p, own[i])}}
		if p.listener == model.TLS {
			w.secure(&l)
		}
		name := p.name()
		attributes := annotation.FieldOf(keyOf(nlb.ListenerAttributes) + name)
		pairs, _ := settle(w, annotation.GetMember(w.values, nlb.ListenerAttributes, name))
		l.Attributes = w.attributes(pairs, model.ListenerAttribute, attributes)
		for _, a := range l.Attributes {
			s := w.whole()
			s.Field = attributes
			l.Sources = append(l.Sources, model.SettingSource{Setting: a.Key, Source: s})
		}
		if !w.options.UntaggedRules {
			l.Tags = w.resourceTags(elb.PortText(p.Port))
		}
		l.DefaultSource = w.from(p)
		w.lb.Listeners = append(w.lb.Listeners, l)
	}
	w.certificates(out)
}

// secure gives a TLS listener its certificates in the order given; the first one is the default.
func (w *work) secure(l *model.Listener) {
	certs := getList(w, nlb.SSLCert)
	l.DefaultCertificate = certs[0]
	for _, arn := range certs[1:] {
		if arn != certs[0] && !slices.Contains(l.Certificates, arn) {
			l.Certificates = append(l.Certificates, arn)
		}
	}
	for _, arn := range certs {
		s := w.whole()
		s.Field = fieldOf(nlb.SSLCert)
		l.Sources = append(l.Sources, model.SettingSource{Setting: arn, Source: s})
	}
	policy, set := get(w, nlb.SSLPolicy)
	if !set {
		policy = w.options.defaultSSLPolicy()
	}
	l.SSLPolicy = policy
	if set {
		s := w.whole()
		s.Field = fieldOf(nlb.SSLPolicy)
		l.Sources = append(l.Sources, model.SettingSource{Setting: model.SettingSSLPolicy, Source: s})
	}
	l.ALPNPolicy, _ = get(w, nlb.ALPNPolicy)
}

// certificates lists what the listeners present.
func (w *work) certificates(out *model.Model) {
	var all []string
	for _, l := range w.lb.Listeners {
		if l.DefaultCertificate != "" {
			all = append(append(all, l.DefaultCertificate), l.Certificates...)
		}
	}
	slices.Sort(all)
	for _, arn := range slices.Compact(all) {
		out.Certificates = append(out.Certificates, w.questions.Certificate(arn))
	}
}

// forward sends to the Service's own target group and, with an action, to others beside it.
func (w *work) forward(p port, own string) model.Action {
	f := &model.Forward{TargetGroups: []model.WeightedTargetGroup{{TargetGroup: own, Weight: 1}}}
	name := p.name()
	action, set := settle(w, annotation.GetMember(w.values, nlb.Actions, name))
	if !set {
		return model.Action{Type: model.ActionForward, Forward: f}
	}
	field := annotation.FieldOf(keyOf(nlb.Actions) + name)
	if base := action.Forward.BaseServiceWeight; base != nil {
		f.TargetGroups[0].Weight = *base
	}
	for i := range action.Forward.TargetGroups {
		t := &action.Forward.TargetGroups[i]
		id, ok := w.tupleTarget(t, p, field)
		if !ok {
			continue
		}
		weight := int32(1)
		if t.Weight != nil {
			weight = *t.Weight
		}
		f.TargetGroups = elb.Share(f.TargetGroups, id, weight)
	}
	if s := action.Forward.Stickiness; s != nil {
		f.Stickiness = &model.GroupStickiness{Enabled: s.Enabled}
	}
	return model.Action{Type: model.ActionForward, Forward: f}
}

// from names where a listener came from.
func (w *work) from(p port) model.Source {
	return model.Source{
		Kind: w.object.Kind, Namespace: w.svc.Namespace, Name: w.svc.Name, Field: indexed("spec.ports", w.indexOf(p)),
		Service: w.svc.Name, Port: cmp.Or(p.Name, elb.PortText(p.Port)),
	}
}

// indexOf is the place of a port in the Service.
func (w *work) indexOf(p port) int {
	return slices.IndexFunc(w.svc.Spec.Ports, func(q corev1.ServicePort) bool { return q.Port == p.Port })
}
