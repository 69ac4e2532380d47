package cloud

import (
	"context"

	"github.com/gwanmun/gwanmun/internal/aws"
	"github.com/gwanmun/gwanmun/internal/controller"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/plan"
)

var _ controller.Planner = (*Cloud)(nil)

// Plan says what Realize would do, and does nothing.
func (c *Cloud) Plan(ctx context.Context, id controller.StackID, desired *model.Model) (plan.Plan, error) {
	return c.realizer.Plan(ctx, aws.StackID{Controller: id.Controller, Name: id.Name}, desired)
}
