package resolve

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gwanmun/gwanmun/internal/aws/awserr"
	"github.com/gwanmun/gwanmun/internal/aws/client"
	"github.com/gwanmun/gwanmun/internal/lookup"
)

// Options of a Resolver.
type Options struct {
	// VPC is the id of the cluster's VPC (flag aws-vpc-id). Empty: the one VPC that carries all of VPCTags.
	VPC     string
	VPCTags map[string]string
	// FindVPC is asked when neither is given: the instance metadata, for instance. May be nil.
	FindVPC func(context.Context) (string, error)
	// Now is the clock; time.Now when nil.
	Now func() time.Time
}

// For how long answers are kept. They are the original's, except for subnets, which it asks for every time.
const (
	keepNetwork     = 10 * time.Minute
	keepZones       = 10 * time.Minute
	keepSubnets     = time.Minute
	keepRoutes      = time.Minute
	keepGroups      = 10 * time.Minute
	keepTargetGroup = 20 * time.Minute
	keepNothing     = time.Minute
	keepARNs        = time.Minute
	keepImported    = 5 * time.Minute
	keepIssued      = 10 * time.Hour
	keepACLs        = time.Hour
	keepTrustStores = 10 * time.Minute
)

// Resolver answers questions. It is safe for use by several goroutines.
type Resolver struct {
	clients *client.Clients
	o       Options
	memory  memory
	stacks  StackBalancer
}

// StackBalancer finds the load balancer that a stack has already; nil for none.
type StackBalancer func(ctx context.Context, controller, stack string) (*lookup.LoadBalancer, error)

// UseStacks names who knows the load balancers of stacks: whoever makes them. It is to be called before the first question;
// without it, questions about stacks have no answer.
func (r *Resolver) UseStacks(f StackBalancer) { r.stacks = f }

// New makes a Resolver. It makes no call.
func New(c *client.Clients, o Options) *Resolver {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Resolver{clients: c, o: o, memory: memory{now: o.Now, kept: map[string]kept{}}}
}

// Forget drops all answers that are kept.
func (r *Resolver) Forget() { r.memory.forget() }

// Answer answers questions. Where there is no answer, be it that AWS refuses or that it could not be asked (a timeout,
// throttling), Err says why; nothing of that is remembered, so the question may be asked again.
func (r *Resolver) Answer(ctx context.Context, questions []lookup.Question) map[lookup.Question]lookup.Answer {
	out := make(map[lookup.Question]lookup.Answer, len(questions))
	for _, q := range questions {
		a, err := r.answer(ctx, q)
		if err != nil {
			a = lookup.Answer{Err: err.Error()}
		}
		out[q] = a
	}
	return out
}

func (r *Resolver) answer(ctx context.Context, q lookup.Question) (lookup.Answer, error) {
	switch q.Kind {
	case lookup.VPC:
		n, err := r.Network(ctx)
		return lookup.Answer{VPC: &n}, err
	case lookup.Subnets:
		list, err := r.subnets(ctx, q)
		return lookup.Answer{Subnets: list}, err
	case lookup.Certificates:
		list, err := r.certificates(ctx)
		return lookup.Answer{Certificates: list}, err
	case lookup.SecurityGroups:
		list, err := r.securityGroups(ctx, q.Name)
		return lookup.Answer{SecurityGroups: list}, err
	case lookup.TargetGroups:
		list, err := r.targetGroups(ctx, q.Name)
		return lookup.Answer{TargetGroups: list}, err
	case lookup.LoadBalancers:
		if r.stacks == nil {
			return lookup.Answer{}, errNobody
		}
		lb, err := r.stacks(ctx, q.Controller, q.Name)
		return lookup.Answer{LoadBalancer: lb}, err
	}
	return lookup.Answer{}, unanswerable("no way to answer questions about " + string(q.Kind))
}

// errNobody is for a Resolver that nobody has told who knows stacks.
var errNobody = errors.New("nobody here knows the load balancers of stacks")

// unanswerable is an error of ours that only the user can mend.
type unanswerable string

func (u unanswerable) Error() string { return string(u) }

// Class makes it final until it is asked again.
func (unanswerable) Class() awserr.Class { return awserr.Terminal }

// VPC is the id of the cluster's VPC.
func (r *Resolver) VPC(ctx context.Context) (string, error) {
	if r.o.VPC != "" {
		return r.o.VPC, nil
	}
	n, err := r.Network(ctx)
	return n.ID, err
}

// ErrNoVPC says that nobody named the VPC.
var ErrNoVPC = errors.New("the VPC is not known: name it with --aws-vpc-id or --aws-vpc-tags")

func (r *Resolver) vpcID(ctx context.Context) (string, error) {
	switch {
	case r.o.VPC != "":
		return r.o.VPC, nil
	case r.o.FindVPC == nil:
		return "", unanswerable(ErrNoVPC.Error())
	}
	id, err := r.o.FindVPC(ctx)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoVPC, err)
	}
	return id, nil
}

// tagText is a selector in words.
func tagText(tags map[string]string) string {
	var parts []string
	for k, v := range tags {
		parts = append(parts, k+"="+v)
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// value is what a pointer of the SDK points to; the zero value for none.
func value[T any](p *T) T {
	if p == nil {
		var none T
		return none
	}
	return *p
}
