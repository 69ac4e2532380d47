package manifest

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// fault is a rule of the API server that an object breaks.
type fault struct {
	field  string
	reason string
	remedy string
}

var (
	subdomain = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)
	hostName  = regexp.MustCompile(`^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)
)

// checkMeta checks what every object needs. Nothing else of this file runs on an object without a name.
func checkMeta(o metav1.Object) []fault {
	var out []fault
	switch name := o.GetName(); {
	case name == "":
		out = append(out, fault{"metadata.name", "the object has no name", "give it one: metadata: {name: ...}"})
	case len(name) > 253 || !subdomain.MatchString(name):
		out = append(out, fault{
			"metadata.name", "the name is not one that Kubernetes takes",
			"use small letters, digits, dashes and dots, beginning and ending with a letter or digit",
		})
	}
	if ns := o.GetNamespace(); ns != "" && (len(ns) > 63 || !subdomain.MatchString(ns) || strings.Contains(ns, ".")) {
		out = append(out, fault{
			"metadata.namespace", "the namespace is not a name that Kubernetes takes",
			"use small letters, digits and dashes, beginning and ending with a letter or digit",
		})
	}
	return out
}

// checkIngress checks an Ingress of networking.k8s.io/v1 as the API server's validation does, as far as serving depends
// on it.
func checkIngress(ing *networkingv1.Ingress) []fault {
	var out []fault
	if ing.Spec.DefaultBackend == nil && len(ing.Spec.Rules) == 0 {
		out = append(out, fault{"spec", "there is neither a rule nor a defaultBackend", "write spec.rules or spec.defaultBackend"})
	}
	if b := ing.Spec.DefaultBackend; b != nil {
		out = append(out, checkBackend(b, "spec.defaultBackend")...)
	}
	for i := range ing.Spec.Rules {
		r := &ing.Spec.Rules[i]
		field := "spec.rules[" + strconv.Itoa(i) + "]"
		if _, err := netip.ParseAddr(r.Host); err == nil {
			out = append(out, fault{
				field + ".host", "the host is an IP address, not a DNS name",
				"leave host out to answer requests for the address, or write a name such as shop.example",
			})
		} else if h := r.Host; h != "" && (len(h) > 253 || !hostName.MatchString(h)) {
			out = append(out, fault{
				field + ".host", "the host is not a DNS name in small letters",
				`write a name such as "shop.example" or "*.shop.example", without scheme, port or path; leave host out to take every host`,
			})
		}
		if r.HTTP == nil {
			continue
		}
		if len(r.HTTP.Paths) == 0 {
			out = append(out, fault{field + ".http.paths", "the rule has no paths", "list at least one path"})
		}
		for j := range r.HTTP.Paths {
			out = append(out, checkPath(&r.HTTP.Paths[j], field+".http.paths["+strconv.Itoa(j)+"]")...)
		}
	}
	return out
}

func checkPath(p *networkingv1.HTTPIngressPath, field string) []fault {
	var out []fault
	switch {
	case p.PathType == nil:
		out = append(out, fault{
			field + ".pathType", "pathType is missing; networking.k8s.io/v1 asks for it",
			"write pathType: Prefix, Exact or ImplementationSpecific",
		})
	case *p.PathType == networkingv1.PathTypeExact || *p.PathType == networkingv1.PathTypePrefix:
		out = append(out, checkSpecPath(p.Path, field+".path")...)
	case *p.PathType == networkingv1.PathTypeImplementationSpecific:
		if p.Path != "" && p.Path[0] != '/' {
			out = append(out, fault{field + ".path", "the path does not begin with a slash", "put a / in front"})
		}
	default:
		out = append(out, fault{
			field + ".pathType", "pathType is not one of the three there are",
			"write Prefix, Exact or ImplementationSpecific",
		})
	}
	return append(out, checkBackend(&p.Backend, field+".backend")...)
}

// checkSpecPath checks a path of type Exact or Prefix.
func checkSpecPath(path, field string) []fault {
	if path == "" || path[0] != '/' {
		return []fault{{field, "the path does not begin with a slash", "put a / in front"}}
	}
	for _, bad := range []string{"//", "/./", "/../", "%2f", "%2F"} {
		if strings.Contains(path, bad) {
			return []fault{{field, "the path contains " + bad, "write the path in its shortest form, or use pathType ImplementationSpecific"}}
		}
	}
	for _, bad := range []string{"/.", "/.."} {
		if strings.HasSuffix(path, bad) {
			return []fault{{field, "the path ends with " + bad, "write the path in its shortest form, or use pathType ImplementationSpecific"}}
		}
	}
	return nil
}

func checkBackend(b *networkingv1.IngressBackend, field string) []fault {
	switch {
	case b.Service == nil && b.Resource == nil:
		return []fault{{
			field, "the backend names neither a service nor a resource",
			"write service: {name: ..., port: {number: ...}}; serviceName and servicePort belong to the retired v1beta1",
		}}
	case b.Service != nil && b.Resource != nil:
		return []fault{{field, "the backend names both a service and a resource", "keep one of them"}}
	case b.Service == nil:
		return nil
	case b.Service.Name == "":
		return []fault{{field + ".service.name", "the service has no name", "write the Service's name"}}
	}
	port := b.Service.Port
	switch {
	case port.Name == "" && port.Number == 0:
		return []fault{{field + ".service.port", "the port has neither a number nor a name", "write port: {number: ...} or port: {name: ...}"}}
	case port.Name != "" && port.Number != 0:
		return []fault{{field + ".service.port", "the port has both a number and a name", "keep one of them"}}
	case port.Name == "" && (port.Number < 1 || port.Number > 65535):
		return []fault{{field + ".service.port.number", "the port is not between 1 and 65535", "write the Service's port"}}
	}
	return nil
}
