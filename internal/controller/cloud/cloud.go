package cloud

import (
	"context"
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
	// Own may be nil: then target groups that clusters share get no targets.
	Own    OwnTargets
	Logger *slog.Logger
}

// Cloud is AWS as a controller uses it.
type Cloud struct {
	resolver  *resolve.Resolver
	registrar *targets.Registrar
	network   *targets.Network
	realizer  *aws.Realizer
	own       OwnTargets
	accounts  accounts
}

var (
	_ controller.Realizer  = (*Cloud)(nil)
	_ controller.Lookups   = (*Cloud)(nil)
	_ controller.Registrar = (*Cloud)(nil)
)

// New puts the rooms of internal/aws together. It makes no call.
func New(o Options) *Cloud {
	c := &Cloud{own: o.Own}
	c.resolver = resolve.New(o.Clients, resolve.Options{VPC: o.VPC, VPCTags: o.VPCTags, FindVPC: o.Clients.InstanceVPC})
	c.registrar = targets.New(o.Clients, c.registrarOptions())
	c.accounts.clients, c.accounts.options = o.Clients, c.registrarOptions()
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
	c.accounts.reset()
}

// Realize brings a stack in line with a model.
func (c *Cloud) Realize(ctx context.Context, id controller.StackID, desired *model.Model) (controller.Realized, error) {
	out, err := c.realizer.Reconcile(ctx, aws.StackID{Controller: id.Controller, Name: id.Name}, desired)
	r := controller.Realized{
		LoadBalancers: map[string]controller.LoadBalancer{}, TargetGroups: out.TargetGroups, SecurityGroups: out.SecurityGroups,
		Changes: len(out.Operations), Waiting: out.Waiting, RequeueAfter: out.RequeueAfter,
	}
	for _, o := range out.Withheld {
		r.Withheld = append(r.Withheld, o.Words())
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

// Describe looks up a target group.
func (c *Cloud) Describe(ctx context.Context, want controller.Registration) (controller.TargetGroup, error) {
	g, err := c.registrarOf(want).Describe(ctx, want.ARN, want.Name)
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
