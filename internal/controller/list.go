package controller

import (
	"cmp"
	"context"
	"sync"
)

// loop is one goroutine that runs for as long as the controller does. It ends with its context; an error ends the
// controller.
type loop struct {
	name string
	run  func(context.Context) error
}

// loops names every loop of a controller, in the order in which an object travels through them.
func (c *Controller) loops() []loop {
	out := []loop{
		// Objects come in, units are built, class nginx is served: in every replica.
		{"build", c.buildLoop},
		// Probes and metrics: in every replica.
		{"health", c.healthLoop},
	}
	if n := c.o.Nginx; n != nil && n.Keys != nil {
		// Keys are followed in every replica.
		out = append(out, loop{"keys", c.followKeysLoop})
		if n.NoStatus { // without statuses class nginx has no leader
			out = append(out, loop{"keys", func(ctx context.Context) error { c.rotateKeysLoop(ctx); return nil }})
		}
	}
	if c.o.Cloud != nil {
		out = append(out, loop{"aws", func(ctx context.Context) error {
			return c.whenLeader(ctx, leaseOf(c.o.Election, true), c.beginCloud, c.cloudLoops()...)
		}})
	}
	if c.o.Nginx != nil && !c.o.Nginx.NoStatus {
		out = append(out, loop{"nginx", func(ctx context.Context) error {
			return c.whenLeader(ctx, leaseOf(c.o.Election, false), func() {}, c.nginxLoops()...)
		}})
	}
	return out
}

// cloudLoops write to AWS and say so in Kubernetes: only under the leader.
func (c *Controller) cloudLoops() []func(context.Context) {
	return []func(context.Context){
		// Questions of builds are put to AWS.
		c.lookupLoop,
		// Stacks are realized; finalizers, bindings and addresses follow from that.
		func(ctx context.Context) { c.stacks.run(ctx, func() { c.stacks.add(c.world.everything()...) }) },
		// Bindings register targets and open readiness gates.
		func(ctx context.Context) { c.bindings.run(ctx, func() { c.bindings.add(c.world.bindingNames()...) }) },
		// Security groups are cleaned once every binding has said what it needs.
		c.hearingLoop,
		// What builds have to say becomes events.
		func(ctx context.Context) {
			c.cloudObjects.run(ctx, func() { c.cloudObjects.add(c.world.toldObjects()...) })
		},
		// Everything is looked at from time to time, though nothing changed.
		c.syncLoop,
	}
}

// beginCloud forgets what may have changed since this replica led last.
func (c *Controller) beginCloud() {
	c.o.Cloud.Realizer.Reset()
	c.checkpoints.reset()
	c.hearing.reset()
}

// nginxLoops write the addresses and events of class nginx: only under its leader.
func (c *Controller) nginxLoops() []func(context.Context) {
	out := []func(context.Context){
		func(ctx context.Context) {
			c.nginxObjects.run(ctx, func() { c.nginxObjects.add(c.world.toldObjects()...) })
		},
		// Where the proxy can be reached may change by itself.
		c.publish.loop,
	}
	if c.o.Nginx.Keys != nil {
		out = append(out, c.rotateKeysLoop)
	}
	return out
}

// whenLeader runs loops whenever this replica leads, and always when there is no election. They begin when the first
// build is done; begin is called before them each time.
func (c *Controller) whenLeader(ctx context.Context, lease string, begin func(), loops ...func(context.Context)) error {
	if !c.waitReady(ctx) {
		return nil
	}
	lead := func(ctx context.Context) {
		c.o.Logger.Info("leading", "lease", lease)
		c.metrics.leads.WithLabelValues(lease).Set(1)
		defer c.metrics.leads.WithLabelValues(lease).Set(0)
		begin()
		var running sync.WaitGroup
		for _, l := range loops {
			running.Go(func() { l(ctx) })
		}
		running.Wait()
	}
	if c.o.Election == nil {
		lead(ctx)
		return nil
	}
	return elect(ctx, c.o.Client, *c.o.Election, lease, lead)
}

func leaseOf(e *Election, cloud bool) string {
	if e == nil {
		e = &Election{}
	}
	if cloud {
		return cmp.Or(e.CloudLease, CloudLease)
	}
	return cmp.Or(e.NginxLease, NginxLease)
}
