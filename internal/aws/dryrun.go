package aws

import (
	"context"
	"slices"
	"time"

	"github.com/gwanmun/gwanmun/internal/aws/apply"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/plan"
)

// Plan says what Reconcile would do, and does nothing: it only reads. The shared security group is planned with the stack
// that would make it.
func (r *Realizer) Plan(ctx context.Context, id StackID, desired *model.Model) (plan.Plan, error) {
	w, err := r.prepare(ctx, desired)
	if err != nil {
		return plan.Plan{}, err
	}
	sweep, err := r.observer.Latest(ctx, r.observer.Mark(), time.Time{})
	if err != nil {
		return plan.Plan{}, err
	}
	var first []plan.Operation
	if w.backend != nil {
		group, err := r.findBackend(ctx, 0)
		if err != nil {
			return plan.Plan{}, err
		}
		if group != "" {
			w.useBackend(group)
		} else {
			first = append(first, plan.Operation{
				Call: plan.CreateSecurityGroup, SecurityGroup: w.backend.ID, WantSecurityGroup: w.backend, Tags: w.backend.Tags,
			})
		}
	}
	found, err := r.observer.Stack(ctx, sweep, id, w.desired())
	if err != nil {
		return plan.Plan{}, err
	}
	p := plan.Compare(w.model, apply.Adopt(w.model, found).Model, plan.Options{
		Policy: r.o.Policy, TargetsOfNewOnly: true, ForeignTags: r.o.ForeignTags,
	})
	p.Operations = slices.Concat(first, p.Operations)
	return p, nil
}
