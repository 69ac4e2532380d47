package controller

import (
	"context"
	"errors"
	"time"

	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// StackID names what is deployed and deleted together: the load balancer of an IngressGroup or of a Service, with all that
// belongs to it. It is written into the tags of every resource.
type StackID struct {
	// Controller is the first part of the tags: "ingress.k8s.aws" or "service.k8s.aws".
	Controller string
	// Name is "namespace/name", or the name of an explicit IngressGroup.
	Name string
}

// String is "controller name".
func (s StackID) String() string { return s.Controller + " " + s.Name }

// Realizer makes AWS hold what a model says.
type Realizer interface {
	// Realize brings one stack in line with a model; nil takes everything away that the stack owns. It is called once at a
	// time for each stack. What the outcome holds is true even when there is an error.
	Realize(ctx context.Context, id StackID, desired *model.Model) (Realized, error)
	// Reset forgets what is remembered of AWS: this replica has just become the leader, and the one before it may have
	// changed anything.
	Reset()
}

// Realized is what there is after a Realize.
type Realized struct {
	// LoadBalancers, TargetGroups and SecurityGroups are those that exist, by the IDs that they have in the model.
	LoadBalancers  map[string]LoadBalancer
	TargetGroups   map[string]string
	SecurityGroups map[string]string
	// Changes counts the writes that were made.
	Changes int
	// Withheld says in words what was not done because the policy forbids it.
	Withheld []string
	// Waiting says in words what is not ready yet; empty when everything is. It is no error.
	Waiting string
	// RequeueAfter asks for another look; 0 for none.
	RequeueAfter time.Duration
}

// LoadBalancer is a load balancer that exists.
type LoadBalancer struct {
	ARN     string
	DNSName string
}

// Lookups answers questions of builds about AWS.
type Lookups interface {
	// Answer answers every question; an answer that could not be had says why in its Err.
	Answer(ctx context.Context, questions []lookup.Question) map[lookup.Question]lookup.Answer
}

// Registration is what one TargetGroupBinding wants of its target group.
type Registration struct {
	// Binding is the TargetGroupBinding, for messages and for what is remembered by binding.
	Binding objects.Name
	// ARN is the target group, or empty when only its Name is known.
	ARN  string
	Name string
	// Type is instance or ip; VPC is where the target group is, empty for the cluster's VPC.
	Type model.TargetType
	VPC  string
	// Targets are all that should be registered; Hosts says where each of them runs, in the same order.
	Targets []model.Target
	Hosts   []Host
	// Networking says who must be let in to the targets; nil leaves security groups alone.
	Networking []model.BindingRule
	// MultiCluster says that targets of others are in the group too.
	MultiCluster bool
	// RoleARN and ExternalID are set for target groups of other accounts.
	RoleARN    string
	ExternalID string
	// Max bounds the targets of the group; 0 is without bound.
	Max int
	// Health asks for the health of targets, for readiness gates.
	Health bool
	// Recheck asks AWS which targets there are, whatever is remembered.
	Recheck bool
	// Changing is called before the first change of AWS: what says that all is done must go first, so that a stop in
	// between hides nothing.
	Changing func(context.Context) error `json:"-"`
}

// Registered is what there is after a registration.
type Registered struct {
	// Healthy says of targets whether AWS takes them as healthy. It is filled when Health was asked for.
	Healthy map[Place]bool
	// Changes counts targets that were registered and deregistered; Left counts those that Max left out.
	Changes, Left int
	// RequeueAfter asks for another look; 0 for none.
	RequeueAfter time.Duration
}

// Host says where a target runs.
type Host struct {
	// Instance is the instance that a pod runs on; empty when that is not known.
	Instance string
	// Ports are the numbers of the named ports that Networking may use.
	Ports map[string]int32 `json:",omitempty"`
}

// Place names a target in its group.
type Place struct {
	ID   string
	Port int32
}

// TargetGroup is what AWS says of a target group that a binding names.
type TargetGroup struct {
	ARN           string
	Type          model.TargetType
	Protocol      model.TargetProtocol
	IPAddressType model.IPAddressType
	VPC           string
}

// Registrar fills target groups.
type Registrar interface {
	// Register makes a group's targets those that are wanted.
	Register(ctx context.Context, want Registration) (Registered, error)
	// Allow lets what Networking names in to the targets; nothing when it is nil. heard is false when it is not known what
	// the binding needs, because AWS could not be asked.
	Allow(ctx context.Context, want Registration) (heard bool, err error)
	// Complete says that every binding was heard once: from now on, what none of them needs is taken away.
	Complete(ctx context.Context) error
	// Clean takes out the targets that a binding has brought, and what was allowed for it. A group that is gone is no
	// error.
	Clean(ctx context.Context, last Registration) error
	// Describe looks up a target group by the ARN or name in want.
	Describe(ctx context.Context, want Registration) (TargetGroup, error)
}

// Terminal marks an error that only the user can mend: trying again soon is no use.
func Terminal(err error) error { return terminalError{err} }

type terminalError struct{ error }

// Unwrap is the error that was marked.
func (e terminalError) Unwrap() error { return e.error }

func isTerminal(err error) bool {
	var t terminalError
	return errors.As(err, &t)
}

// Waiting marks an error that is none: something is not ready yet and will be looked at again after a while.
func Waiting(err error, again time.Duration) error { return waitingError{err, again} }

type waitingError struct {
	error
	again time.Duration
}

// Unwrap is the error that was marked.
func (e waitingError) Unwrap() error { return e.error }
