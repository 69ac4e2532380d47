package ingressnginx

import (
	"slices"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// UnitsOf lists the units that an object takes part in, as the set is now. Ingresses, Services and Secrets are followed
// through indexes; an IngressClass and the controller's ConfigMap may change everything.
func (b *Builder) UnitsOf(in build.Input, k objects.Key) []string {
	var keys []string
	switch k.Kind {
	case objects.KindIngress:
		keys = b.unitsOfIngress(in, in.Objects.Ingress(k.Name))
	case objects.KindService:
		if k.Name == b.options.DefaultBackendService && k.Name != (objects.Name{}) {
			return b.Units(in)
		}
		keys = b.hostsOfAll(keys, in, in.Objects.IngressesOfService(k.Name))
	case objects.KindSecret:
		keys = b.unitsOfSecret(in, k.Name)
	case objects.KindConfigMap:
		if k.Name == b.options.ConfigMap && k.Name != (objects.Name{}) {
			return b.Units(in)
		}
	case objects.KindIngressClass:
		return b.Units(in)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// unitsOfIngress lists an Ingress's own unit and hosts, and the hosts that depend on it: those below its wildcard hosts,
// whose redirect to HTTPS depends on its tls section, and those that share a Service whose load balancing it may decide.
// --default-backend-service is shared by all hosts.
func (b *Builder) unitsOfIngress(in build.Input, ing *networkingv1.Ingress) []string {
	keys := b.ingressUnits(nil, in, ing)
	if ing == nil || !b.verdict(in, ing).ours {
		return keys
	}
	keys = b.belowWildcards(keys, in, ing)
	for _, service := range objects.ServicesOf(ing) {
		switch balanced := in.Objects.Balanced(service); {
		case balanced && service == b.options.DefaultBackendService:
			return append(keys, b.Units(in)...)
		case balanced:
			keys = b.hostsOfAll(keys, in, in.Objects.IngressesOfService(service))
		}
	}
	return keys
}

// belowWildcards adds the hosts one label below the wildcard hosts of an Ingress with a tls section.
func (b *Builder) belowWildcards(keys []string, in build.Input, ing *networkingv1.Ingress) []string {
	if len(ing.Spec.TLS) == 0 {
		return keys
	}
	for _, host := range objects.HostsOf(ing) {
		if len(host) < 2 || host[:2] != "*." {
			continue
		}
		domain := host[2:]
		for _, n := range in.Objects.IngressesUnder(domain) {
			for _, below := range objects.HostsOf(in.Objects.Ingress(n)) {
				if objects.DomainOf(below) == domain && hostError(below) == "" {
					keys = append(keys, keyHost+below)
				}
			}
		}
	}
	return keys
}

// unitsOfSecret follows certificates to hosts, and user lists to the Ingress's own unit too, which reports them.
func (b *Builder) unitsOfSecret(in build.Input, name objects.Name) []string {
	keys := b.hostsOfAll(nil, in, in.Objects.IngressesOfSecret(name))
	if name == b.options.DefaultSSLCertificate && name != (objects.Name{}) {
		keys = append(keys, keyBase)
	}
	for _, n := range in.Objects.IngressesNamingSecret(name) {
		keys = b.ingressUnits(keys, in, in.Objects.Ingress(n))
	}
	return keys
}

// hostsOfAll adds the hosts of those of the Ingresses that are ours.
func (b *Builder) hostsOfAll(keys []string, in build.Input, names []objects.Name) []string {
	for _, n := range names {
		if ing := in.Objects.Ingress(n); ing != nil && b.verdict(in, ing).ours {
			keys = appendHosts(keys, ing)
		}
	}
	return keys
}
