package compile

import (
	"bytes"
	"slices"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// group is a target group with its handle and the ways in which units describe it: normally one.
type group struct {
	variants []groupVariant
	handle   exchange.Group
}

// groupVariant is one way to describe a target group, and how many units do.
type groupVariant struct {
	print print
	group *model.TargetGroup
	units int
}

// chosen is the description in effect: the one with the lowest fingerprint, so that the order of changes does not matter.
func (g *group) chosen() *groupVariant { return &g.variants[0] }

// with returns a changed copy: by is 1 for a unit that comes, -1 for one that goes.
func (g *group) with(p print, tg *model.TargetGroup, by int) *group {
	out := &group{}
	if g != nil {
		out.variants, out.handle = slices.Clone(g.variants), g.handle
	}
	i, found := slices.BinarySearchFunc(out.variants, p, func(v groupVariant, p print) int {
		return bytes.Compare(v.print[:], p[:])
	})
	if !found {
		if by < 0 {
			return out
		}
		out.variants = slices.Insert(out.variants, i, groupVariant{print: p, group: tg})
	}
	if out.variants[i].units += by; out.variants[i].units == 0 {
		out.variants = slices.Delete(out.variants, i, i+1)
	}
	return out
}

// countGroups adds a unit's target groups, or takes them away.
func (e *edit) countGroups(m *model.Model, by int) {
	for i := range m.TargetGroups {
		tg := &m.TargetGroups[i]
		settings := *tg
		settings.Targets = nil
		have, _ := e.groups.Get(tg.ID)
		if _, seen := e.changedGroups[tg.ID]; !seen {
			e.changedGroups[tg.ID] = have
		}
		e.groups.Set(tg.ID, have.with(printOf(settings), tg, by))
	}
}

// settleGroups asks for the handles of groups that are new or described otherwise than before.
func (e *edit) settleGroups() (dropped []string) {
	for _, id := range sortedKeys(e.changedGroups) {
		was := e.changedGroups[id]
		g, _ := e.groups.Get(id)
		if len(g.variants) == 0 {
			e.groups.Delete(id)
			if was != nil {
				dropped = append(dropped, id)
			}
			continue
		}
		e.report(g.diags(id)...)
		if was == nil || len(was.variants) == 0 || was.chosen().print != g.chosen().print {
			settled := *g
			if e.deps.Group != nil {
				settled.handle = e.deps.Group(g.chosen().group)
			}
			e.groups.Set(id, &settled)
		}
	}
	return dropped
}

// diags says when units disagree about a group.
func (g *group) diags(id string) []diag.Diagnostic {
	if len(g.variants) < 2 {
		return nil
	}
	return []diag.Diagnostic{diag.New(diag.TargetGroupDiffers, diag.Object{Kind: "TargetGroup", Name: id}, "",
		diag.A("group", id), diag.A("count", len(g.variants)))}
}

// handle returns a group's handle, nil when it is unknown.
func (e *edit) handle(id string) exchange.Group {
	if g, ok := e.groups.Get(id); ok {
		return g.handle
	}
	return nil
}
