package controller

import (
	"context"
	"errors"
	"fmt"

	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/kube"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/plan"
)

// Planner says what bringing a stack in line with a model would take, and does nothing.
type Planner interface {
	Plan(ctx context.Context, id StackID, desired *model.Model) (plan.Plan, error)
}

// StackPlan is what a controller would do for one stack.
type StackPlan struct {
	Stack StackID
	Plan  plan.Plan
	// Untouched says why the stack would be left as it is; empty when Plan would be carried out.
	Untouched string
}

// Preview reads a cluster once and says what Run would do in AWS, stack by stack, and what it would tell users. It writes
// nothing, neither in AWS nor in the cluster. What is in overlay counts as if it were applied. Plans that cannot be made because
// AWS does not answer are an error: nobody is to take them for "nothing to do".
func Preview(ctx context.Context, o Options, planner Planner, overlay ...build.Change) ([]StackPlan, []diag.Diagnostic, error) {
	c, err := newController(o)
	if err != nil {
		return nil, nil, err
	}
	if err := c.readOnce(ctx); err != nil {
		return nil, nil, err
	}
	c.world.apply(kube.Batch{Changes: overlay})
	c.answerOpen(ctx)
	c.world.mu.RLock()
	diags := c.world.state.Diagnostics()
	c.world.mu.RUnlock()
	var out []StackPlan
	var errs []error
	unknown := 0
	for _, id := range c.world.everything() {
		v := c.world.stack(id)
		p := StackPlan{Stack: id}
		switch {
		case v.waiting:
			p.Untouched = "an answer about AWS is missing"
			unknown++
		case !v.gone() && v.desired == nil:
			p.Untouched = "none of its members can be built"
		case v.gone() && len(v.leaving) == 0:
			continue // nobody's
		default:
			if p.Plan, err = planner.Plan(ctx, id, v.desired); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", id, err))
				continue
			}
		}
		out = append(out, p)
	}
	if unknown > 0 {
		errs = append(errs, fmt.Errorf("%d of %d plans cannot be made: answers about AWS are missing", unknown, len(out)))
	}
	return out, diags, errors.Join(errs...)
}

// readOnce takes in what there is now.
func (c *Controller) readOnce(ctx context.Context) error {
	reading, done := context.WithCancel(ctx)
	defer done()
	err := c.source()(reading, func(b kube.Batch) {
		c.world.apply(b)
		if b.First {
			done()
		}
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return ctx.Err()
}
