package objects

import (
	"maps"
	"slices"
	"strings"

	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
)

// index maps a value to the names of the objects that mention it.
type index[K comparable] map[K]map[Name]struct{}

func (i index[K]) add(k K, n Name) {
	m := i[k]
	if m == nil {
		m = map[Name]struct{}{}
		i[k] = m
	}
	m[n] = struct{}{}
}

func (i index[K]) remove(k K, n Name) {
	m := i[k]
	delete(m, n)
	if len(m) == 0 {
		delete(i, k)
	}
}

func (i index[K]) set(k K, n Name, present bool) {
	if present {
		i.add(k, n)
	} else {
		i.remove(k, n)
	}
}

func (i index[K]) names(k K) []Name {
	return slices.SortedFunc(maps.Keys(i[k]), Name.Compare)
}

// serviceOfSlice is the Service that an EndpointSlice belongs to, by its label.
func serviceOfSlice(s *discoveryv1.EndpointSlice) Name {
	return Name{s.Namespace, s.Labels[discoveryv1.LabelServiceName]}
}

// HostsOf lists the hosts of an Ingress's rules, sorted, without repeats; the empty host stands for rules without a
// host, and for a default backend without rules.
func HostsOf(ing *networkingv1.Ingress) []string {
	var hosts []string
	for _, r := range ing.Spec.Rules {
		hosts = append(hosts, r.Host)
	}
	if len(ing.Spec.Rules) == 0 && ing.Spec.DefaultBackend != nil {
		hosts = append(hosts, "")
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// ServicesOf lists the Services that an Ingress names as backends, sorted, without repeats. Services that only an
// annotation names are not among them.
func ServicesOf(ing *networkingv1.Ingress) []Name {
	var out []Name
	add := func(b *networkingv1.IngressBackend) {
		if b != nil && b.Service != nil {
			out = append(out, Name{ing.Namespace, b.Service.Name})
		}
	}
	add(ing.Spec.DefaultBackend)
	for i := range ing.Spec.Rules {
		if h := ing.Spec.Rules[i].HTTP; h != nil {
			for j := range h.Paths {
				add(&h.Paths[j].Backend)
			}
		}
	}
	slices.SortFunc(out, Name.Compare)
	return slices.Compact(out)
}

func (s *Set) indexIngress(n Name, ing *networkingv1.Ingress, present bool) {
	s.ingressesOfClass.set(classOf(ing), n, present)
	s.ingressesAnnotated.set(n, ing, present)
	for _, h := range HostsOf(ing) {
		s.ingressesOfHost.set(h, n, present)
		if d := DomainOf(h); d != "" {
			s.ingressesUnder.set(d, n, present)
		}
	}
	for _, secret := range SecretsNamedBy(ing) {
		s.ingressesNaming.set(secret, n, present)
	}
	for _, svc := range ServicesOf(ing) {
		s.ingressesOfService.set(svc, n, present)
		if SaysBalance(ing) {
			s.ingressesBalancing.set(svc, n, present)
		}
	}
	for _, t := range ing.Spec.TLS {
		if t.SecretName != "" {
			s.ingressesOfSecret.set(Name{ing.Namespace, t.SecretName}, n, present)
		}
	}
}

// IngressesOfHost lists the Ingresses with a rule for the host, by name. The empty host is the catch-all.
func (s *Set) IngressesOfHost(host string) []Name { return s.ingressesOfHost.names(host) }

// Hosts lists all hosts of all Ingresses, sorted.
func (s *Set) Hosts() []string { return slices.Sorted(maps.Keys(s.ingressesOfHost)) }

// IngressesOfService lists the Ingresses with the Service as a backend, by name.
func (s *Set) IngressesOfService(service Name) []Name { return s.ingressesOfService.names(service) }

// IngressesOfSecret lists the Ingresses whose tls section names the Secret, by name.
func (s *Set) IngressesOfSecret(secret Name) []Name { return s.ingressesOfSecret.names(secret) }

// IngressesNamingSecret lists the Ingresses with an annotation that names the Secret, by name.
func (s *Set) IngressesNamingSecret(secret Name) []Name { return s.ingressesNaming.names(secret) }

// IngressesUnder lists the Ingresses with a rule for a host, or a wildcard host, one label below the domain, by name.
func (s *Set) IngressesUnder(domain string) []Name { return s.ingressesUnder.names(domain) }

// DomainOf is a host without its first label; empty when there is only one.
func DomainOf(host string) string {
	_, domain, _ := strings.Cut(host, ".")
	return domain
}

// SecretsNamedBy lists the Secrets that annotations of an Ingress name, sorted, without repeats: those whose key ends in
// "-secret", with a name or namespace/name as the value.
func SecretsNamedBy(ing *networkingv1.Ingress) []Name {
	var out []Name
	for key, value := range ing.Annotations {
		value = strings.TrimSpace(value)
		if !strings.HasSuffix(key, "-secret") || value == "" {
			continue
		}
		namespace, name, both := strings.Cut(value, "/")
		if !both {
			namespace, name = ing.Namespace, value
		}
		out = append(out, Name{namespace, name})
	}
	slices.SortFunc(out, Name.Compare)
	return slices.Compact(out)
}

// EndpointSlicesOf lists the EndpointSlices of a Service, by name.
func (s *Set) EndpointSlicesOf(service Name) []*discoveryv1.EndpointSlice {
	names := s.slicesOfService.names(service)
	out := make([]*discoveryv1.EndpointSlice, len(names))
	for i, n := range names {
		out[i] = s.endpointSlices[n]
	}
	return out
}

// ServiceOfSlice is the Service that an EndpointSlice of the set belongs to; false when there is no such slice.
func (s *Set) ServiceOfSlice(slice Name) (Name, bool) {
	o, ok := s.endpointSlices[slice]
	if !ok {
		return Name{}, false
	}
	return serviceOfSlice(o), true
}
