package cloud

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gwanmun/gwanmun/internal/aws"
	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/aws/client"
	"github.com/gwanmun/gwanmun/internal/aws/resolve"
	"github.com/gwanmun/gwanmun/internal/aws/targets"
	"github.com/gwanmun/gwanmun/internal/controller"
	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/plan"
)

// Checkpoints keep texts beyond the end of the process; kube.Checkpoints does.
type Checkpoints = aws.Checkpoints

// Options are the settings of a cluster's AWS side, named after the original's flags.
type Options struct {
	Clients *client.Clients
	// Cluster is cluster-name.
	Cluster string
	// VPC is aws-vpc-id, VPCTags is aws-vpc-tags. With neither, the metadata of the instance is asked.
	VPC     string
	VPCTags map[string]string
	// ForeignTags is external-managed-tags.
	ForeignTags []string
	// GroupTags is service-target-eni-security-group-tags.
	GroupTags []model.Tag
	// OneByOne is disable-restricted-sg-rules.
	OneByOne bool
	// SyncPeriod is sync-period.
	SyncPeriod time.Duration
	// Policy bounds what may be taken away; everything when empty.
	Policy plan.Policy
	// Checkpoints may be nil: then more is read from AWS after a start.
	Checkpoints Checkpoints
	Logger      *slog.Logger
}

// Cloud is AWS as a controller uses it.
type Cloud struct {
	resolver  *resolve.Resolver
	registrar *targets.Registrar
	network   *targets.Network
	realizer  *aws.Realizer
	kept      Checkpoints
}

var (
	_ controller.Realizer  = (*Cloud)(nil)
	_ controller.Lookups   = (*Cloud)(nil)
	_ controller.Registrar = (*Cloud)(nil)
)

// New puts the rooms of internal/aws together. It makes no call.
func New(o Options) *Cloud {
	c := &Cloud{kept: o.Checkpoints}
	c.resolver = resolve.New(o.Clients, resolve.Options{VPC: o.VPC, VPCTags: o.VPCTags, FindVPC: o.Clients.InstanceVPC})
	c.registrar = targets.New(o.Clients, targets.Options{VPC: c.resolver.Network})
	c.network = targets.NewNetwork(o.Clients, targets.NetworkOptions{
		Cluster: o.Cluster, GroupTags: o.GroupTags, VPC: c.resolver.VPC, OneByOne: o.OneByOne,
	})
	c.realizer = aws.New(o.Clients, aws.Options{
		Cluster: o.Cluster, Policy: o.Policy, ForeignTags: o.ForeignTags, Checkpoints: o.Checkpoints,
		Resolver: c.resolver, Registrar: c.registrar, SyncPeriod: o.SyncPeriod, Logger: o.Logger,
	})
	return c
}

// Answer answers questions of builds.
func (c *Cloud) Answer(ctx context.Context, questions []lookup.Question) map[lookup.Question]lookup.Answer {
	return c.resolver.Answer(ctx, questions)
}

// Reset forgets what is remembered of AWS.
func (c *Cloud) Reset() {
	c.realizer.Reset()
	c.resolver.Forget()
}

// Realize brings a stack in line with a model.
func (c *Cloud) Realize(ctx context.Context, id controller.StackID, desired *model.Model) (controller.Realized, error) {
	out, err := c.realizer.Reconcile(ctx, aws.StackID{Controller: id.Controller, Name: id.Name}, desired)
	r := controller.Realized{
		LoadBalancers: map[string]controller.LoadBalancer{}, TargetGroups: out.TargetGroups, SecurityGroups: out.SecurityGroups,
		Changes: len(out.Operations), Waiting: out.Waiting, RequeueAfter: out.RequeueAfter,
	}
	for _, lb := range out.LoadBalancers {
		r.LoadBalancers[lb.ID] = controller.LoadBalancer{ARN: lb.ARN, DNSName: lb.DNSName}
	}
	return r, classified(err)
}

// waitingPause is when to look again at what is only not ready yet.
const waitingPause = 5 * time.Second

// classified marks an error with what it asks for.
func classified(err error) error {
	switch awserr.Classify(err) {
	case awserr.Terminal:
		return controller.Terminal(err)
	case awserr.Waiting:
		return controller.Waiting(err, waitingPause)
	}
	return err
}

// Register makes a group's targets those that are wanted.
func (c *Cloud) Register(ctx context.Context, want controller.Registration) (controller.Registered, error) {
	if want.RoleARN != "" {
		return controller.Registered{}, errOtherAccount
	}
	w := targets.Want{ARN: want.ARN, Targets: want.Targets, Changing: want.Changing, Max: want.Max, Shared: want.MultiCluster}
	if w.Shared {
		own, err := c.own(ctx, want)
		if err != nil {
			return controller.Registered{}, err
		}
		w.Own = own
	}
	out, err := c.registrar.Reconcile(ctx, w)
	r := controller.Registered{Changes: len(out.Registered) + len(out.Deregistered)}
	if err != nil {
		return r, classified(err)
	}
	if w.Shared {
		if err := c.keepOwn(ctx, want, out.Own); err != nil {
			return r, err
		}
	}
	if len(out.Left) > 0 {
		r.RequeueAfter = leftPause
	}
	if !want.Health {
		return r, nil
	}
	health, err := c.registrar.Health(ctx, want.ARN, want.Targets)
	if err != nil {
		return r, classified(err)
	}
	r.Healthy = map[controller.Place]bool{}
	for _, h := range health {
		r.Healthy[controller.Place{ID: h.Target.ID, Port: h.Target.Port}] = h.Healthy()
	}
	return r, nil
}

// leftPause is when targets that a limit has left out are tried again.
const leftPause = time.Minute

var errOtherAccount = controller.Terminal(errors.New(
	"target groups of other accounts are not carried out yet: leave out iamRoleArnToAssume, or use the AWS Load Balancer Controller for this binding"))

// Allow lets sources in to targets.
func (c *Cloud) Allow(ctx context.Context, want controller.Registration) (heard bool, err error) {
	a := targets.Access{Binding: want.Binding.String(), Rules: want.Networking}
	for i, t := range want.Targets {
		e := targets.Endpoint{ID: t.ID}
		if i < len(want.Hosts) {
			e.Instance, e.Ports = want.Hosts[i].Instance, want.Hosts[i].Ports
		}
		a.Targets = append(a.Targets, e)
	}
	err = c.network.Allow(ctx, a)
	return err == nil || awserr.Code(err) == "" && ctx.Err() == nil, classified(err)
}

// Complete says that every binding was heard.
func (c *Cloud) Complete(ctx context.Context) error { return classified(c.network.Complete(ctx)) }

// Clean takes out what a binding has brought.
func (c *Cloud) Clean(ctx context.Context, last controller.Registration) error {
	if last.RoleARN != "" {
		return nil // nothing was ever registered there
	}
	if last.ARN != "" {
		var own []model.Target
		if last.MultiCluster {
			var err error
			if own, err = c.own(ctx, last); err != nil {
				return err
			}
		}
		err := c.registrar.Clean(ctx, last.ARN, last.MultiCluster, own)
		if err != nil && !awserr.Is(err, "ValidationError") { // what is no ARN at all never had targets
			return classified(err)
		}
		if last.MultiCluster {
			if err := c.keepOwn(ctx, last, nil); err != nil {
				return err
			}
		}
	}
	return classified(c.network.Withdraw(ctx, last.Binding.String()))
}

// Describe looks up a target group.
func (c *Cloud) Describe(ctx context.Context, want controller.Registration) (controller.TargetGroup, error) {
	g, err := c.registrar.Describe(ctx, want.ARN, want.Name)
	return controller.TargetGroup{ARN: g.ARN, Type: g.Type, Protocol: g.Protocol, IPAddressType: g.IPAddressType, VPC: g.VPC}, classified(err)
}

// TagsOf turns pairs into tags, sorted by key.
func TagsOf(pairs map[string]string) []model.Tag {
	var out []model.Tag
	for _, key := range slices.SortedFunc(maps.Keys(pairs), strings.Compare) {
		out = append(out, model.Tag{Key: key, Value: pairs[key]})
	}
	return out
}
