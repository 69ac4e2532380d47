package ingressalb

import (
	"strings"
	"testing"
	"time"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"github.com/gwanmun/gwanmun/internal/annotation/alb"
)

func TestAnIngressThatIsBeingDeletedLeavesItsGroupUnlessProtected(t *testing.T) {
	for annotations, want := range map[string]struct {
		served bool
		codes  string
	}{
		"target-type: ip": {false, ""},
		"load-balancer-attributes: deletion_protection.enabled=false": {false, ""},
		"load-balancer-attributes: deletion_protection.enabled=true":  {true, "GW5032"},
		"load-balancer-attributes: deletion_protection.enabled=maybe": {true, "GW5022 GW5032"},
	} {
		w := newWorld(t, Options{}, classYAML, webYAML)
		o := objectsOf(t, ing("web", annotations, to("/")))[0].(*networkingv1.Ingress)
		o.DeletionTimestamp = &metav1.Time{Time: time.Unix(1, 0)}
		w.Objects.Put(o)
		u := w.group("shop/web")
		if served := u.Model != nil; served != want.served || codes(u.Diagnostics) != want.codes {
			t.Errorf("%s: served = %v, %v", annotations, served, u.Diagnostics)
		}
	}
}

// Whatever stands in annotations, a build ends, and a mistake in one Ingress does not reach the next.
func TestAnyTextInAnnotationsLeavesTheOtherMemberServed(t *testing.T) {
	keys := alb.Registry().All()
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld(t, Options{}, classYAML, webYAML, ing("ok", "group.name: g\ngroup.order: \"-1000\"", to("/ok")))
		odd := objectsOf(t, ing("odd", "group.name: g", to("/odd")))[0].(*networkingv1.Ingress)
		odd.Spec.Rules[0].HTTP.Paths[0].Backend.Service.Port = networkingv1.ServiceBackendPort{Name: "use-annotation"}
		for range rapid.IntRange(1, 6).Draw(r, "annotations") {
			e := rapid.SampledFrom(keys).Draw(r, "key").Declaration()
			if e == alb.GroupName.Declaration() || e == alb.IngressClass.Declaration() {
				continue
			}
			name := e.Suffix
			if e.IsFamily() {
				name += rapid.SampledFrom([]string{"web", "web.80", "HTTP-80", "x"}).Draw(r, "member")
			}
			odd.Annotations[alb.Prefix+name] = rapid.OneOf(rapid.String(), rapid.Just(e.Example), rapid.StringMatching(`[\[{"a-z:,0-9}\]=]{0,12}`)).Draw(r, "value")
		}
		w.Objects.Put(odd)
		u := w.group("g")
		w.b.Build(w.Input, "alb/ingress/shop/odd")
		if u.Model == nil {
			r.Fatalf("nothing is served: %v", u.Diagnostics)
		}
		for _, l := range u.Model.LoadBalancers[0].Listeners {
			if l.Port == 80 && l.Protocol == "HTTP" && len(l.Rules) > 0 && !strings.HasPrefix(ruleText(&l), "/ok,/ok/*") {
				r.Fatalf("the first rule is another: %s", ruleText(&l))
			}
		}
	})
}
