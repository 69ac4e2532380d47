package cli

import (
	"context"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gwanmun/gwanmun/internal/aws/client"
	"github.com/gwanmun/gwanmun/internal/build/ingressalb"
	"github.com/gwanmun/gwanmun/internal/build/servicenlb"
	"github.com/gwanmun/gwanmun/internal/controller"
	"github.com/gwanmun/gwanmun/internal/controller/cloud"
	"github.com/gwanmun/gwanmun/internal/kube"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/plan"
)

// keeping is what a controller keeps in a cluster.
type keeping struct {
	checkpoints *kube.Checkpoints
	own         *kube.OwnTargets
}

// cloud puts together what classes alb and nlb need.
func (f *controllerFlags) cloud(ctx context.Context, kept *keeping, registry *prometheus.Registry, logger *slog.Logger) (*controller.Cloud, error) {
	calls, err := cloud.NewCalls(registry)
	if err != nil {
		return nil, err
	}
	clients, err := f.aws.connect(ctx, calls)
	if err != nil {
		return nil, err
	}
	o := cloud.Options{
		Clients: clients, Policy: plan.Policy(f.policy), Cluster: f.cluster, VPC: f.aws.vpc, VPCTags: f.aws.vpcTags, ForeignTags: f.alb.externalTags,
		GroupTags: cloud.TagsOf(f.alb.groupTags), OneByOne: f.alb.unrestricted, SyncPeriod: f.syncPeriod,
		Logger: logger,
	}
	if kept != nil {
		o.Checkpoints, o.Own = kept.checkpoints, kept.own
	}
	aws := cloud.New(o)
	a := &f.alb
	out := &controller.Cloud{
		Realizer: aws, Lookups: aws, Registrar: aws,
		Concurrency: max(a.ingressConcurrency, a.serviceConcurrency), BindingConcurrency: a.bindingConcurrency,
		BindingBackoffCeiling: a.bindingBackoff, GateInterval: a.bindingRequeue, SyncInterval: f.syncPeriod,
		MaxTargets: a.maxTargets, FailClosed: !f.gates.on("EndpointsFailOpen"), NoWebACL: !a.wafv2, NoShield: !a.shield,
	}
	if f.wants("alb") {
		out.ALB = f.ingressOptions()
	}
	if f.wants("nlb") && f.gates.on("EnableServiceController") {
		out.Services = servicenlb.New(f.serviceOptions())
	}
	return out, nil
}

// connect makes the clients of AWS.
func (a *awsFlags) connect(ctx context.Context, sink client.Sink) (*client.Clients, error) {
	o := client.Options{Sink: sink, Region: a.region, Endpoint: a.endpoint, MaxRetries: a.maxRetries}
	var err error
	if o.Endpoints, err = client.ParseEndpoints(a.endpoints); err != nil {
		return nil, usageError{err}
	}
	if a.throttle != "" {
		if o.Throttle, err = client.ParseThrottle(a.throttle); err != nil {
			return nil, usageError{err}
		}
	}
	return client.New(ctx, o)
}

// ingressOptions are the flags as class alb has them.
func (f *controllerFlags) ingressOptions() *ingressalb.Options {
	a := &f.alb
	return &ingressalb.Options{
		ClusterName: f.cluster, IngressClass: a.ingressClass, TakeClassless: a.ingressClass == "",
		DefaultScheme: model.Scheme(a.scheme), DefaultTargetType: model.TargetType(a.targetType), DefaultSSLPolicy: a.sslPolicy,
		DefaultTags: cloud.TagsOf(a.defaultTags), DefaultTagsLowPriority: f.gates.on("EnableDefaultTagsLowPriority"),
		ExternalManagedTags: a.externalTags, UntaggedRules: !f.gates.on("ListenerRulesTagging"),
		RefuseMissingService: !a.tolerateService, RefuseMissingAction: !a.tolerateAction,
		RefuseIPTargets:        !f.gates.on("EnableIPTargetType"),
		NoBackendSecurityGroup: !a.backendGroup, BackendSecurityGroup: a.backendGroupID, ManageBackendRules: a.manageRules,
		UnrestrictedBackendRules: a.unrestricted, AllowedAuthorities: a.authorities,
		SingleSubnet: f.gates.on("ALBSingleSubnet"), FailClosed: !f.gates.on("EndpointsFailOpen"),
		AnyClusterSubnets: !f.gates.on("SubnetsClusterTagCheck"), NoReachability: !f.gates.on("SubnetDiscoveryByReachability"),
		External: true,
	}
}

// serviceOptions are the flags as class nlb has them.
func (f *controllerFlags) serviceOptions() servicenlb.Options {
	a := &f.alb
	return servicenlb.Options{
		ClusterName: f.cluster, LoadBalancerClass: a.loadBalancerClass,
		LoadBalancersOnly: f.gates.on("ServiceTypeLoadBalancerOnly"),
		DefaultScheme:     model.Scheme(a.scheme), DefaultTargetType: model.TargetType(a.targetType), DefaultSSLPolicy: a.sslPolicy,
		DefaultTags: cloud.TagsOf(a.defaultTags), DefaultTagsLowPriority: f.gates.on("EnableDefaultTagsLowPriority"),
		ExternalManagedTags: a.externalTags, UntaggedRules: !f.gates.on("ListenerRulesTagging"),
		RefuseIPTargets:        !f.gates.on("EnableIPTargetType"),
		MergeTCPUDP:            f.gates.on("EnableTCPUDPListener") || f.gates.on("EnableTCPUDPListenerType"),
		NoSecurityGroups:       !f.gates.on("NLBSecurityGroup"),
		NoBackendSecurityGroup: !a.backendGroup, BackendSecurityGroup: a.backendGroupID, ManageBackendRules: a.manageRules,
		UnrestrictedBackendRules: a.unrestricted,
		AnyClusterSubnets:        !f.gates.on("SubnetsClusterTagCheck"), NoReachability: !f.gates.on("SubnetDiscoveryByReachability"),
		FailClosed: !f.gates.on("EndpointsFailOpen"), External: true,
	}
}
