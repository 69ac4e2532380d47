package ingressalb

import (
	"strings"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// buildIngress judges one Ingress by itself: its class, its group's name, its annotations as far as their keys and their
// support go, and those of its Services. The values that rules and listeners are made from are judged with the group.
func (b *Builder) buildIngress(in build.Input, key, name string) build.Unit {
	unit := build.Unit{Key: key}
	namespace, short, ok := strings.Cut(name, "/")
	n := objects.Name{Namespace: namespace, Name: short}
	ing := in.Objects.Ingress(n)
	if !ok || ing == nil {
		return unit
	}
	var found diag.Collector
	p := b.place(in.Objects, ing, &found)
	if !p.concerns {
		return unit
	}
	if p.group == "" && ing.DeletionTimestamp == nil {
		unit.Members = []build.Member{{Object: objects.Key{Kind: objects.KindIngress, Name: n}}}
	}
	if p.group == "" && ing.DeletionTimestamp == nil {
		b.tellInvalid(objectOf(ing), annotation.Ingress, ing.Annotations, nil, &found)
	}
	if p.group != "" {
		b.judge(objectOf(ing), annotation.Ingress, ing.Annotations, &found)
		for _, s := range objects.ServicesOf(ing) {
			if svc := in.Objects.Service(s); svc != nil {
				object := diag.Object{Kind: string(objects.KindService), Namespace: s.Namespace, Name: s.Name}
				b.judge(object, annotation.Service, svc.Annotations, &found)
			}
		}
		for i, t := range ing.Spec.TLS {
			if t.SecretName != "" {
				found.Add(diag.ALBTLSSecret, objectOf(ing), indexed("spec.tls", i)+".secretName", diag.A("secret", t.SecretName))
			}
		}
	}
	unit.Diagnostics = found.Sorted()
	return unit
}

// judge reports unknown and misplaced keys, and annotations that the realizer in use does not carry out at all. Those
// that are carried out partly are explained in the reference only; a message on every Ingress would be noise.
func (b *Builder) judge(object diag.Object, kind annotation.Kind, values map[string]string, into *diag.Collector) {
	b.registry.CheckKeys(object, kind, values, into)
	for _, f := range b.registry.Examine(values) {
		e := f.Key.Declaration()
		support := b.options.support(e)
		if support.Level != annotation.No || f.Inert() {
			continue
		}
		field := annotation.FieldOf(f.Name)
		if f.Err == nil {
			into.Add(diag.AnnotationUnsupported, object, field, diag.A("key", f.Name), diag.A("why", support.Why))
			continue
		}
		into.Add(diag.AnnotationInvalid, object, field, diag.A("key", f.Name), diag.A("value", f.Raw),
			diag.A("expected", f.Key.Expected()), diag.A("reason", f.Err), diag.A("example", e.Example),
			diag.A("consequence", e.OnInvalid))
	}
}
