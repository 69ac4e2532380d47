package ingressnginx

import (
	"strings"
	"testing"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/objects"
)

func TestTheClassIsDecidedByFieldThenAnnotationThenFlag(t *testing.T) {
	mistake := map[string]string{annotationMistaken: "nginx"}
	annotated := func(class string) map[string]string { return map[string]string{annotationClass: class} }
	for _, c := range []struct {
		name        string
		options     Options
		field       string
		annotations map[string]string
		ours        bool
		codes       string
	}{
		{name: "a field whose class has our controller", field: "ours", ours: true},
		{name: "a field whose class has another controller", field: "theirs"},
		{name: "a field whose class does not exist, with another name than ours", field: "nowhere"},
		{name: "a field with our name whose class does not exist", field: "nginx", codes: "GW2101"},
		{name: "a class of another controller by name", options: Options{IngressClass: "theirs", IngressClassByName: true}, field: "theirs", ours: true},
		{name: "the annotation with our name", annotations: annotated("nginx"), ours: true},
		{
			name:    "the annotation with another name, though classless Ingresses are served",
			options: Options{WatchWithoutClass: true}, annotations: annotated("haproxy"),
		},
		{name: "the annotation beside the field is not looked at", field: "ours", annotations: annotated("haproxy"), ours: true, codes: "GW2005"},
		{name: "nothing at all", codes: "GW2002"},
		{name: "nothing at all, with the flag", options: Options{WatchWithoutClass: true}, ours: true},
		{name: "the tutorials' mistake", annotations: mistake, codes: "GW2001"},
		{name: "the tutorials' mistake, with the flag", options: Options{WatchWithoutClass: true}, annotations: mistake, ours: true, codes: "GW2001"},
		{name: "the tutorials' mistake beside the field", field: "ours", annotations: mistake, ours: true, codes: "GW2001"},
		{name: "the tutorials' mistake in somebody else's Ingress", field: "theirs", annotations: mistake},
		{name: "our Ingress in another namespace", options: Options{WatchNamespace: "else"}, field: "ours"},
	} {
		t.Run(c.name, func(t *testing.T) {
			set := objects.NewSet()
			set.Put(ingressClass("ours", "k8s.io/ingress-nginx"))
			set.Put(ingressClass("theirs", "example.com/controller"))
			ing := &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", Annotations: c.annotations}}
			ing.Spec.DefaultBackend = &networkingv1.IngressBackend{Service: &networkingv1.IngressServiceBackend{Name: "s"}}
			if c.field != "" {
				ing.Spec.IngressClassName = &c.field
			}
			set.Put(ing)
			in, b := build.Input{Objects: set}, New(c.options)
			if got := b.verdict(in, ing).ours; got != c.ours {
				t.Errorf("ours is %t", got)
			}
			u := b.Build(in, keyIngress+"shop/web")
			if got := strings.Join(codes(u.Diagnostics), " "); got != c.codes {
				t.Errorf("got %q, want %q: %v", got, c.codes, u.Diagnostics)
			}
		})
	}
}

func TestTheMistakenAnnotationSaysHowTheIngressIsServed(t *testing.T) {
	for flag, want := range map[bool]string{false: "class nginx does not serve it", true: "--watch-ingress-without-class"} {
		ing := &networkingv1.Ingress{ObjectMeta: metav1.ObjectMeta{
			Namespace: "a", Name: "b", Annotations: map[string]string{annotationMistaken: "nginx"},
		}}
		b := New(Options{WatchWithoutClass: flag})
		v := b.verdict(build.Input{Objects: objects.NewSet()}, ing)
		var into diag.Collector
		v.report(ing, &into)
		if got := into.Sorted()[0]; !strings.Contains(got.Text, want) || !strings.Contains(got.Remedy, "ingressClassName: nginx") {
			t.Errorf("got %v", got)
		}
	}
}

func TestHostsThatKubernetesRefuses(t *testing.T) {
	for _, good := range []string{"", "a", "a.example", "*.a.example", "x-1.example", "1.example", "*.example", strings.Repeat("a", 63) + ".example"} {
		if got := hostError(good); got != "" {
			t.Errorf("%q is refused: %s", good, got)
		}
	}
	for _, bad := range []string{
		"A.example", "*", "a.*.example", "*a.example", "**.example", "a..b", ".a", "a.", "-a.example", "a_b.example", "10.0.0.1",
		"a.example:80", "a b", "ä.example", "a\n", strings.Repeat("a", 64) + ".example", strings.Repeat("a.", 127) + "aa",
	} {
		if hostError(bad) == "" {
			t.Errorf("%q is accepted", bad)
		}
	}
}
