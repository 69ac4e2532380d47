package controller

import (
	"maps"
	"slices"
	"strings"
	"sync"

	elbv2 "github.com/gwanmun/gwanmun/api/elbv2/v1beta1"
	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/build/binding"
	"github.com/gwanmun/gwanmun/internal/kube"
	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/objects"
	corev1 "k8s.io/api/core/v1"
)

// world is what all loops look at: the objects, the units built from them, and who carries which finalizer. The build loop
// writes it; the others take what they need under the read lock, as values that are not changed afterwards.
type world struct {
	mu    sync.RWMutex
	state *build.State
	// carriers are the objects that carry the finalizer of a stack, bindings the TargetGroupBindings labelled with it.
	carriers map[StackID]map[objects.Key]struct{}
	bindings map[StackID]map[objects.Name]struct{}
	// byGroup are the TargetGroupBindings by the ARN of their target group.
	byGroup map[string]map[objects.Name]struct{}
	// failClosed takes nothing of unknown state as a target, even when there is nothing else.
	failClosed bool
	answers    map[lookup.Question]lookup.Answer
	// units are the keys of the units that an object is a member of, or that have something to say about it; subjects is
	// the same by unit.
	units    map[objects.Key]map[string]struct{}
	subjects map[string]map[objects.Key]struct{}
	built    bool
}

func newWorld(builders ...build.Builder) *world {
	return &world{
		state: build.NewState(
			build.Input{Objects: objects.NewSet(), Lookups: lookup.NewTable(nil)}, binding.Targets, builders...),
		carriers: map[StackID]map[objects.Key]struct{}{}, bindings: map[StackID]map[objects.Name]struct{}{},
		byGroup: map[string]map[objects.Name]struct{}{}, answers: map[lookup.Question]lookup.Answer{},
		units: map[objects.Key]map[string]struct{}{}, subjects: map[string]map[objects.Key]struct{}{},
	}
}

func newEffect() effect {
	return effect{
		stacks: map[StackID]struct{}{}, bindings: map[objects.Name]struct{}{}, told: map[objects.Key]struct{}{},
		before: map[objects.Key]part{}, nodes: map[objects.Name]corev1.ConditionStatus{},
	}
}

// effect is what a change led to.
type effect struct {
	build.Result
	// stacks are those that carriers and labels of changed objects name, before or after the change.
	stacks map[StackID]struct{}
	// bindings are TargetGroupBindings whose targets, or whose own objects, changed.
	bindings map[objects.Name]struct{}
	// objects are the changed and deleted objects themselves; told are those that units have something else to say about.
	objects []objects.Key
	told    map[objects.Key]struct{}
	// before is the part that changed objects had in stacks.
	before map[objects.Key]part
	// nodes are those that changed, with how ready they were; turned says that one of them is more or less ready than it was.
	nodes  map[objects.Name]corev1.ConditionStatus
	turned bool
}

// apply takes a batch in.
func (w *world) apply(b kube.Batch) effect {
	w.mu.Lock()
	defer w.mu.Unlock()
	e := newEffect()
	for _, c := range b.Changes {
		k := keyOf(c)
		e.objects = append(e.objects, k)
		w.note(k, false, &e)
	}
	if b.First {
		for _, c := range b.Changes {
			w.state.Objects().Put(c.Put)
		}
		e.Result = w.state.Rebuild()
		w.built = true
	} else {
		e.Result = w.state.Apply(b.Changes...)
	}
	for _, k := range e.objects {
		w.note(k, true, &e)
	}
	w.noteNodes(&e)
	w.follow(&e)
	return e
}

func keyOf(c build.Change) objects.Key {
	if c.Put == nil {
		return c.Delete
	}
	k, _ := objects.KeyOf(c.Put)
	return k
}

// setAnswers builds again what asked for an answer that is another now.
func (w *world) setAnswers(answers map[lookup.Question]lookup.Answer) effect {
	w.mu.Lock()
	defer w.mu.Unlock()
	e := newEffect()
	w.answers = answers
	e.Result = w.state.SetLookups(lookup.NewTable(answers))
	w.follow(&e)
	return e
}

// part is what decides whether a change of an object concerns stacks: what it carries, and whether it is going. A new
// status concerns none.
type part struct {
	there, going bool
	generation   int64
	stacks       []StackID
}

func (p part) same(q part) bool {
	return p.there == q.there && p.going == q.going && p.generation == q.generation && slices.Equal(p.stacks, q.stacks)
}

// partOf is an object's part in stacks, as the set is now.
func (w *world) partOf(k objects.Key) part {
	o := w.object(k)
	if o == nil {
		return part{}
	}
	p := part{there: true, going: o.GetDeletionTimestamp() != nil, stacks: stacksOf(k, o)}
	if k.Kind == objects.KindTargetGroupBinding {
		p.generation = o.GetGeneration()
		if id, ok := stackOfLabels(o.GetLabels()); ok {
			p.stacks = []StackID{id}
		}
	}
	return p
}

// note takes an object's finalizers and labels out of the indexes before a change, or puts them in after it, and notes
// which bindings the object has a part in.
func (w *world) note(k objects.Key, present bool, e *effect) {
	w.noteBindings(k, present, e)
	if !served(k.Kind) {
		return
	}
	p := w.partOf(k)
	for _, id := range p.stacks {
		if k.Kind == objects.KindTargetGroupBinding {
			setIn(w.bindings, id, k.Name, present)
		} else {
			setIn(w.carriers, id, k, present)
		}
	}
	if !present {
		e.before[k] = p
		return
	}
	before := e.before[k]
	if before.same(p) {
		return
	}
	for _, id := range slices.Concat(before.stacks, p.stacks) {
		gained := before.there && !p.going && !slices.Contains(before.stacks, id)
		if gained && w.isMember(id, k) {
			continue // it is the finalizer that work on the stack has put there
		}
		e.stacks[id] = struct{}{}
	}
}

// isMember says whether an object has a part in a stack as it is built now.
func (w *world) isMember(id StackID, k objects.Key) bool {
	u := w.state.Unit(id.unit())
	return u != nil && slices.ContainsFunc(u.Members, func(m build.Member) bool { return m.Object == k })
}

// noteBindings notes the bindings whose targets, or whose own objects, a change of the object may concern, before the change
// and after it.
func (w *world) noteBindings(k objects.Key, present bool, e *effect) {
	set := w.state.Objects()
	switch k.Kind {
	case objects.KindService:
		addAll(e.bindings, set.BindingsOfService(k.Name))
	case objects.KindEndpointSlice:
		if service, ok := set.ServiceOfSlice(k.Name); ok {
			addAll(e.bindings, set.BindingsOfService(service))
		}
	case objects.KindPod:
		for _, gate := range gatesOf(set.Pod(k.Name)) {
			e.bindings[objects.Name{Namespace: k.Namespace, Name: gate}] = struct{}{}
		}
	case objects.KindNode:
		now := binding.Readiness(set.Node(k.Name.Name))
		e.turned = e.turned || present && e.nodes[k.Name] != now
		e.nodes[k.Name] = now
	case objects.KindTargetGroupBinding:
		e.bindings[k.Name] = struct{}{}
		if b := set.TargetGroupBinding(k.Name); b != nil && b.Spec.TargetGroupARN != "" {
			setIn(w.byGroup, b.Spec.TargetGroupARN, k.Name, present)
			for other := range w.byGroup[b.Spec.TargetGroupARN] {
				e.bindings[other] = struct{}{} // which of them may fill the group may have changed
			}
		}
	}
}

// noteNodes notes the bindings that changes of nodes concern: those of nodes, and those of pods when it may be that pods which
// are not ready begin or cease to be targets.
func (w *world) noteNodes(e *effect) {
	if len(e.nodes) == 0 {
		return
	}
	for _, b := range w.state.Objects().TargetGroupBindings() {
		if e.turned || b.Spec.TargetType != elbv2.TargetTypeIP {
			e.bindings[objects.Name{Namespace: b.Namespace, Name: b.Name}] = struct{}{}
		}
	}
}

// follow notes which objects the changed units have a say about.
func (w *world) follow(e *effect) {
	for _, key := range e.Removed {
		w.aboutUnit(key, nil, e)
	}
	for _, u := range e.Changed {
		w.aboutUnit(u.Key, u, e)
	}
	for k := range e.told {
		for _, id := range w.partOf(k).stacks {
			if served(k.Kind) && !w.isMember(id, k) {
				e.stacks[id] = struct{}{} // what kept the stack from letting it go may be what has changed
			}
		}
	}
}

// aboutUnit replaces what is known of the objects that a unit is about.
func (w *world) aboutUnit(key string, u *build.Unit, e *effect) {
	for k := range w.subjects[key] {
		e.told[k] = struct{}{}
		setIn(w.units, k, key, false)
	}
	delete(w.subjects, key)
	for k := range aboutOf(u) {
		e.told[k] = struct{}{}
		setIn(w.units, k, key, true)
		setIn(w.subjects, key, k, true)
	}
}

// aboutOf are the objects that a unit serves or has something to say about.
func aboutOf(u *build.Unit) map[objects.Key]struct{} {
	out := map[objects.Key]struct{}{}
	if u == nil {
		return out
	}
	for _, m := range u.Members {
		out[m.Object] = struct{}{}
	}
	for i := range u.Diagnostics {
		o := &u.Diagnostics[i].Object
		out[objects.Key{Kind: objects.Kind(o.Kind), Name: objects.Name{Namespace: o.Namespace, Name: o.Name}}] = struct{}{}
	}
	return out
}

// unitsAbout lists the units that an object is a member of or is told something by, by key.
func (w *world) unitsAbout(k objects.Key) []*build.Unit {
	var out []*build.Unit
	for _, key := range slices.Sorted(maps.Keys(w.units[k])) {
		if u := w.state.Unit(key); u != nil {
			out = append(out, u)
		}
	}
	return out
}

// everything lists all stacks that are wanted or that some object still carries the finalizer of.
func (w *world) everything() []StackID {
	w.mu.RLock()
	defer w.mu.RUnlock()
	all := map[StackID]struct{}{}
	for _, u := range w.state.Units() {
		if id, ok := stackOfUnit(u.Key); ok {
			all[id] = struct{}{}
		}
	}
	for id := range w.carriers {
		all[id] = struct{}{}
	}
	for id := range w.bindings {
		all[id] = struct{}{}
	}
	return slices.SortedFunc(maps.Keys(all), func(a, b StackID) int { return strings.Compare(a.String(), b.String()) })
}

func setIn[K, V comparable](m map[K]map[V]struct{}, k K, v V, present bool) {
	if present {
		if m[k] == nil {
			m[k] = map[V]struct{}{}
		}
		m[k][v] = struct{}{}
		return
	}
	delete(m[k], v)
	if len(m[k]) == 0 {
		delete(m, k)
	}
}

func addAll(to map[objects.Name]struct{}, names []objects.Name) {
	for _, n := range names {
		to[n] = struct{}{}
	}
}
