package build

import (
	"maps"
	"reflect"
	"slices"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// TargetsFunc finds the targets of a group; build/binding has the only one. It is passed in because binding is a room
// below this one.
type TargetsFunc func(set *objects.Set, group *model.TargetGroup) []model.Target

// State keeps the units of all classes up to date while objects change one by one. What a change costs is the units that
// the object takes part in; a change of endpoints alone costs a new list of targets and no build at all.
//
// State is not safe for concurrent use: one loop owns it.
type State struct {
	input    Input
	builders []Builder
	targets  TargetsFunc
	units    map[string]*Unit
	// builtBy finds the builder of each unit.
	builtBy map[string]Builder
	groups  map[string]*boundGroup
	// byService finds the groups that a Service's endpoints feed.
	byService map[objects.Name]map[string]struct{}
}

// boundGroup is a target group of one or more units. All units that have it agree on it: its settings come from the
// Service and the object that refers to it first, never from the unit.
type boundGroup struct {
	group *model.TargetGroup
	units map[string]struct{}
}

// Change is one object that was put or deleted.
type Change struct {
	// Put is the new object, or nil when Delete names what is gone.
	Put    any
	Delete objects.Key
}

// Result says what a change led to.
type Result struct {
	// Changed are the units that are new or different, by key; units that were built again with the same outcome are not
	// among them.
	Changed []*Unit
	// Removed are the keys of units that are gone.
	Removed []string
	// Targets are new target lists of groups whose units did not change, by group.
	Targets []GroupTargets
	// Built counts the units that were built.
	Built int
}

// GroupTargets is the new list of a target group's targets.
type GroupTargets struct {
	Group   string
	Targets []model.Target
}

// NewState makes a state without units; Rebuild fills it.
func NewState(in Input, targets TargetsFunc, builders ...Builder) *State {
	return &State{
		input:     in,
		builders:  builders,
		targets:   targets,
		units:     map[string]*Unit{},
		builtBy:   map[string]Builder{},
		groups:    map[string]*boundGroup{},
		byService: map[objects.Name]map[string]struct{}{},
	}
}

// Objects is the set that the state builds from. Change it through Apply only, except before Rebuild.
func (s *State) Objects() *objects.Set { return s.input.Objects }

// Rebuild builds every unit.
func (s *State) Rebuild() Result {
	dirty := map[string]Builder{}
	for key := range s.units {
		dirty[key] = nil
	}
	for _, b := range s.builders {
		for _, key := range b.Units(s.input) {
			dirty[key] = b
		}
	}
	return s.build(dirty, nil)
}

// SetLookups replaces the answers and builds the units again that asked for one that is another now.
func (s *State) SetLookups(t *lookup.Table) Result {
	old := s.input.Lookups
	s.input.Lookups = t
	changed := map[lookup.Question]bool{}
	dirty := map[string]Builder{}
	for key, u := range s.units {
		for _, q := range u.Asked {
			if _, compared := changed[q]; !compared {
				changed[q] = !t.Same(old, q)
			}
			if changed[q] {
				dirty[key] = s.builtBy[key]
			}
		}
	}
	return s.build(dirty, nil)
}

// Apply puts and deletes objects and builds what they touch.
func (s *State) Apply(changes ...Change) Result {
	dirty := map[string]Builder{}
	groups := map[string]struct{}{}
	for _, c := range changes {
		key := c.Delete
		if c.Put != nil {
			k, ok := objects.KeyOf(c.Put)
			if !ok {
				continue
			}
			key = k
		}
		s.touch(key, dirty, groups)
		if c.Put != nil {
			s.input.Objects.Put(c.Put)
		} else {
			s.input.Objects.Delete(key)
		}
		s.touch(key, dirty, groups)
	}
	return s.build(dirty, groups)
}

// touch adds the units that an object takes part in, and the groups whose targets it feeds.
func (s *State) touch(k objects.Key, dirty map[string]Builder, groups map[string]struct{}) {
	for _, b := range s.builders {
		for _, unit := range b.UnitsOf(s.input, k) {
			dirty[unit] = b
		}
	}
	switch k.Kind {
	case objects.KindEndpointSlice:
		if service, ok := s.input.Objects.ServiceOfSlice(k.Name); ok {
			maps.Copy(groups, s.byService[service])
		}
	case objects.KindNode:
		for id, g := range s.groups {
			if g.group.Binding.TargetType == model.TargetInstance {
				groups[id] = struct{}{}
			}
		}
	}
}

// build builds the dirty units and refreshes the targets of groups that no changed unit brought along.
func (s *State) build(dirty map[string]Builder, groups map[string]struct{}) Result {
	var r Result
	fresh := map[string]struct{}{}
	for _, key := range slices.Sorted(maps.Keys(dirty)) {
		var u Unit
		if b := dirty[key]; b != nil {
			u = b.Build(s.input, key)
			r.Built++
		}
		s.keep(key, &u, &r, fresh)
		if s.units[key] == nil {
			delete(s.builtBy, key)
		} else {
			s.builtBy[key] = dirty[key]
		}
	}
	for _, id := range slices.Sorted(maps.Keys(groups)) {
		g, ok := s.groups[id]
		if _, done := fresh[id]; done || !ok {
			continue
		}
		s.retarget(g, s.targets(s.input.Objects, g.group), &r)
	}
	return r
}

// keep stores a unit that was built and notes what changed.
func (s *State) keep(key string, u *Unit, r *Result, fresh map[string]struct{}) {
	old := s.units[key]
	if u.empty() {
		if old != nil {
			s.unbind(key, old.Model)
			delete(s.units, key)
			r.Removed = append(r.Removed, key)
		}
		return
	}
	if old != nil && sameUnit(old, u) {
		// Only targets can differ; they go to the groups that exist already.
		for i := range groupsOf(u.Model) {
			tg := &u.Model.TargetGroups[i]
			if g := s.groups[tg.ID]; g != nil {
				s.retarget(g, tg.Targets, r)
				fresh[tg.ID] = struct{}{}
			}
		}
		return
	}
	if old != nil {
		s.unbind(key, old.Model)
	}
	s.units[key] = u
	s.bind(key, u.Model, fresh)
	r.Changed = append(r.Changed, u)
}

func (s *State) retarget(g *boundGroup, targets []model.Target, r *Result) {
	if slices.Equal(g.group.Targets, targets) {
		return
	}
	changed := *g.group
	changed.Targets = targets
	g.group = &changed
	r.Targets = append(r.Targets, GroupTargets{Group: changed.ID, Targets: targets})
}

func groupsOf(m *model.Model) []model.TargetGroup {
	if m == nil {
		return nil
	}
	return m.TargetGroups
}

func (s *State) bind(key string, m *model.Model, fresh map[string]struct{}) {
	for i := range groupsOf(m) {
		tg := &m.TargetGroups[i]
		if tg.Binding == nil {
			continue
		}
		g := s.groups[tg.ID]
		if g == nil {
			g = &boundGroup{units: map[string]struct{}{}}
			s.groups[tg.ID] = g
		}
		g.group = tg
		g.units[key] = struct{}{}
		service := objects.Name{Namespace: tg.Binding.Namespace, Name: tg.Binding.Service}
		if s.byService[service] == nil {
			s.byService[service] = map[string]struct{}{}
		}
		s.byService[service][tg.ID] = struct{}{}
		fresh[tg.ID] = struct{}{}
	}
}

func (s *State) unbind(key string, m *model.Model) {
	for i := range groupsOf(m) {
		g := s.groups[m.TargetGroups[i].ID]
		if g == nil {
			continue
		}
		delete(g.units, key)
		if len(g.units) > 0 {
			continue
		}
		b := g.group.Binding
		service := objects.Name{Namespace: b.Namespace, Name: b.Service}
		delete(s.byService[service], g.group.ID)
		if len(s.byService[service]) == 0 {
			delete(s.byService, service)
		}
		delete(s.groups, g.group.ID)
	}
}

// empty says whether the unit stands for nothing.
func (u *Unit) empty() bool {
	return u.Model == nil && len(u.Diagnostics) == 0 && len(u.Members) == 0 && len(u.Missing) == 0
}

// sameUnit compares two units without their targets.
func sameUnit(a, b *Unit) bool {
	x, y := *a, *b
	x.Model, y.Model = withoutTargets(a.Model), withoutTargets(b.Model)
	return reflect.DeepEqual(x, y)
}

func withoutTargets(m *model.Model) *model.Model {
	if m == nil {
		return nil
	}
	bare := *m
	bare.TargetGroups = slices.Clone(m.TargetGroups)
	for i := range bare.TargetGroups {
		bare.TargetGroups[i].Targets = nil
	}
	return &bare
}

// Units lists all units by key.
func (s *State) Units() []*Unit {
	out := make([]*Unit, 0, len(s.units))
	for _, key := range slices.Sorted(maps.Keys(s.units)) {
		out = append(out, s.units[key])
	}
	return out
}

// Unit finds a unit; nil when there is none.
func (s *State) Unit(key string) *Unit { return s.units[key] }

// Model joins the models of all units, with current targets. It costs the whole cluster: checks, explain and tests use
// it, the serving loops never do.
func (s *State) Model() *model.Model {
	var parts []*model.Model
	for _, u := range s.Units() {
		if u.Model != nil {
			parts = append(parts, u.Model)
		}
	}
	m := model.Merge(parts...)
	for i := range m.TargetGroups {
		if g := s.groups[m.TargetGroups[i].ID]; g != nil {
			m.TargetGroups[i].Targets = g.group.Targets
		}
	}
	return m
}

// Diagnostics joins those of all units, sorted, without repeats.
func (s *State) Diagnostics() []diag.Diagnostic {
	var c diag.Collector
	for _, u := range s.Units() {
		c.Append(u.Diagnostics...)
	}
	return c.Sorted()
}

// Missing joins the open questions of all units, sorted, without repeats.
func (s *State) Missing() []lookup.Question {
	var m lookup.Missing
	for _, u := range s.units {
		for _, q := range u.Missing {
			m.Add(q)
		}
	}
	return m.Sorted()
}
