package cloud

import (
	"context"
	"time"

	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/aws/targets"
	"github.com/gwanmun/gwanmun/internal/controller"
	"github.com/gwanmun/gwanmun/internal/model"
)

// leftPause is when targets that a limit has left out are tried again.
const leftPause = time.Minute

// Register makes a group's targets those that are wanted.
func (c *Cloud) Register(ctx context.Context, want controller.Registration) (controller.Registered, error) {
	w := targets.Want{
		ARN: want.ARN, Targets: want.Targets, Changing: want.Changing, Max: want.Max, Shared: want.MultiCluster, Recheck: want.Recheck,
	}
	if err := c.locate(ctx, want, &w); err != nil {
		return controller.Registered{}, classified(err)
	}
	if w.Shared {
		if err := c.share(ctx, want, &w); err != nil {
			return controller.Registered{}, err
		}
	}
	registrar := c.registrarOf(want)
	out, err := registrar.Reconcile(ctx, w)
	r := controller.Registered{Changes: len(out.Registered) + len(out.Deregistered), Left: len(out.Left)}
	if err != nil {
		return r, classified(err)
	}
	if w.Shared {
		if err := c.own.Store(ctx, want.Binding, textsOf(out.Own)); err != nil {
			return r, err
		}
	}
	if len(out.Left) > 0 {
		r.RequeueAfter = leftPause
	}
	if !want.Health {
		return r, nil
	}
	health, err := registrar.Health(ctx, want.ARN, want.Targets)
	if err != nil {
		return r, classified(err)
	}
	r.Healthy = map[controller.Place]bool{}
	for _, h := range health {
		r.Healthy[controller.Place{ID: h.Target.ID, Port: h.Target.Port}] = h.Healthy()
	}
	return r, nil
}

// locate says in which VPC the target group is, when that is not the cluster's.
func (c *Cloud) locate(ctx context.Context, want controller.Registration, w *targets.Want) error {
	if want.Type != model.TargetIP || want.VPC == "" && want.RoleARN == "" {
		return nil
	}
	ours, err := c.resolver.VPC(ctx)
	switch {
	case err != nil:
		return err
	case want.VPC == ours: // also when another account shares it
	case want.RoleARN != "":
		w.AllZones = true // the role need not be allowed to look at networks
	default:
		w.VPC = want.VPC
	}
	return nil
}

// Clean takes out what a binding has brought.
func (c *Cloud) Clean(ctx context.Context, last controller.Registration) error {
	if last.ARN != "" {
		var own []model.Target
		if last.MultiCluster {
			var err error
			if own, err = c.ownTargets(ctx, last.Binding); err != nil {
				return err
			}
		}
		err := c.registrarOf(last).Clean(ctx, last.ARN, last.MultiCluster, own)
		if err != nil && !awserr.Is(err, "ValidationError") { // what is no ARN at all never had targets
			return classified(err)
		}
		if last.MultiCluster {
			if err := c.own.Delete(ctx, last.Binding); err != nil {
				return err
			}
		}
	}
	return classified(c.network.Withdraw(ctx, last.Binding.String()))
}
