package ingressnginx

import (
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/diag"
)

// Keys by which classes are given besides spec.ingressClassName.
const (
	annotationClass        = "kubernetes.io/ingress.class"
	annotationDefaultClass = "ingressclass.kubernetes.io/is-default-class"
	// annotationMistaken is what some tutorials write in place of the field.
	annotationMistaken = "spec.ingressClassName"
)

// verdict says whether an Ingress is of this class.
type verdict struct {
	ours bool
	// remark says that there is something to say about the class even if the Ingress is not ours.
	remark bool
	// message is what there is to say, with its arguments, beyond the mistaken annotation; no code when nothing.
	message diag.Message
	args    []diag.Arg
	// served is how the Ingress is served, as the end of a sentence.
	served string
}

// verdict decides in ingress-nginx's order: the field, then the annotation, then the flag for Ingresses without class.
func (b *Builder) verdict(in build.Input, ing *networkingv1.Ingress) verdict {
	v := b.classOf(in, ing)
	if ns := b.options.WatchNamespace; ns != "" && ns != ing.Namespace {
		return verdict{}
	}
	_, mistaken := ing.Annotations[annotationMistaken]
	v.remark = v.remark || mistaken && (v.ours || ing.Spec.IngressClassName == nil)
	return v
}

func (b *Builder) classOf(in build.Input, ing *networkingv1.Ingress) verdict {
	annotated, hasAnnotation := ing.Annotations[annotationClass]
	if name := ing.Spec.IngressClassName; name != nil {
		v := b.classByName(in, *name)
		if v.ours && hasAnnotation && v.message.Code == "" {
			v.message = diag.ClassGivenTwice
		}
		return v
	}
	if hasAnnotation {
		if annotated == b.options.IngressClass {
			return verdict{ours: true, served: "class " + annotated + " serves it because of the annotation " + annotationClass}
		}
		return verdict{served: "the annotation " + annotationClass + " gives it to class " + annotated}
	}
	if b.options.WatchWithoutClass {
		return verdict{ours: true, served: "class " + b.options.IngressClass +
			" serves it all the same, because --watch-ingress-without-class is set"}
	}
	v := verdict{served: "class " + b.options.IngressClass + " does not serve it"}
	if !hasDefaultClass(in) {
		v.remark, v.message, v.args = true, diag.ClassNotGiven, []diag.Arg{diag.A("served", v.served)}
	}
	return v
}

func (b *Builder) classByName(in build.Input, name string) verdict {
	served := "spec.ingressClassName gives it to class " + name
	ic := in.Objects.IngressClass(name)
	switch {
	case ic != nil && (ic.Spec.Controller == b.options.ControllerClass ||
		b.options.IngressClassByName && name == b.options.IngressClass):
		return verdict{ours: true, served: served}
	case ic != nil || name != b.options.IngressClass:
		return verdict{served: served}
	}
	return verdict{remark: true, served: served, message: diag.ClassMissing, args: []diag.Arg{diag.A("class", name)}}
}

// hasDefaultClass says whether some IngressClass is the default one. Then an Ingress without class is either older than
// that or served by a controller that reads defaults itself, as class alb does: there is nothing to remark.
func hasDefaultClass(in build.Input) bool {
	return slices.ContainsFunc(in.Objects.IngressClasses(), func(ic *networkingv1.IngressClass) bool {
		return ic.Annotations[annotationDefaultClass] == "true"
	})
}

// report adds what there is to say about the class.
func (v *verdict) report(ing *networkingv1.Ingress, into *diag.Collector) {
	value, mistaken := ing.Annotations[annotationMistaken]
	if mistaken {
		into.Add(diag.ClassAnnotationMistaken, objectOf(ing), "metadata.annotations["+annotationMistaken+"]",
			diag.A("value", value), diag.A("served", v.served))
	}
	// Without class the mistaken annotation says it all.
	if v.message.Code != "" && !(mistaken && v.message.Code == diag.ClassNotGiven.Code) {
		into.Add(v.message, objectOf(ing), "spec.ingressClassName", v.args...)
	}
}

// hostError says why the API server would refuse a host; empty when it would not. The empty host is every host.
func hostError(host string) string {
	if host == "" {
		return ""
	}
	name, wildcard := strings.CutPrefix(host, "*.")
	switch {
	case len(host) > 253:
		return "it is longer than 253 characters"
	case wildcard && !strings.Contains(name, "."):
		// "*.com" is accepted by the API server; nothing is wrong with it.
	case strings.Contains(name, "*"):
		return "a star may only stand for the whole first label"
	case isIPv4(name) || strings.Contains(name, ":"):
		return "it is an IP address or has a port, and must be a DNS name"
	}
	for label := range strings.SplitSeq(name, ".") {
		if !isLabel(label) {
			return "every label needs 1 to 63 lower-case letters, digits and inner hyphens"
		}
	}
	return ""
}

func isLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool {
		return !('a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-')
	}) < 0
}

func isIPv4(s string) bool {
	labels := strings.Split(s, ".")
	return len(labels) == 4 && !slices.ContainsFunc(labels, func(l string) bool {
		return l == "" || strings.Trim(l, "0123456789") != ""
	})
}
