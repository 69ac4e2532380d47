package controller

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/build/ingressalb"
	"github.com/gwanmun/gwanmun/internal/build/ingressnginx"
	"github.com/gwanmun/gwanmun/internal/objects"
	"github.com/gwanmun/gwanmun/internal/status"
)

// Controller is one running controller.
type Controller struct {
	o       Options
	world   *world
	events  *status.Recorder
	status  status.Writer
	metrics *metrics

	stacks   *queue[StackID]
	bindings *queue[objects.Name]
	// objects are Ingresses and Services whose events, and for class nginx whose addresses, are to be written.
	cloudObjects *queue[objects.Key]
	nginxObjects *queue[objects.Key]
	// questions has room for one signal: some build asked something new.
	questions   chan struct{}
	publish     *publisher
	checkpoints checkpoints
	hearing     *hearing

	// ready is closed when everything has been read and built for the first time; root is the context of run.
	ready chan struct{}
	root  context.Context //nolint:containedctx // only to ask whether the controller is stopping
}

// Run runs a controller until ctx ends, and then until what was under way is done. An error means that it cannot go on.
func Run(ctx context.Context, o Options) error {
	c, err := newController(o)
	if err != nil {
		return err
	}
	return c.run(ctx)
}

func newController(o Options) (*Controller, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	m, err := newMetrics(o.Registry)
	if err != nil {
		return nil, err
	}
	c := &Controller{
		o: o, metrics: m, questions: make(chan struct{}, 1), ready: make(chan struct{}), hearing: newHearing(),
		events: status.NewRecorder(o.Client, o.Component, o.Now, o.Logger), status: status.Writer{Client: o.Client},
	}
	var builders []build.Builder
	if n := o.Nginx; n != nil {
		builders = append(builders, ingressnginx.New(n.Build))
	}
	if o.Cloud != nil {
		if o.Cloud.ALB != nil {
			builders = append(builders, ingressalb.New(*o.Cloud.ALB))
		}
		if o.Cloud.Services != nil {
			builders = append(builders, o.Cloud.Services)
		}
	}
	c.world = newWorld(builders...)
	c.world.failClosed = o.Cloud != nil && o.Cloud.FailClosed
	c.makeQueues()
	c.publish = &publisher{c: c, woken: make(chan struct{}, 1)}
	return c, nil
}

func (c *Controller) makeQueues() {
	cloud := c.o.Cloud
	if cloud == nil {
		cloud = &Cloud{}
		cloud.fill()
	}
	c.stacks = &queue[StackID]{
		name: "stacks", workers: cloud.Concurrency, floor: time.Second, ceiling: cloud.BackoffCeiling,
		work: c.reconcileStack, logger: c.o.Logger, metrics: c.metrics,
	}
	c.bindings = &queue[objects.Name]{
		name: "bindings", workers: cloud.BindingConcurrency, floor: time.Second, ceiling: cloud.BindingBackoffCeiling,
		work: c.reconcileBinding, logger: c.o.Logger, metrics: c.metrics,
	}
	c.cloudObjects = &queue[objects.Key]{
		name: "events", workers: 1, floor: time.Second, ceiling: time.Minute,
		work: c.tellCloud, logger: c.o.Logger, metrics: c.metrics,
	}
	c.nginxObjects = &queue[objects.Key]{
		name: "nginx-status", workers: 2, floor: time.Second, ceiling: time.Minute,
		work: c.tellNginx, logger: c.o.Logger, metrics: c.metrics,
	}
}

// run starts all loops and waits for them. The first one that ends with an error ends all.
func (c *Controller) run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	c.root = ctx
	var running sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	for _, l := range c.loops() {
		running.Go(func() {
			if err := l.run(ctx); err != nil {
				mu.Lock()
				errs = append(errs, fmt.Errorf("%s: %w", l.name, err))
				mu.Unlock()
				stop()
			}
		})
	}
	running.Wait()
	return errors.Join(errs...)
}

// closing says whether the controller was told to stop.
func (c *Controller) closing() bool { return c.root.Err() != nil }

func (c *Controller) markReady() {
	close(c.ready)
	if c.o.Ready != nil {
		c.o.Ready()
	}
}

func (c *Controller) isReady() bool {
	select {
	case <-c.ready:
		return true
	default:
		return false
	}
}

// waitReady waits for the first build; false when the controller stops before.
func (c *Controller) waitReady(ctx context.Context) bool {
	select {
	case <-c.ready:
		return true
	case <-ctx.Done():
		return false
	}
}
