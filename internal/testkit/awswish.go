package testkit

import (
	"maps"
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/aws"
	"github.com/gwanmun/gwanmun/internal/build/binding"
	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/model"
)

// stackOf is the stack that a unit is realized as; false for units that AWS has no part in.
func stackOf(unit string) (aws.StackID, bool) {
	if name, ok := strings.CutPrefix(unit, "alb/group/"); ok {
		return aws.StackID{Controller: lookup.IngressStacks, Name: name}, true
	}
	name, ok := strings.CutPrefix(unit, "nlb/service/")
	return aws.StackID{Controller: lookup.ServiceStacks, Name: name}, ok
}

// wish is what one stack should be. A nil model means that it is to go.
type wish struct {
	id    aws.StackID
	model *model.Model
}

// wishes are the stacks of a world and those that were wanted before, in the order of their names. Stacks that nothing can be
// said about, because all members are faulty or a lookup fails, are left as they are.
func (p *awsPath) wishes(w *world) []wish {
	for _, u := range w.state.Units() {
		if id, ok := stackOf(u.Key); ok {
			p.stacks[u.Key] = id
		}
	}
	var gone, out []wish
	for _, key := range slices.Sorted(maps.Keys(p.stacks)) {
		u := w.state.Unit(key)
		switch {
		case u == nil || len(u.Members) == 0:
			gone = append(gone, wish{id: p.stacks[key]})
		case u.Model == nil || len(u.Missing) > 0:
		default:
			m := p.ids.model(u.Model)
			for i := range m.TargetGroups {
				g := &m.TargetGroups[i]
				if g.Binding != nil {
					g.Targets = binding.Targets(w.state.Objects(), g)
				}
				for j := range g.Targets {
					g.Targets[j].ID = p.ids.make(g.Targets[j].ID)
				}
			}
			out = append(out, wish{p.stacks[key], m})
		}
	}
	return append(gone, out...)
}
