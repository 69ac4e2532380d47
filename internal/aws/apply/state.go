package apply

import (
	"fmt"
	"slices"

	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/aws/observe"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/plan"
)

// State is what is known of a stack.
type State struct {
	// Model is what was observed, in the words of the desired model.
	Model *model.Model
	// IDs are the AWS ids behind the IDs of the model. What the model knows by its AWS id has no entry.
	plan.IDs
	Handles observe.Handles
	// Shown is what AWS made up for load balancers, by ARN.
	Shown map[string]observe.Shown
}

// Adopt makes the state of an observed stack.
func Adopt(desired *model.Model, o *observe.Stack) *State {
	a := plan.Adopt(desired, o.Model)
	return &State{Model: a.Model, IDs: a.IDs, Handles: o.Handles, Shown: o.Shown}
}

// Readopt pairs the state with another desired model: IDs that changed their meaning follow their resources.
func (s *State) Readopt(desired *model.Model) {
	*s = *Adopt(desired, &observe.Stack{Model: s.raw(), Handles: s.Handles, Shown: s.Shown})
}

// raw is the model with the ids of AWS.
func (s *State) raw() *model.Model { return plan.Rename(s.Model, s.IDs) }

// show makes the model show an operation that AWS accepted. Targets are no part of it: they are kept by whoever registers them.
func (s *State) show(op plan.Operation) error {
	if op.Call == plan.RegisterTargets || op.Call == plan.DeregisterTargets {
		return nil
	}
	if err := plan.Effect(s.Model, op); err != nil {
		return disproved{err}
	}
	return nil
}

// disproved is an error of ours: AWS accepted what it had to refuse, were it as the state shows it. The state is wrong.
type disproved struct{ cause error }

func (d disproved) Error() string {
	return "AWS accepted what it was expected to refuse: " + d.cause.Error()
}

// Class makes it a matter of looking again and of trying again later.
func (disproved) Class() awserr.Class { return awserr.Transient }

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

// listener is a listener's place in AWS, and its ARN.
func (s *State) listener(lb string, key plan.ListenerKey) (observe.ListenerAt, string) {
	at := observe.At(s.LoadBalancer(lb), key.Port, key.Protocol)
	return at, s.Handles.Listeners[at]
}

// have is the listener that an operation names, as it is; nil for none.
func (s *State) have(op plan.Operation) *model.Listener {
	lb := s.lb(op.LoadBalancer)
	if lb == nil {
		return nil
	}
	place := observe.At("", op.Listener.Port, op.Listener.Protocol)
	for i := range lb.Listeners {
		if l := &lb.Listeners[i]; observe.At("", l.Port, l.Protocol) == place {
			return l
		}
	}
	return nil
}

// transforms says whether the rule that an operation names has any, as it is.
func (s *State) transforms(op plan.Operation) bool {
	l := s.have(op)
	return l != nil && slices.ContainsFunc(l.Rules, func(r model.Rule) bool { return r.Priority == op.Priority && len(r.Transforms) > 0 })
}

// rule is the ARN of a rule.
func (s *State) rule(at observe.RuleAt) (string, error) {
	arn, ok := s.Handles.Rules[at]
	if !ok {
		return "", fmt.Errorf("no rule is known at priority %d", at.Priority)
	}
	return arn, nil
}
