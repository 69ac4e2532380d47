package local

import (
	"maps"
	"reflect"
	"slices"

	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	corev1 "k8s.io/api/core/v1"

	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/build/binding"
	"github.com/gwanmun/gwanmun/internal/build/ingressalb"
	"github.com/gwanmun/gwanmun/internal/build/ingressnginx"
	"github.com/gwanmun/gwanmun/internal/build/servicenlb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/manifest"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// Classes are the settings of the classes that are served.
type Classes struct {
	// IngressClass is the value of the class annotation, and the assumed name, of class nginx; "nginx" when empty.
	IngressClass string
	// WatchWithoutClass gives Ingresses without any class to class nginx.
	WatchWithoutClass bool
	// ServedHTTPPort and ServedHTTPSPort are where class nginx's ports 80 and 443 are served; 0 when not known.
	ServedHTTPPort, ServedHTTPSPort int32
	// ClusterName is part of the names of AWS resources; "local" when empty.
	ClusterName string
	// ConfigMap holds the settings of class nginx; when empty, the one that has its usual name.
	ConfigMap objects.Name
}

// engine turns loads of manifests into units: the part of the file mode that check and explain need as well as serve.
type engine struct {
	classes Classes
	nodes   []standInNode
	cloud   *cloud
	secrets clientSecrets
	nginx   *ingressnginx.Builder
	state   *build.State
	loaded  *manifest.Loaded
	// have is what the state's set holds, manifests and stand-ins.
	have map[objects.Key]metav1.Object
	// diags are those of the last update but for the state's own.
	diags []diag.Diagnostic
}

// endpointMaker turns places into EndpointSlices, starting what they lead to or not.
type endpointMaker func(places []place, into *diag.Collector) []*discoveryv1.EndpointSlice

func newEngine(c Classes, nodes []standInNode, certs *certificates) (*engine, error) {
	if c.IngressClass == "" {
		c.IngressClass = "nginx"
	}
	if c.ClusterName == "" {
		c.ClusterName = "local"
	}
	fallback, err := certs.get("default", "gwanmun.local")
	if err != nil {
		return nil, err
	}
	w := newCloud(certs)
	nginx := ingressnginx.New(ingressnginx.Options{
		IngressClass: c.IngressClass, WatchWithoutClass: c.WatchWithoutClass, EnableSSLPassthrough: true,
		SelfMade: model.Certificate{Hosts: []string{"gwanmun.local"}, Chain: fallback.chain, Key: fallback.key},
	})
	e := &engine{classes: c, nodes: nodes, cloud: w, nginx: nginx, have: map[objects.Key]metav1.Object{}}
	e.state = build.NewState(
		build.Input{Objects: objects.NewSet(), Lookups: w.table()}, binding.Targets, nginx,
		ingressalb.New(ingressalb.Options{ClusterName: c.ClusterName}),
		servicenlb.New(servicenlb.Options{ClusterName: c.ClusterName}),
	)
	return e, nil
}

// update takes a new load in and says what changed in the units.
func (e *engine) update(l *manifest.Loaded, endpoints endpointMaker) build.Result {
	first := e.loaded == nil
	e.loaded = l
	var c diag.Collector
	c.Append(l.Diagnostics...)
	e.cloud.prepare(l, &c)
	e.secrets.take(l)
	want := make(map[objects.Key]metav1.Object, len(l.Objects))
	for _, o := range l.Objects {
		if _, ok := objects.KeyOf(o.Value); ok {
			want[o.Key] = o.Value
		}
	}
	e.addClasses(want, &c)
	e.tellClassless(want, &c)
	e.addNodes(want, &c)
	checkKeys(l, &c)
	another := e.nginx.UseConfigMap(e.classes.chooseConfigMap(want, &c))
	for _, s := range endpoints(standIns(l, e.nodesInUse(want), &c), &c) {
		add(want, objects.Key{Kind: objects.KindEndpointSlice, Name: objects.Name{Namespace: s.Namespace, Name: s.Name}}, s)
	}
	r := e.state.SetLookups(e.cloud.table())
	if changes := e.changes(want); first {
		for _, change := range changes {
			e.state.Objects().Put(change.Put)
		}
		r = e.state.Rebuild()
	} else {
		r = join(r, e.state.Apply(changes...))
		if another {
			r = join(r, e.state.Rebuild())
		}
	}
	for range 3 { // a question may lead to another one, but not for ever
		if !e.cloud.answer(e.state.Missing()) {
			break
		}
		r = join(r, e.state.SetLookups(e.cloud.table()))
	}
	e.secrets.tell(e.state.Units(), &c)
	e.diags = c.Sorted()
	return r
}

// changes lists what to put and delete so that the set holds what is wanted.
func (e *engine) changes(want map[objects.Key]metav1.Object) []build.Change {
	var gone, other []objects.Key // few, as a rule: only these are sorted
	for k := range e.have {
		if _, ok := want[k]; !ok {
			gone = append(gone, k)
		}
	}
	for k, o := range want {
		if old, ok := e.have[k]; !ok || old != o && !reflect.DeepEqual(old, o) {
			other = append(other, k)
		}
	}
	slices.SortFunc(gone, compareKeys)
	slices.SortFunc(other, compareKeys)
	out := make([]build.Change, 0, len(gone)+len(other))
	for _, k := range gone {
		out = append(out, build.Change{Delete: k})
		delete(e.have, k)
	}
	for _, k := range other {
		out = append(out, build.Change{Put: want[k]})
		e.have[k] = want[k]
	}
	return out
}

// addClasses stands in for the IngressClasses that an installation would have brought: those of the two classes, when an
// Ingress names one and the manifests do not hold it.
func (e *engine) addClasses(want map[objects.Key]metav1.Object, into *diag.Collector) {
	for name, controller := range map[string]string{
		e.classes.IngressClass: ingressnginx.DefaultOptions().ControllerClass, "alb": ingressalb.Controller,
	} {
		key := objects.Key{Kind: objects.KindIngressClass, Name: objects.Name{Name: name}}
		if _, ok := want[key]; ok {
			continue
		}
		used := false
		for k, o := range want {
			if ing, ok := o.(*networkingv1.Ingress); ok && ing.Spec.IngressClassName != nil && *ing.Spec.IngressClassName == name {
				used = true
				into.Add(diag.ClassAssumed, k.Object(), "spec.ingressClassName", diag.A("class", name), diag.A("controller", controller))
			}
		}
		if used {
			want[key] = &networkingv1.IngressClass{
				ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{managedBy: "true"}},
				Spec:       networkingv1.IngressClassSpec{Controller: controller},
			}
		}
	}
}

// tellClassless says which Ingresses are served although they name no class. Those with the mistaken annotation are left
// to the builder, which says it in its own words.
func (e *engine) tellClassless(want map[objects.Key]metav1.Object, into *diag.Collector) {
	if !e.classes.WatchWithoutClass {
		return
	}
	for k, o := range want {
		ing, ok := o.(*networkingv1.Ingress)
		if !ok || ing.Spec.IngressClassName != nil {
			continue
		}
		_, annotated := ing.Annotations["kubernetes.io/ingress.class"]
		_, mistaken := ing.Annotations["spec.ingressClassName"]
		if !annotated && !mistaken {
			into.Add(diag.LocalClassless, k.Object(), "spec", diag.A("class", e.classes.IngressClass))
		}
	}
}

// addNodes adds the stand-in nodes unless the manifests hold nodes.
func (e *engine) addNodes(want map[objects.Key]metav1.Object, into *diag.Collector) {
	used := false
	for k, o := range want {
		if k.Kind == objects.KindNode {
			return
		}
		s, ok := o.(*corev1.Service)
		used = used || ok && len(s.Spec.Ports) > 0 && s.Spec.Ports[0].NodePort != 0
	}
	for _, n := range e.nodes {
		want[objects.Key{Kind: objects.KindNode, Name: objects.Name{Name: n.name}}] = n.object()
	}
	if used {
		into.Add(diag.LocalNodes, diag.Object{Kind: "File mode"}, "", diag.A("count", len(e.nodes)))
	}
}

// nodesInUse are the stand-in nodes when they are in the set.
func (e *engine) nodesInUse(want map[objects.Key]metav1.Object) []standInNode {
	var out []standInNode
	for _, n := range e.nodes {
		if o, ok := want[objects.Key{Kind: objects.KindNode, Name: objects.Name{Name: n.name}}]; ok && o.GetLabels()[managedBy] != "" {
			out = append(out, n)
		}
	}
	return out
}

// add adds an object unless the manifests hold one of that name.
func add(want map[objects.Key]metav1.Object, k objects.Key, o metav1.Object) {
	if _, ok := want[k]; !ok {
		want[k] = o
	}
}

// join puts two results one after the other.
func join(a, b build.Result) build.Result {
	changed := map[string]*build.Unit{}
	removed := map[string]bool{}
	targets := map[string]build.GroupTargets{}
	for _, r := range []build.Result{a, b} {
		for _, u := range r.Changed {
			changed[u.Key] = u
			delete(removed, u.Key)
		}
		for _, key := range r.Removed {
			removed[key] = true
			delete(changed, key)
		}
		for _, t := range r.Targets {
			targets[t.Group] = t
		}
	}
	out := build.Result{Built: a.Built + b.Built, Removed: slices.Sorted(maps.Keys(removed))}
	for _, key := range slices.Sorted(maps.Keys(changed)) {
		out.Changed = append(out.Changed, changed[key])
	}
	for _, group := range slices.Sorted(maps.Keys(targets)) {
		out.Targets = append(out.Targets, targets[group])
	}
	return out
}

// diagnostics are all that the last update led to, with the places in the files.
func (e *engine) diagnostics() []diag.Diagnostic {
	var c diag.Collector
	c.Append(e.loaded.Locate(e.diags)...)
	c.Append(e.loaded.Locate(e.state.Diagnostics())...)
	return c.Sorted()
}

// openQuestions are those that nothing here answers; there are none unless a builder asks something new.
func (e *engine) openQuestions() []lookup.Question { return e.state.Missing() }

// planned makes EndpointSlices without starting anything, for check and explain: stand-ins get the addresses that they
// would have.
func planned(l loopback) endpointMaker {
	return func(places []place, _ *diag.Collector) []*discoveryv1.EndpointSlice {
		var out []*discoveryv1.EndpointSlice
		for i := range places {
			p := &places[i]
			if p.process.IsValid() {
				out = append(out, p.slice(p.process.Addr(), repeat(p.process.Port(), len(p.ports))))
				continue
			}
			ports := make([]uint16, len(p.ports))
			for j := range p.ports {
				ports[j] = uint16(p.ports[j].target)
			}
			out = append(out, p.slice(l.podAddress(p), ports))
		}
		return out
	}
}

func compareKeys(a, b objects.Key) int {
	if a.Kind != b.Kind {
		if a.Kind < b.Kind {
			return -1
		}
		return 1
	}
	return a.Name.Compare(b.Name)
}
