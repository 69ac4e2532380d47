package controller

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/build/ingressnginx"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/kube"
	"github.com/gwanmun/gwanmun/internal/objects"
	"github.com/gwanmun/gwanmun/internal/proxy"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
)

// buildLoop takes changes in, builds, serves class nginx and tells the other loops what there is to do. It is the only one
// that changes the world, but for answers about AWS.
func (c *Controller) buildLoop(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var failed error
	err := c.source()(ctx, func(b kube.Batch) {
		e := c.world.apply(b)
		c.serve(e.Result)
		if b.First {
			if failed = c.open(); failed != nil {
				stop()
				return
			}
		}
		c.spread(e)
		if b.First {
			c.markReady()
		}
	})
	if failed != nil {
		return failed
	}
	return err
}

// source is where changes of objects come from.
func (c *Controller) source() Source {
	if c.o.Source != nil {
		return c.o.Source
	}
	return func(ctx context.Context, deliver func(kube.Batch)) error { return kube.Watch(ctx, c.o.Watch, deliver) }
}

// serve hands units and targets of class nginx to the proxy.
func (c *Controller) serve(r build.Result) {
	n := c.o.Nginx
	if n == nil {
		return
	}
	var changed []compile.Unit
	for _, u := range r.Changed {
		if strings.HasPrefix(u.Key, unitsNginx) {
			m := u.Model
			if m != nil && n.Visible != nil {
				m = n.Visible(m)
			}
			changed = append(changed, compile.Unit{Key: u.Key, Model: m})
		}
	}
	var removed []string
	for _, key := range r.Removed {
		if strings.HasPrefix(key, unitsNginx) {
			removed = append(removed, key)
		}
	}
	if len(changed)+len(removed) > 0 {
		for _, d := range n.Proxy.Apply(changed, removed) {
			if d.Level == diag.Error {
				c.o.Logger.Warn("serving class nginx", "diagnostic", d.String())
			}
		}
	}
	for _, t := range r.Targets {
		n.Proxy.SetTargets(t.Group, t.Targets) // a group that the proxy does not know is one of AWS
	}
}

// open opens the sockets of class nginx. Nothing is reachable before the first build is served, so that no request is
// answered with 404 only because the controller has just started.
func (c *Controller) open() error {
	n := c.o.Nginx
	if n == nil {
		return nil
	}
	http, https := n.Build.HTTPPort, n.Build.HTTPSPort
	defaults := ingressnginx.DefaultOptions()
	if http == 0 {
		http = defaults.HTTPPort
	}
	if https == 0 {
		https = defaults.HTTPSPort
	}
	err := n.Proxy.Place([]proxy.Placement{
		{LoadBalancer: ingressnginx.LoadBalancer, Port: http, Address: n.HTTP},
		{LoadBalancer: ingressnginx.LoadBalancer, Port: https, Address: n.HTTPS},
	})
	if err != nil {
		return fmt.Errorf("opening the ports of class nginx: %w", err)
	}
	return nil
}

// spread tells the other loops what a change led to.
func (c *Controller) spread(e effect) {
	c.metrics.built.Add(float64(e.Built))
	for _, key := range e.Removed {
		if id, ok := stackOfUnit(key); ok {
			e.stacks[id] = struct{}{}
		}
	}
	for _, u := range e.Changed {
		if id, ok := stackOfUnit(u.Key); ok {
			e.stacks[id] = struct{}{}
		}
	}
	for id := range e.stacks {
		c.stacks.add(id)
	}
	for n := range e.bindings {
		c.bindings.add(n)
	}
	for k := range e.told {
		c.cloudObjects.add(k)
		c.nginxObjects.add(k)
	}
	open := slices.ContainsFunc(e.Changed, func(u *build.Unit) bool { return len(u.Missing) > 0 })
	c.world.mu.RLock()
	for _, k := range e.objects {
		if !c.world.exists(k) {
			c.events.Forget(k)
			c.checkpoints.forget(k)
		} else if k.Kind == objects.KindIngress {
			c.nginxObjects.add(k) // its status may have been changed by somebody else
		}
		if n := c.o.Nginx; n != nil && k.Kind == objects.KindService && k.Name == n.PublishService {
			wake(c.publish.woken)
		}
	}
	c.world.mu.RUnlock()
	if open {
		wake(c.questions)
	}
}

// wake leaves a signal unless there is one already.
func wake(signal chan struct{}) {
	select {
	case signal <- struct{}{}:
	default:
	}
}
