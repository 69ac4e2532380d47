package servicenlb

import (
	"cmp"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/model"
)

// LoadBalancerClass is the spec.loadBalancerClass of Services that are ours.
const LoadBalancerClass = "service.k8s.aws/nlb"

// Options are the controller's flags, named after the original's. The zero value has the original's defaults.
type Options struct {
	// ClusterName is part of generated names and the value of the ownership tag.
	ClusterName string
	// LoadBalancerClass is the class that is ours; the constant of this name when empty.
	LoadBalancerClass string
	// LoadBalancersOnly leaves Services alone that are not of type LoadBalancer, whatever their annotations say.
	LoadBalancersOnly bool

	DefaultScheme     model.Scheme
	DefaultTargetType model.TargetType
	DefaultSSLPolicy  string
	// DefaultTags are set on every resource; they beat annotations unless DefaultTagsLowPriority.
	DefaultTags            []model.Tag
	DefaultTagsLowPriority bool
	// ExternalManagedTags are keys of tags that others set.
	ExternalManagedTags []string
	// UntaggedRules leaves listeners without tags.
	UntaggedRules bool

	// RefuseIPTargets switches target type ip off, except for Services of the type nlb-ip.
	RefuseIPTargets bool
	// MergeTCPUDP is the default of the annotation enable-tcp-udp-listener.
	MergeTCPUDP bool

	// NoSecurityGroups makes new load balancers without security groups. NoBackendSecurityGroup switches the shared backend
	// security group off; BackendSecurityGroup is the id of an existing one. ManageBackendRules is the default of the
	// annotation for load balancers with security groups of the user's own. UnrestrictedBackendRules lets load balancers in
	// to all ports of targets, not only to those that they use.
	NoSecurityGroups         bool
	NoBackendSecurityGroup   bool
	BackendSecurityGroup     string
	ManageBackendRules       bool
	UnrestrictedBackendRules bool

	// AnyClusterSubnets uses subnets that are tagged for other clusters only. NoReachability discovers subnets by role tag
	// alone.
	AnyClusterSubnets bool
	NoReachability    bool

	// FailClosed takes nodes of unknown state for no targets even when no other node is ready.
	FailClosed bool

	// External says that AWS carries the model out; otherwise our own data plane does. It decides which annotations are
	// reported as not carried out, never what is built.
	External bool
}

func (o Options) loadBalancerClass() string { return cmp.Or(o.LoadBalancerClass, LoadBalancerClass) }

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
