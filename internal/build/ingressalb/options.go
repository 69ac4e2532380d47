package ingressalb

import (
	"cmp"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/model"
)

// Options are the controller's flags, named after the original's. The zero value has the original's defaults.
type Options struct {
	// ClusterName is part of generated names and the value of the ownership tag.
	ClusterName string
	// IngressClass is the value of kubernetes.io/ingress.class that is ours; "alb" when empty.
	IngressClass string
	// TakeClassless serves Ingresses without any class too, when there is no default class.
	TakeClassless bool

	DefaultScheme     model.Scheme
	DefaultTargetType model.TargetType
	DefaultSSLPolicy  string
	// DefaultTags are set on every resource; they beat annotations unless DefaultTagsLowPriority.
	DefaultTags            []model.Tag
	DefaultTagsLowPriority bool
	// ExternalManagedTags are keys of tags that others set.
	ExternalManagedTags []string
	// UntaggedRules leaves listeners and rules without tags.
	UntaggedRules bool

	// RefuseMissingService and RefuseMissingAction leave an Ingress out in place of answering 503.
	RefuseMissingService bool
	RefuseMissingAction  bool
	// RefuseIPTargets switches target type ip off.
	RefuseIPTargets bool

	// NoBackendSecurityGroup switches the shared backend security group off; BackendSecurityGroup is the id of an existing
	// one. ManageBackendRules is the default of the annotation.
	NoBackendSecurityGroup bool
	BackendSecurityGroup   string
	ManageBackendRules     bool
	// UnrestrictedBackendRules lets load balancers in to all ports of targets, not only to those that they use.
	UnrestrictedBackendRules bool

	// AllowedAuthorities limits discovered certificates to those that these authorities issued.
	AllowedAuthorities []string

	// SingleSubnet allows a load balancer in one zone. AnyClusterSubnets uses subnets that are tagged for other clusters
	// only. NoReachability discovers subnets by role tag alone.
	SingleSubnet      bool
	AnyClusterSubnets bool
	NoReachability    bool

	// FailClosed takes nodes of unknown state for no targets even when no other node is ready.
	FailClosed bool

	// External says that AWS carries the model out; otherwise our own data plane does. It decides which annotations are
	// reported as not carried out, never what is built.
	External bool
}

func (o Options) ingressClass() string { return cmp.Or(o.IngressClass, "alb") }

func (o Options) defaultScheme() model.Scheme { return cmp.Or(o.DefaultScheme, model.Internal) }

func (o Options) defaultTargetType() model.TargetType {
	return cmp.Or(o.DefaultTargetType, model.TargetInstance)
}

func (o Options) defaultSSLPolicy() string {
	return cmp.Or(o.DefaultSSLPolicy, "ELBSecurityPolicy-2016-08")
}

// support is how far the realizer in use carries an annotation out.
func (o Options) support(e *annotation.Entry) annotation.Support {
	if o.External {
		return e.External
	}
	return e.Internal
}
