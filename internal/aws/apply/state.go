package apply

import (
	"slices"

	"github.com/gwanmun/gwanmun/internal/aws/observe"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/plan"
)

// State is what is known of a stack.
type State struct {
	// Model is what was observed, in the words of the desired model.
	Model *model.Model
	// LoadBalancers, TargetGroups and SecurityGroups are the AWS ids behind the IDs of the model. What the model knows by
	// its AWS id has no entry.
	LoadBalancers  map[string]string
	TargetGroups   map[string]string
	SecurityGroups map[string]string
	Handles        observe.Handles
	// Shown is what AWS made up for load balancers, by ARN.
	Shown map[string]observe.Shown
}

// NewState is the state of a stack that owns nothing.
func NewState() *State {
	return &State{
		Model: &model.Model{}, LoadBalancers: map[string]string{}, TargetGroups: map[string]string{}, SecurityGroups: map[string]string{},
		Handles: observe.NewHandles(), Shown: map[string]observe.Shown{},
	}
}

// Adopt makes the state of an observed stack. The ids of an adoption are shared among kinds of resources, so each kind takes
// those that its own resources carry.
func Adopt(desired *model.Model, o *observe.Stack) *State {
	a := plan.Adopt(desired, o.Model)
	s := NewState()
	s.Model, s.Handles, s.Shown = a.Model, o.Handles, o.Shown
	for i := range a.Model.LoadBalancers {
		s.LoadBalancers[a.Model.LoadBalancers[i].ID] = o.Model.LoadBalancers[i].ID
	}
	for i := range a.Model.TargetGroups {
		s.TargetGroups[a.Model.TargetGroups[i].ID] = o.Model.TargetGroups[i].ID
	}
	for i := range a.Model.SecurityGroups {
		s.SecurityGroups[a.Model.SecurityGroups[i].ID] = o.Model.SecurityGroups[i].ID
	}
	return s
}

// Readopt pairs the state with another desired model: IDs that changed their meaning follow their resources.
func (s *State) Readopt(desired *model.Model) {
	raw := s.raw()
	next := Adopt(desired, &observe.Stack{Model: raw, Handles: s.Handles, Shown: s.Shown})
	*s = *next
}

// raw is the model with the ids of AWS.
func (s *State) raw() *model.Model {
	out := &model.Model{
		LoadBalancers: slices.Clone(s.Model.LoadBalancers), TargetGroups: slices.Clone(s.Model.TargetGroups),
		SecurityGroups: slices.Clone(s.Model.SecurityGroups),
	}
	for i := range out.SecurityGroups {
		g := &out.SecurityGroups[i]
		g.ID = s.group(g.ID)
		g.Ingress = slices.Clone(g.Ingress)
		for j := range g.Ingress {
			g.Ingress[j].SecurityGroup = s.group(g.Ingress[j].SecurityGroup)
		}
	}
	for i := range out.TargetGroups {
		out.TargetGroups[i].ID = s.targetGroup(out.TargetGroups[i].ID)
	}
	for i := range out.LoadBalancers {
		lb := &out.LoadBalancers[i]
		lb.ID = s.loadBalancer(lb.ID)
		lb.SecurityGroups = slices.Clone(lb.SecurityGroups)
		for j := range lb.SecurityGroups {
			lb.SecurityGroups[j] = s.group(lb.SecurityGroups[j])
		}
		lb.Listeners = slices.Clone(lb.Listeners)
		for j := range lb.Listeners {
			l := &lb.Listeners[j]
			l.DefaultActions = s.rawActions(l.DefaultActions)
			l.Rules = slices.Clone(l.Rules)
			for k := range l.Rules {
				l.Rules[k].Actions = s.rawActions(l.Rules[k].Actions)
			}
		}
	}
	return out
}

func (s *State) rawActions(list []model.Action) []model.Action {
	out := slices.Clone(list)
	for i := range out {
		if out[i].Forward == nil {
			continue
		}
		f := *out[i].Forward
		f.TargetGroups = slices.Clone(f.TargetGroups)
		for j := range f.TargetGroups {
			f.TargetGroups[j].TargetGroup = s.targetGroup(f.TargetGroups[j].TargetGroup)
		}
		out[i].Forward = &f
	}
	return out
}

// loadBalancer, targetGroup and group are the AWS ids behind IDs; an ID that is one already stays.
func (s *State) loadBalancer(id string) string { return orSelf(s.LoadBalancers, id) }
func (s *State) targetGroup(id string) string  { return orSelf(s.TargetGroups, id) }
func (s *State) group(id string) string        { return orSelf(s.SecurityGroups, id) }

func orSelf(ids map[string]string, id string) string {
	if known, ok := ids[id]; ok {
		return known
	}
	return id
}

// Part is the state as a sweep will show it: what the digest is made of.
func (s *State) Part() observe.Part {
	raw := s.raw()
	return observe.Part{LoadBalancers: raw.LoadBalancers, TargetGroups: raw.TargetGroups, SecurityGroups: raw.SecurityGroups, Shown: s.Shown}
}

// Empty says whether the stack owns nothing.
func (s *State) Empty() bool { return s.Part().Empty() }

func (s *State) lb(id string) *model.LoadBalancer {
	for i := range s.Model.LoadBalancers {
		if s.Model.LoadBalancers[i].ID == id {
			return &s.Model.LoadBalancers[i]
		}
	}
	return nil
}

func (s *State) tg(id string) *model.TargetGroup {
	for i := range s.Model.TargetGroups {
		if s.Model.TargetGroups[i].ID == id {
			return &s.Model.TargetGroups[i]
		}
	}
	return nil
}

func (s *State) sg(id string) *model.SecurityGroup {
	for i := range s.Model.SecurityGroups {
		if s.Model.SecurityGroups[i].ID == id {
			return &s.Model.SecurityGroups[i]
		}
	}
	return nil
}

// listener finds a listener of the model and its place in AWS.
func (s *State) listener(lb string, key plan.ListenerKey) (*model.Listener, observe.ListenerAt, string) {
	at := observe.At(s.loadBalancer(lb), key.Port, key.Protocol)
	arn := s.Handles.Listeners[at]
	if have := s.lb(lb); have != nil {
		for i := range have.Listeners {
			l := &have.Listeners[i]
			if observe.At(at.LoadBalancer, l.Port, l.Protocol) == at {
				return l, at, arn
			}
		}
	}
	return nil, at, arn
}

func ruleAt(l *model.Listener, priority int32) *model.Rule {
	if l == nil {
		return nil
	}
	for i := range l.Rules {
		if l.Rules[i].Priority == priority {
			return &l.Rules[i]
		}
	}
	return nil
}

// withAttributes is a list with some of its values replaced or added.
func withAttributes(list, changes []model.Attribute) []model.Attribute {
	out := slices.Clone(list)
	for _, c := range changes {
		if i := slices.IndexFunc(out, func(a model.Attribute) bool { return a.Key == c.Key }); i >= 0 {
			out[i] = c
		} else {
			out = append(out, c)
		}
	}
	return out
}

func withTags(list, changes []model.Tag) []model.Tag {
	out := slices.Clone(list)
	for _, c := range changes {
		if i := slices.IndexFunc(out, func(t model.Tag) bool { return t.Key == c.Key }); i >= 0 {
			out[i] = c
		} else {
			out = append(out, c)
		}
	}
	return out
}

func withoutTags(list, gone []model.Tag) []model.Tag {
	return slices.DeleteFunc(slices.Clone(list), func(t model.Tag) bool {
		return slices.ContainsFunc(gone, func(g model.Tag) bool { return g.Key == t.Key })
	})
}
