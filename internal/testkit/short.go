package testkit

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"

	"github.com/gwanmun/gwanmun/internal/build/servicenlb"
)

// prefixes are put before annotation keys without a slash, by class.
var prefixes = map[string]string{
	"nginx": "nginx.ingress.kubernetes.io/",
	"alb":   "alb.ingress.kubernetes.io/",
	"nlb":   "service.beta.kubernetes.io/",
}

// short is a document in short form. Exactly one of the first five members names the object and says its kind.
type short struct {
	Ingress   string `json:"ingress"`
	Service   string `json:"service"`
	Secret    string `json:"secret"`
	ConfigMap string `json:"configMap"`
	Namespace string `json:"namespace"`
	// Class of an Ingress: a name for the field, "none", or "annotation NAME". Of a Service: "nlb" for a load balancer of the
	// AWS controller's class.
	Class       string            `json:"class"`
	Created     string            `json:"created"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	// Rules are "HOST/PATH [TYPE] -> SERVICE[:PORT]"; TYPE is exact, prefix (the default) or impl.
	Rules []string `json:"rules"`
	// Default is the default backend: SERVICE[:PORT].
	Default string `json:"default"`
	// TLS are "HOST[,HOST] -> SECRET", "HOST" or "-> SECRET".
	TLS []string `json:"tls"`
	// Ports of a Service are "[NAME=]PORT[/udp][->TARGETPORT]"; "80" when there are none.
	Ports []string `json:"ports"`
	Type  string   `json:"type"`
	// Certificate makes a TLS Secret with a fresh certificate for these names.
	Certificate []string `json:"certificate"`
	// Authority makes a Secret with the authority of the clients of cases (see clientCertificates): listed with its
	// revocation list, unlisted without.
	Authority string `json:"authority"`
	// Users make a Secret with an htpasswd file under the key auth; Passwords one with a user per key.
	Users     map[string]string `json:"users"`
	Passwords map[string]string `json:"passwords"`
	Data      map[string]string `json:"data"`
}

// expand turns a document in short form into an object.
func (d *short) expand(o Options) (any, error) {
	meta := metav1.ObjectMeta{Name: d.Ingress + d.Service + d.Secret + d.ConfigMap, Namespace: d.Namespace, Labels: d.Labels}
	if meta.Namespace == "" {
		meta.Namespace = metav1.NamespaceDefault
	}
	if d.Created != "" {
		if err := yaml.Unmarshal([]byte(strconv.Quote(d.Created)), &meta.CreationTimestamp); err != nil {
			return nil, fmt.Errorf("created: %w", err)
		}
	}
	switch {
	case d.Ingress != "":
		return d.ingress(meta, o)
	case d.Service != "":
		return d.service(meta, o)
	case d.Secret != "":
		return d.secret(meta)
	case d.ConfigMap != "":
		return &corev1.ConfigMap{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"}, ObjectMeta: meta, Data: d.Data}, nil
	}
	return nil, fmt.Errorf("a document needs apiVersion and kind, or one of ingress, service, secret, configMap")
}

func (d *short) ingress(meta metav1.ObjectMeta, o Options) (any, error) {
	ing := &networkingv1.Ingress{
		TypeMeta:   metav1.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "Ingress"},
		ObjectMeta: meta,
	}
	class := d.Class
	if class == "" {
		class = o.Class
	}
	ing.Annotations = map[string]string{}
	if name, ok := strings.CutPrefix(class, "annotation "); ok {
		ing.Annotations["kubernetes.io/ingress.class"] = name
		class = name
	} else if class != "none" {
		ing.Spec.IngressClassName = &class
	}
	for key, value := range d.Annotations {
		if !strings.Contains(key, "/") {
			prefix := prefixes[class]
			if prefix == "" {
				prefix = prefixes[o.Class]
			}
			key = prefix + key
		}
		ing.Annotations[key] = value
	}
	for _, text := range d.Rules {
		if err := addRule(ing, text); err != nil {
			return nil, err
		}
	}
	if d.Default != "" {
		b := backend(d.Default)
		ing.Spec.DefaultBackend = &b
	}
	for _, text := range d.TLS {
		hosts, secret, _ := strings.Cut(text, "->")
		t := networkingv1.IngressTLS{SecretName: strings.TrimSpace(secret)}
		for _, h := range strings.Split(hosts, ",") {
			if h = strings.TrimSpace(h); h != "" {
				t.Hosts = append(t.Hosts, h)
			}
		}
		ing.Spec.TLS = append(ing.Spec.TLS, t)
	}
	return ing, nil
}

// addRule adds "HOST/PATH [TYPE] -> SERVICE[:PORT]" to the rule of that host when it is the last one, or to a new one.
func addRule(ing *networkingv1.Ingress, text string) error {
	left, right, ok := strings.Cut(text, "->")
	if !ok {
		return fmt.Errorf("rule %q: want HOST/PATH [TYPE] -> SERVICE[:PORT]", text)
	}
	left = strings.TrimSpace(left)
	kind := networkingv1.PathTypePrefix
	for word, t := range map[string]networkingv1.PathType{
		" exact": networkingv1.PathTypeExact, " prefix": networkingv1.PathTypePrefix, " impl": networkingv1.PathTypeImplementationSpecific,
	} {
		if rest, ok := strings.CutSuffix(left, word); ok {
			left, kind = strings.TrimSpace(rest), t
			break
		}
	}
	host, path, _ := strings.Cut(left, "/")
	p := networkingv1.HTTPIngressPath{Path: "/" + path, PathType: &kind, Backend: backend(strings.TrimSpace(right))}
	if n := len(ing.Spec.Rules); n > 0 && ing.Spec.Rules[n-1].Host == host {
		h := ing.Spec.Rules[n-1].HTTP
		h.Paths = append(h.Paths, p)
		return nil
	}
	ing.Spec.Rules = append(ing.Spec.Rules, networkingv1.IngressRule{
		Host:             host,
		IngressRuleValue: networkingv1.IngressRuleValue{HTTP: &networkingv1.HTTPIngressRuleValue{Paths: []networkingv1.HTTPIngressPath{p}}},
	})
	return nil
}

// backend reads SERVICE[:PORT]; the port is 80 when it is not given.
func backend(text string) networkingv1.IngressBackend {
	name, port, ok := strings.Cut(text, ":")
	s := &networkingv1.IngressServiceBackend{Name: name, Port: networkingv1.ServiceBackendPort{Number: 80}}
	if ok {
		s.Port = networkingv1.ServiceBackendPort{Name: port}
		if n, err := strconv.ParseInt(port, 10, 32); err == nil {
			s.Port = networkingv1.ServiceBackendPort{Number: int32(n)}
		}
	}
	return networkingv1.IngressBackend{Service: s}
}

// serviceAnnotations gives keys without a slash the prefix of network load balancers, the only class that Services have.
func (d *short) serviceAnnotations() map[string]string {
	out := map[string]string{}
	for key, value := range d.Annotations {
		if !strings.Contains(key, "/") {
			key = prefixes["nlb"] + key
		}
		out[key] = value
	}
	return out
}

func (d *short) service(meta metav1.ObjectMeta, o Options) (any, error) {
	if d.Annotations != nil {
		meta.Annotations = d.serviceAnnotations()
	}
	s := &corev1.Service{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Service"},
		ObjectMeta: meta,
		Spec:       corev1.ServiceSpec{Type: corev1.ServiceType(d.Type), Selector: map[string]string{"app": meta.Name}},
	}
	if d.Class == "nlb" || d.Class == "" && o.Class == "nlb" {
		class := servicenlb.LoadBalancerClass
		s.Spec.LoadBalancerClass = &class
		s.Spec.Type = cmp.Or(s.Spec.Type, corev1.ServiceTypeLoadBalancer)
	}
	ports := d.Ports
	if len(ports) == 0 {
		ports = []string{"80"}
	}
	for _, text := range ports {
		name, rest, named := strings.Cut(text, "=")
		if !named {
			name, rest = "", text
		}
		number, target, _ := strings.Cut(rest, "->")
		number, udp := strings.CutSuffix(number, "/udp")
		n, err := strconv.ParseInt(number, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("port %q: want [NAME=]PORT[/udp][->TARGETPORT]", text)
		}
		p := corev1.ServicePort{Name: name, Port: int32(n)}
		if udp {
			p.Protocol = corev1.ProtocolUDP
		}
		if target != "" {
			p.TargetPort = intstr.Parse(target)
		}
		s.Spec.Ports = append(s.Spec.Ports, p)
	}
	return s, nil
}
