package controller

import (
	"cmp"
	"maps"
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/build/binding"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
	"github.com/gwanmun/gwanmun/internal/status"
)

// stackView is all that the work on one stack needs to know, as it was at one moment.
type stackView struct {
	// desired has the targets that there are now: those of new groups are registered before any rule leads there, all
	// others travel through the bindings. It is nil when the stack is to go, and when nothing can be said yet.
	desired *model.Model
	// waiting says that the build lacks answers about AWS, or that one of them could not be had: what is built without it
	// may leave out members that are served now.
	waiting bool
	members []stackMember
	// leaving carry the stack's finalizer and have no part in it any more. undecided carry it too, but a mistake keeps
	// their class from being known.
	leaving, undecided []client.Object
	// bindings are those labelled as the stack's, by name.
	bindings map[objects.Name]*elbv2.TargetGroupBinding
	// named are the bindings that have the names of the desired target groups, whoever made them.
	named map[objects.Name]*elbv2.TargetGroupBinding
	// elsewhere are those of leaving that some other unit serves now: their status belongs to that one.
	elsewhere map[objects.Key]bool
}

// stackMember is an object that the stack serves.
type stackMember struct {
	object       client.Object
	loadBalancer string
	ports        []status.Port
	accepted     bool
}

// gone says that nobody wants the stack any more.
func (v *stackView) gone() bool { return len(v.members) == 0 }

// stack takes a view of a stack.
func (w *world) stack(id StackID) stackView {
	w.mu.RLock()
	defer w.mu.RUnlock()
	v := stackView{
		bindings: map[objects.Name]*elbv2.TargetGroupBinding{}, named: map[objects.Name]*elbv2.TargetGroupBinding{},
		elsewhere: map[objects.Key]bool{},
	}
	active := map[objects.Key]bool{}
	if u := w.state.Unit(id.unit()); u != nil {
		v.desired, v.waiting = w.withTargets(u.Model), len(u.Missing) > 0 || w.unanswered(u)
		for i := range u.Members {
			m := &u.Members[i]
			if o := w.object(m.Object); o != nil {
				active[m.Object] = true
				v.members = append(v.members, stackMember{
					object: o, loadBalancer: m.LoadBalancer, ports: portsOf(u.Model, m), accepted: m.Accepted,
				})
			}
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(w.carriers[id]), compareKeys) {
		o := w.object(k)
		switch {
		case o == nil || active[k]:
		case o.GetDeletionTimestamp() == nil && w.undecided(k):
			v.undecided = append(v.undecided, o)
		default:
			v.leaving = append(v.leaving, o)
			v.elsewhere[k] = w.servedElsewhere(k, id)
		}
	}
	set := w.state.Objects()
	for n := range w.bindings[id] {
		if b := set.TargetGroupBinding(n); b != nil {
			v.bindings[n] = b
		}
	}
	if v.desired != nil {
		for i := range v.desired.TargetGroups {
			if n, ok := bindingName(&v.desired.TargetGroups[i]); ok {
				v.named[n] = set.TargetGroupBinding(n)
			}
		}
	}
	return v
}

// unanswered says whether a question of a build could not be answered. The lock is held.
func (w *world) unanswered(u *build.Unit) bool {
	return slices.ContainsFunc(u.Asked, func(q lookup.Question) bool { return w.answers[q].Err != "" })
}

// object finds an Ingress, Service or other object that loops write about; nil when there is none. The lock is held.
func (w *world) object(k objects.Key) client.Object {
	set := w.state.Objects()
	switch k.Kind {
	case objects.KindIngress:
		if o := set.Ingress(k.Name); o != nil {
			return o
		}
	case objects.KindService:
		if o := set.Service(k.Name); o != nil {
			return o
		}
	case objects.KindTargetGroupBinding:
		if o := set.TargetGroupBinding(k.Name); o != nil {
			return o
		}
	}
	return nil
}

// undecided says whether a mistake keeps the class of an Ingress from being known. What AWS holds for it stays: an
// IngressClass that is missing for a moment must not take load balancers down. The lock is held.
func (w *world) undecided(k objects.Key) bool {
	for _, u := range w.unitsAbout(k) {
		for i := range u.Diagnostics {
			d := &u.Diagnostics[i]
			if d.Object == k.Object() && isClassMistake(d.Code) {
				return true
			}
		}
	}
	return false
}

func isClassMistake(code diag.Code) bool {
	return slices.Contains([]diag.Code{
		diag.ClassMissing.Code, diag.ClassDefaults.Code, diag.ClassParamsKind.Code, diag.ClassParamsMissing.Code,
		diag.ClassNamespace.Code,
	}, code)
}

// servedElsewhere says whether an object is a member of another unit that serves it. The lock is held.
func (w *world) servedElsewhere(k objects.Key, not StackID) bool {
	for _, u := range w.unitsAbout(k) {
		if u.Key == not.unit() {
			continue
		}
		if slices.ContainsFunc(u.Members, func(m build.Member) bool { return m.Object == k && m.LoadBalancer != "" }) {
			return true
		}
	}
	return false
}

// portsOf are the ports of a member with the protocols of the listeners there.
func portsOf(m *model.Model, of *build.Member) []status.Port {
	var out []status.Port
	for _, port := range of.Ports {
		tcp, udp := false, false
		if m != nil {
			for i := range m.LoadBalancers {
				for j := range m.LoadBalancers[i].Listeners {
					if l := &m.LoadBalancers[i].Listeners[j]; m.LoadBalancers[i].ID == of.LoadBalancer && l.Port == port {
						tcp = tcp || l.Protocol != model.UDP
						udp = udp || l.Protocol == model.UDP || l.Protocol == model.TCPUDP
					}
				}
			}
		}
		if tcp || !udp {
			out = append(out, status.Port{Number: port})
		}
		if udp {
			out = append(out, status.Port{Number: port, UDP: true})
		}
	}
	return out
}

// withTargets is a model with the targets of its groups as they are now. The lock is held.
func (w *world) withTargets(m *model.Model) *model.Model {
	if m == nil {
		return nil
	}
	current := *m
	current.TargetGroups = slices.Clone(m.TargetGroups)
	for i := range current.TargetGroups {
		if tg := &current.TargetGroups[i]; tg.Binding != nil {
			tg.Targets = binding.Targets(w.state.Objects(), tg)
		}
	}
	return &current
}

func compareKeys(a, b objects.Key) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), a.Name.Compare(b.Name))
}

// exists says whether an object that something is remembered about is there. The lock is held.
func (w *world) exists(k objects.Key) bool { return !served(k.Kind) || w.object(k) != nil }

// served says whether events or statuses are written about objects of a kind.
func served(k objects.Kind) bool {
	return k == objects.KindIngress || k == objects.KindService || k == objects.KindTargetGroupBinding
}
