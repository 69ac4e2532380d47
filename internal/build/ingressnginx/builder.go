package ingressnginx

import (
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// LoadBalancer is the ID of the one load balancer of class nginx: the data plane itself.
const LoadBalancer = "nginx"

// Unit keys.
const (
	keyBase    = "nginx/base"
	keyHost    = "nginx/host/"
	keyIngress = "nginx/ingress/"
)

// Options are what ingress-nginx takes as flags, with the same defaults (see DefaultOptions).
type Options struct {
	// ControllerClass is --controller-class: the spec.controller of IngressClasses that are ours.
	ControllerClass string
	// IngressClass is --ingress-class: the value of the annotation kubernetes.io/ingress.class that is ours.
	IngressClass string
	// IngressClassByName is --ingress-class-by-name: an IngressClass named IngressClass is ours whatever its controller.
	IngressClassByName bool
	// WatchWithoutClass is --watch-ingress-without-class: Ingresses without any class are ours.
	WatchWithoutClass bool
	// WatchNamespace is --watch-namespace; empty for all.
	WatchNamespace string
	// DisableCatchAll is --disable-catch-all: Ingresses with a default backend are not served.
	DisableCatchAll bool
	// ConfigMap is --configmap.
	ConfigMap objects.Name
	// DefaultBackendService is --default-backend-service; its first port is used.
	DefaultBackendService objects.Name
	// DefaultSSLCertificate is --default-ssl-certificate.
	DefaultSSLCertificate objects.Name
	// DisableExternalName is --disable-svc-external-name.
	DisableExternalName bool
	// HTTPPort and HTTPSPort are --http-port and --https-port.
	HTTPPort, HTTPSPort int32
	// EnableSSLPassthrough is --enable-ssl-passthrough: the annotation ssl-passthrough has effect.
	EnableSSLPassthrough bool
	// HealthCheckPath is answered with 200 for hosts that no Ingress names (/healthz in ingress-nginx); empty for none.
	HealthCheckPath string
	// SelfMade is the certificate for names that have no other, with content; its ID is set to "default".
	SelfMade model.Certificate
}

// DefaultOptions are the defaults of ingress-nginx's flags.
func DefaultOptions() Options {
	return Options{ControllerClass: "k8s.io/ingress-nginx", IngressClass: "nginx", HTTPPort: 80, HTTPSPort: 443}
}

// Builder builds the units of class nginx.
type Builder struct {
	options Options
}

var _ build.Builder = (*Builder)(nil)

// New makes a builder.
func New(options Options) *Builder {
	defaults := DefaultOptions()
	if options.ControllerClass == "" {
		options.ControllerClass = defaults.ControllerClass
	}
	if options.IngressClass == "" {
		options.IngressClass = defaults.IngressClass
	}
	if options.HTTPPort == 0 {
		options.HTTPPort = defaults.HTTPPort
	}
	if options.HTTPSPort == 0 {
		options.HTTPSPort = defaults.HTTPSPort
	}
	options.SelfMade.ID = "default"
	return &Builder{options: options}
}

// Units lists the keys of all units, sorted.
func (b *Builder) Units(in build.Input) []string {
	keys := []string{keyBase}
	if b.options.HealthCheckPath != "" {
		keys = append(keys, keyHost)
	}
	for _, n := range in.Objects.IngressNames() {
		keys = b.ingressUnits(keys, in, in.Objects.Ingress(n))
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// ingressUnits adds the unit of an Ingress and those of its hosts.
func (b *Builder) ingressUnits(keys []string, in build.Input, ing *networkingv1.Ingress) []string {
	if ing == nil {
		return keys
	}
	v := b.verdict(in, ing)
	if v.ours || v.remark {
		keys = append(keys, keyIngress+ing.Namespace+"/"+ing.Name)
	}
	if v.ours {
		keys = appendHosts(keys, ing)
	}
	return keys
}

// appendHosts adds the units of the hosts that Kubernetes would accept.
func appendHosts(keys []string, ing *networkingv1.Ingress) []string {
	for _, h := range objects.HostsOf(ing) {
		if hostError(h) == "" {
			keys = append(keys, keyHost+h)
		}
	}
	return keys
}

// Build builds one unit.
func (b *Builder) Build(in build.Input, key string) build.Unit {
	c := &class{Builder: b, in: in, config: b.readConfig(in, nil)}
	if host, ok := strings.CutPrefix(key, keyHost); ok {
		return c.buildHost(key, host)
	}
	if name, ok := strings.CutPrefix(key, keyIngress); ok {
		return c.buildIngress(key, name)
	}
	if key == keyBase {
		return c.buildBase(key)
	}
	return build.Unit{Key: key}
}

// class is a builder with the input of one build.
type class struct {
	*Builder
	in     build.Input
	config *config
	// standard is what defaults gives, once asked for.
	standard *settings
}

// loadBalancer is the frame that the models of all units share: the two listeners without rules.
func (c *class) loadBalancer() model.LoadBalancer {
	b := c.Builder
	return model.LoadBalancer{
		ID: LoadBalancer, Name: LoadBalancer, Type: model.Application, Dialect: model.DialectNginx,
		Listeners: []model.Listener{
			{Port: b.options.HTTPPort, Protocol: model.HTTP, ProxyProtocol: c.config.proxyProtocol, Clients: c.config.clients},
			{
				Port: b.options.HTTPSPort, Protocol: model.HTTPS, SameRulesAs: b.options.HTTPPort,
				ProxyProtocol: c.config.proxyProtocol, SSLPolicy: c.config.tlsVersions,
				Clients: c.config.clients, Sources: c.config.tlsSources(),
			},
		},
	}
}

// objectOf names an Ingress as diagnostics do.
func objectOf(ing *networkingv1.Ingress) diag.Object {
	return diag.Object{Kind: string(objects.KindIngress), Namespace: ing.Namespace, Name: ing.Name}
}
