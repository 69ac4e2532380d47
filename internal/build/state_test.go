package build

import (
	"slices"
	"testing"

	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// hostBuilder builds one unit per host, with one group per Service; enough to watch State at work.
type hostBuilder struct{ built []string }

func (b *hostBuilder) Units(in Input) []string { return in.Objects.Hosts() }

func (b *hostBuilder) UnitsOf(in Input, k objects.Key) []string {
	switch k.Kind {
	case objects.KindIngress:
		if ing := in.Objects.Ingress(k.Name); ing != nil {
			return objects.HostsOf(ing)
		}
	case objects.KindService:
		var out []string
		for _, n := range in.Objects.IngressesOfService(k.Name) {
			out = append(out, objects.HostsOf(in.Objects.Ingress(n))...)
		}
		return out
	}
	return nil
}

func (b *hostBuilder) Build(in Input, host string) Unit {
	b.built = append(b.built, host)
	u := Unit{Key: host}
	for _, n := range in.Objects.IngressesOfHost(host) {
		if u.Model == nil {
			u.Model = &model.Model{}
		}
		for _, svc := range objects.ServicesOf(in.Objects.Ingress(n)) {
			tg := model.TargetGroup{ID: svc.String(), Binding: &model.Binding{Namespace: svc.Namespace, Service: svc.Name}}
			tg.Targets = addresses(in.Objects, &tg)
			u.Model.TargetGroups = append(u.Model.TargetGroups, tg)
		}
	}
	return u
}

func addresses(set *objects.Set, g *model.TargetGroup) []model.Target {
	var out []model.Target
	for _, s := range set.EndpointSlicesOf(objects.Name{Namespace: g.Binding.Namespace, Name: g.Binding.Service}) {
		for _, e := range s.Endpoints {
			out = append(out, model.Target{ID: e.Addresses[0]})
		}
	}
	return out
}

func ingress(name, host, service string) *networkingv1.Ingress {
	return &networkingv1.Ingress{
		ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: name},
		Spec: networkingv1.IngressSpec{Rules: []networkingv1.IngressRule{{
			Host: host,
			IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{
				Paths: []networkingv1.HTTPIngressPath{{Backend: networkingv1.IngressBackend{
					Service: &networkingv1.IngressServiceBackend{Name: service},
				}}},
			}},
		}}},
	}
}

func slice(service, address string) *discoveryv1.EndpointSlice {
	return &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "ns", Name: service + "-1",
			Labels: map[string]string{discoveryv1.LabelServiceName: service},
		},
		Endpoints: []discoveryv1.Endpoint{{Addresses: []string{address}}},
	}
}

func newState(b *hostBuilder, objs ...any) *State {
	set := objects.NewSet()
	for _, o := range objs {
		set.Put(o)
	}
	s := NewState(Input{Objects: set}, addresses, b)
	s.Rebuild()
	b.built = nil
	return s
}

func TestAChangeBuildsOnlyWhatItTouches(t *testing.T) {
	b := &hostBuilder{}
	s := newState(b, ingress("a", "a.example", "web"), ingress("b", "b.example", "web"), ingress("c", "c.example", "other"))
	r := s.Apply(Change{Put: ingress("a", "d.example", "web")})
	if want := []string{"a.example", "d.example"}; !slices.Equal(b.built, want) {
		t.Errorf("built %v, want the host that was left and the host that was taken, %v", b.built, want)
	}
	if want := []string{"a.example"}; !slices.Equal(r.Removed, want) {
		t.Errorf("removed %v, want %v", r.Removed, want)
	}
}

func TestEndpointsNeverLeadToABuild(t *testing.T) {
	b := &hostBuilder{}
	s := newState(b, ingress("a", "a.example", "web"), slice("web", "10.0.0.1"))
	r := s.Apply(Change{Put: slice("web", "10.0.0.2")})
	if len(b.built) != 0 || r.Built != 0 || len(r.Changed) != 0 {
		t.Errorf("an endpoint change built %v", b.built)
	}
	if len(r.Targets) != 1 || r.Targets[0].Group != "ns/web" || r.Targets[0].Targets[0].ID != "10.0.0.2" {
		t.Errorf("want the new target of ns/web, got %+v", r.Targets)
	}
	if got := s.Model().TargetGroups[0].Targets[0].ID; got != "10.0.0.2" {
		t.Errorf("the joined model still has target %s", got)
	}
}

func TestAnEqualUnitIsNotAChange(t *testing.T) {
	b := &hostBuilder{}
	s := newState(b, ingress("a", "a.example", "web"))
	if r := s.Apply(Change{Put: ingress("a", "a.example", "web")}); len(r.Changed) != 0 || r.Built != 1 {
		t.Errorf("putting the same object again changed %d units and built %d", len(r.Changed), r.Built)
	}
}

func TestTargetsOfAGoneUnitAreForgotten(t *testing.T) {
	b := &hostBuilder{}
	s := newState(b, ingress("a", "a.example", "web"), slice("web", "10.0.0.1"))
	s.Apply(Change{Delete: objects.Key{Kind: objects.KindIngress, Name: objects.Name{Namespace: "ns", Name: "a"}}})
	if r := s.Apply(Change{Put: slice("web", "10.0.0.2")}); len(r.Targets) != 0 {
		t.Errorf("a group nobody has still gets targets: %+v", r.Targets)
	}
}
