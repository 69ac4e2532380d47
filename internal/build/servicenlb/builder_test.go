package servicenlb

import (
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gwanmun/gwanmun/internal/annotation/nlb"
	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/objects"
)

func TestWhichServicesAreOurs(t *testing.T) {
	class := func(name string) func(*corev1.Service) {
		return func(s *corev1.Service) { s.Spec.LoadBalancerClass = &name }
	}
	notes := func(kind, target string) func(*corev1.Service) {
		return func(s *corev1.Service) {
			s.Spec.LoadBalancerClass = nil
			s.Annotations = map[string]string{nlb.Prefix + nlb.Type.Suffix: kind}
			if target != "" {
				s.Annotations[nlb.Prefix+nlb.TargetType.Suffix] = target
			}
		}
	}
	clusterIP := func(s *corev1.Service) { notes("nlb-ip", "")(s); s.Spec.Type = corev1.ServiceTypeClusterIP }
	deleted := func(s *corev1.Service) { s.DeletionTimestamp = &metav1.Time{Time: time.Unix(0, 0)} }
	for name, c := range map[string]struct {
		options Options
		change  func(*corev1.Service)
		want    bool
		codes   string
	}{
		"our class":                    {Options{}, class("service.k8s.aws/nlb"), true, ""},
		"another class":                {Options{}, class("example.com/x"), false, ""},
		"another class by flag":        {Options{LoadBalancerClass: "example.com/x"}, class("example.com/x"), true, ""},
		"no class":                     {Options{}, notes("", ""), false, ""},
		"an empty class":               {Options{}, class(""), false, ""},
		"nlb-ip":                       {Options{}, notes("nlb-ip", ""), true, ""},
		"nlb":                          {Options{}, notes("nlb", "ip"), false, ""},
		"external and ip":              {Options{}, notes("external", "ip"), true, ""},
		"external and instance":        {Options{}, notes("external", "instance"), true, ""},
		"external and anything else":   {Options{}, notes("external", "pod"), false, "GW5501"},
		"of type ClusterIP":            {Options{}, clusterIP, true, ""},
		"load balancers only":          {Options{LoadBalancersOnly: true}, clusterIP, false, ""},
		"load balancers only, of type": {Options{LoadBalancersOnly: true}, class("service.k8s.aws/nlb"), true, ""},
		"deleted":                      {Options{}, deleted, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			svc := service(t, "web", "", "")
			c.change(svc)
			w := newWorld(c.options, svc)
			u := w.unit("web")
			if got := len(u.Members) > 0 && u.Model != nil; got != c.want || codes(u.Diagnostics) != c.codes {
				t.Errorf("want %v (%s), got %+v", c.want, c.codes, u)
			}
			listed := w.b.Units(w.Input)
			if concerned := c.want || c.codes != ""; slices.Contains(listed, "nlb/service/shop/web") != concerned || len(listed) > 1 {
				t.Errorf("units: %v", listed)
			}
		})
	}
}

func TestNothingIsBuiltUntilTheCloudHasAnswered(t *testing.T) {
	answers := cloudOf()
	w := newWorld(Options{}, service(t, "web", "", ""))
	for _, want := range []lookup.Question{
		lookup.LoadBalancerOf(lookup.ServiceStacks, "shop/web"), {Kind: lookup.Subnets, Scheme: "internal"},
	} {
		given := map[lookup.Question]lookup.Answer{}
		if want.Kind == lookup.Subnets {
			given[lookup.LoadBalancerOf(lookup.ServiceStacks, "shop/web")] = lookup.Answer{}
		}
		w.Lookups = lookup.NewTable(given)
		u := w.unit("web")
		if u.Model != nil || len(u.Missing) != 1 || u.Missing[0] != want || len(u.Diagnostics) > 0 {
			t.Fatalf("want the question %v, got %+v", want, u)
		}
		if len(u.Members) != 1 || !u.Members[0].Accepted {
			t.Errorf("a Service that waits is not a faulty one, nor one to be taken down: %+v", u.Members)
		}
	}
	answers[lookup.LoadBalancerOf(lookup.ServiceStacks, "shop/web")] = lookup.Answer{Err: "throttled"}
	w.Lookups = lookup.NewTable(answers)
	if u := w.unit("web"); u.Model != nil || codes(u.Diagnostics) != "GW6001" || len(u.Members) != 1 || u.Members[0].Accepted {
		t.Errorf("a failed lookup: %+v", u)
	}
}

func TestMembersSayWhatTheStatusNeeds(t *testing.T) {
	w := newWorld(Options{}, service(t, "web", "", "ports: [{name: b, port: 443, nodePort: 30443}, {name: a, port: 80, nodePort: 30080}]"))
	m := w.unit("web").Members[0]
	if m.Object != (objects.Key{Kind: objects.KindService, Name: objects.Name{Namespace: "shop", Name: "web"}}) ||
		m.LoadBalancer != "nlb/shop/web" || !m.Accepted || !slices.Equal(m.Ports, []int32{80, 443}) {
		t.Errorf("got %+v", m)
	}
	w.Objects.Put(service(t, "web", "aws-load-balancer-scheme: wrong", ""))
	if m := w.unit("web").Members[0]; m.Accepted || len(m.Ports) > 0 {
		t.Errorf("faulty: got %+v", m)
	}
}

// JSON may write the letter "o" as \u006f: what an annotation names is followed all the same.
func TestServicesThatAnActionNamesAreFollowed(t *testing.T) {
	action := `actions.TCP-80: '{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"NAME","servicePort":80}]}}'`
	for name, want := range map[string]bool{"other": true, `\u006fther`: true, "third": false} {
		w := newWorld(Options{}, service(t, "web", strings.Replace(action, "NAME", name, 1), ""))
		got := w.b.UnitsOf(w.Input, objects.Key{Kind: objects.KindService, Name: objects.Name{Namespace: "shop", Name: "other"}})
		if slices.Contains(got, "nlb/service/shop/web") != want {
			t.Errorf("%s: got %v", name, got)
		}
		if got := w.b.UnitsOf(w.Input, objects.Key{Kind: objects.KindService, Name: objects.Name{Namespace: "x", Name: "other"}}); len(got) > 0 {
			t.Errorf("actions do not cross namespaces: %v", got)
		}
	}
}

func TestMoreListenersThanALoadBalancerTakes(t *testing.T) {
	svc := service(t, "web", "", "ports: []")
	for i := range int32(maxListeners + 2) {
		svc.Spec.Ports = append(svc.Spec.Ports, corev1.ServicePort{Port: 100 + i, NodePort: 30000 + i})
	}
	u := newWorld(Options{}, svc).unit("web")
	if len(u.Model.LoadBalancers[0].Listeners) != maxListeners || codes(u.Diagnostics) != "GW5526 GW5526" {
		t.Errorf("%d listeners, %s", len(u.Model.LoadBalancers[0].Listeners), codes(u.Diagnostics))
	}
}
