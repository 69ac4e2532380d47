package plan

import (
	"slices"

	"github.com/gwanmun/gwanmun/internal/model"
)

func (p *planner) targetGroups() {
	id := func(g *model.TargetGroup) string { return g.ID }
	match(p.desired.TargetGroups, p.observed.TargetGroups, id, func(want, have *model.TargetGroup) {
		switch {
		case have == nil:
			p.do(Operation{Call: CreateTargetGroup, TargetGroup: want.ID, WantTargetGroup: want, Tags: want.Tags})
			p.targets(want, nil)
			p.attributes(Operation{Call: ModifyTargetGroupAttributes, TargetGroup: want.ID}, want.Attributes, nil)
		case want == nil:
			p.remove(Operation{Call: DeleteTargetGroup, TargetGroup: have.ID})
		default:
			if !sameHealthCheck(want.HealthCheck, have.HealthCheck) {
				p.do(Operation{Call: ModifyTargetGroup, TargetGroup: want.ID, WantTargetGroup: want})
			}
			if !p.options.TargetsOfNewOnly {
				p.targets(want, have.Targets)
			}
			p.attributes(Operation{Call: ModifyTargetGroupAttributes, TargetGroup: want.ID}, want.Attributes, have.Attributes)
			p.tags(Operation{TargetGroup: want.ID}, want.Tags, have.Tags)
		}
	})
}

// targets registers what is missing and, at the end, deregisters what is too much. A target is its id and port.
func (p *planner) targets(want *model.TargetGroup, have []model.Target) {
	same := func(list []model.Target) func(model.Target) bool {
		return func(t model.Target) bool {
			return slices.ContainsFunc(list, func(u model.Target) bool { return u.ID == t.ID && u.Port == t.Port })
		}
	}
	if add := slices.DeleteFunc(slices.Clone(want.Targets), same(have)); len(add) > 0 {
		p.do(Operation{Call: RegisterTargets, TargetGroup: want.ID, Targets: add})
	}
	if drop := slices.DeleteFunc(slices.Clone(have), same(want.Targets)); len(drop) > 0 {
		p.remove(Operation{Call: DeregisterTargets, TargetGroup: want.ID, Targets: drop})
	}
}
