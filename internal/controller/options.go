package controller

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/build/ingressalb"
	"github.com/gwanmun/gwanmun/internal/build/ingressnginx"
	"github.com/gwanmun/gwanmun/internal/kube"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
	"github.com/gwanmun/gwanmun/internal/proxy"
)

// Names of the leases, as the originals have them.
const (
	CloudLease = "aws-load-balancer-controller-leader"
	NginxLease = "ingress-nginx-leader"
)

// Source delivers changes of objects; kube.Watch is the one outside of tests.
type Source func(ctx context.Context, deliver func(kube.Batch)) error

// Options are everything that a Controller takes from outside. Client and either Cloud or Nginx are needed.
type Options struct {
	// Client reads and writes; Watch says how changes are watched (its Client may be left out).
	Client client.WithWatch
	Watch  kube.WatchOptions
	// Source replaces watching, for tests; nil watches.
	Source Source
	// Cloud serves with load balancers of AWS; nil does not.
	Cloud *Cloud
	// Nginx serves class nginx with a proxy in this process; nil does not.
	Nginx *Nginx
	// Election lets one of several replicas write; nil writes always.
	Election *Election
	// Health is the address of /healthz and /readyz, Metrics that of /metrics, such as ":8080"; empty serves neither. Equal
	// addresses share one server.
	Health, Metrics string
	// Registry gets the metrics of the controller and is what /metrics shows; a fresh one when nil.
	Registry *prometheus.Registry
	// Pod is where the controller runs; empty outside of clusters.
	Pod Pod
	// Component is the source of Events; "gwanmun" when empty.
	Component string
	// Now is the clock of statuses and events; time.Now when nil.
	Now    func() time.Time
	Logger *slog.Logger
	// Ready is called once, when everything has been read and built for the first time; may be nil.
	Ready func()
}

// Cloud are the classes that AWS serves.
type Cloud struct {
	// ALB are the settings of Ingresses of class alb; nil leaves them alone. External is set.
	ALB *ingressalb.Options
	// Services builds Services of type LoadBalancer, one unit "nlb/service/<namespace>/<name>" each; nil leaves them alone.
	Services build.Builder

	Realizer  Realizer
	Lookups   Lookups
	Registrar Registrar

	// Concurrency is how many stacks are worked on at once, 3 by default; BindingConcurrency is that of bindings.
	Concurrency, BindingConcurrency int
	// BackoffCeiling bounds the pauses between tries, 5 minutes by default; BindingBackoffCeiling is that of bindings,
	// 1,000 seconds by default.
	BackoffCeiling, BindingBackoffCeiling time.Duration
	// GateInterval is how often targets are looked at while pods wait for their health; 15 seconds by default.
	GateInterval time.Duration
	// LookupInterval is how often answers about AWS are renewed, 5 minutes by default. An answer that failed is asked for
	// again after LookupRetry, 15 seconds by default.
	LookupInterval, LookupRetry time.Duration
	// SyncInterval is how often everything is looked at although nothing changed; 10 hours by default.
	SyncInterval time.Duration
	// NoWebACL and NoShield leave web ACLs and Shield protections alone, whatever annotations say.
	NoWebACL, NoShield bool
	// MaxTargets bounds the targets of a group; 0 is without bound.
	MaxTargets int
	// FailClosed takes nodes of unknown state, and pods on them, for no targets even when there are no others (the gate
	// EndpointsFailOpen is off). Builders have an option of their own.
	FailClosed bool
}

// Nginx is class nginx.
type Nginx struct {
	Build ingressnginx.Options
	// Proxy serves what is built. Whoever made it shuts it down.
	Proxy *proxy.Server
	// Keys are the keys of cookies, sessions and TLS tickets; nil leaves them to who made the proxy.
	Keys *Keys
	// HTTP and HTTPS are where the two listeners are opened.
	HTTP, HTTPS netip.AddrPort
	// Visible changes a model before it is served, where listeners are not at the ports that clients see; nil changes
	// nothing. It must not change its argument.
	Visible func(*model.Model) *model.Model
	// Publish are the addresses that statuses show. PublishService is a Service whose addresses they are instead. With
	// neither, statuses show the addresses of the nodes that the controller's pods run on.
	Publish        []string
	PublishService objects.Name
	// InternalNodeAddress takes the internal addresses of nodes, not the external ones.
	InternalNodeAddress bool
	// NoStatus leaves statuses alone. KeepStatus keeps them when the last replica stops.
	NoStatus, KeepStatus bool
}

// Election is how replicas agree on the one that writes.
type Election struct {
	// Namespace holds the leases; CloudLease and NginxLease are their names, those of the originals when empty.
	Namespace              string
	CloudLease, NginxLease string
	// Identity names this replica; it must be unique.
	Identity string
	// Duration is how long a lease holds without being renewed (15 s), Renew how long renewing is tried (10 s), Retry the
	// pause between tries (2 s).
	Duration, Renew, Retry time.Duration
}

// Pod names the controller's own pod.
type Pod struct {
	Namespace, Name string
}

func (o *Options) fill() error {
	switch {
	case o.Client == nil:
		return errors.New("controller: a client is needed")
	case o.Cloud == nil && o.Nginx == nil:
		return errors.New("controller: no class is to be served")
	case o.Cloud != nil && (o.Cloud.Realizer == nil || o.Cloud.Lookups == nil || o.Cloud.Registrar == nil):
		return errors.New("controller: Cloud needs a Realizer, Lookups and a Registrar")
	case o.Nginx != nil && o.Nginx.Proxy == nil:
		return errors.New("controller: class nginx needs a proxy")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Component = cmp.Or(o.Component, "gwanmun")
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	if o.Watch.Client == nil {
		o.Watch.Client = o.Client
	}
	if o.Watch.Logger == nil {
		o.Watch.Logger = o.Logger
	}
	o.Watch.Cloud = o.Watch.Cloud || o.Cloud != nil
	if o.Nginx != nil && o.Nginx.Build.ConfigMap != (objects.Name{}) {
		o.Watch.ConfigMaps = append(o.Watch.ConfigMaps, o.Nginx.Build.ConfigMap)
	}
	if c := o.Cloud; c != nil {
		filled := *c
		filled.fill()
		o.Cloud = &filled
	}
	return nil
}

func (c *Cloud) fill() {
	if c.ALB != nil {
		alb := *c.ALB
		alb.External = true
		c.ALB = &alb
	}
	c.Concurrency, c.BindingConcurrency = cmp.Or(c.Concurrency, 3), cmp.Or(c.BindingConcurrency, 3)
	c.BackoffCeiling = cmp.Or(c.BackoffCeiling, 5*time.Minute)
	c.BindingBackoffCeiling = cmp.Or(c.BindingBackoffCeiling, 1000*time.Second)
	c.GateInterval = cmp.Or(c.GateInterval, 15*time.Second)
	c.LookupInterval, c.LookupRetry = cmp.Or(c.LookupInterval, 5*time.Minute), cmp.Or(c.LookupRetry, 15*time.Second)
	c.SyncInterval = cmp.Or(c.SyncInterval, 10*time.Hour)
}
