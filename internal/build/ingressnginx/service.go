package ingressnginx

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/gwanmun/gwanmun/internal/build/binding"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// backend is a Service port that a path refers to.
type backend struct {
	service objects.Name
	// port is the reference as written: a number or a name.
	port        string
	https, grpc bool
	// passed says that connections go there as they come, whatever they carry.
	passed bool
}

// name is ingress-nginx's name of the backend, as access logs show it.
func (b *backend) name() string {
	return b.service.Namespace + "-" + b.service.Name + "-" + b.port
}

// group is the ID of the target group. What the targets speak is part of it, because ingress-nginx decides that per path
// while a target group has one protocol.
func (b *backend) group() string {
	id := "nginx/" + b.service.Namespace + "/" + b.service.Name + "/" + b.port
	if b.https {
		id += "/https"
	}
	if b.grpc {
		id += "/grpc"
	}
	if b.passed {
		id += "/passthrough"
	}
	return id
}

// portRef is the text of a backend's port.
func portRef(p networkingv1.ServiceBackendPort) string {
	if p.Name != "" {
		return p.Name
	}
	return strconv.Itoa(int(p.Number))
}

// backendOf reads a backend of an Ingress and reports what is wrong with it. A Service or port that does not exist still
// gives a backend: its target group has no targets, and the path answers 503 as in ingress-nginx.
func (h *hostBuild) backendOf(m *member, b *networkingv1.IngressBackend, field, consequence string) *backend {
	switch {
	case b == nil || b.Service == nil && b.Resource == nil || b.Service != nil && b.Service.Name == "":
		h.diags.Add(diag.BackendMissing, m.object, field)
		return nil
	case b.Service == nil:
		h.diags.Add(diag.BackendResource, m.object, field)
		return nil
	}
	out := &backend{
		service: objects.Name{Namespace: m.ing.Namespace, Name: b.Service.Name},
		port:    portRef(b.Service.Port),
		https:   m.s.https,
		grpc:    m.s.grpc,
	}
	h.checkService(m, out, field+".service", consequence)
	return out
}

func (h *hostBuild) checkService(m *member, b *backend, field, consequence string) {
	svc := h.in.Objects.Service(b.service)
	switch {
	case svc == nil:
		h.diags.Add(diag.ServiceMissing, m.object, field, diag.A("service", b.service), diag.A("consequence", consequence))
	case svc.Spec.Type == corev1.ServiceTypeExternalName && h.externalError(svc) != "":
		h.diags.Add(diag.ServiceNotExternal, m.object, field, diag.A("service", b.service),
			diag.A("target", svc.Spec.ExternalName), diag.A("reason", h.externalError(svc)), diag.A("consequence", consequence))
	case svc.Spec.Type == corev1.ServiceTypeExternalName && h.externalTargets(svc, b.port) != nil:
	default:
		h.checkPort(m, b, svc, field, consequence)
	}
}

func (h *hostBuild) checkPort(m *member, b *backend, svc *corev1.Service, field, consequence string) {
	switch port := binding.FindPortOrTarget(svc, b.port); {
	case port == nil:
		h.diags.Add(diag.ServicePortMissing, m.object, field, diag.A("service", b.service), diag.A("port", b.port),
			diag.A("ports", portsOf(svc)), diag.A("consequence", consequence))
	case !overTCP(port):
		h.diags.Add(diag.NginxPortProtocol, m.object, field, diag.A("service", b.service), diag.A("port", b.port),
			diag.A("protocol", port.Protocol), diag.A("consequence", consequence))
	}
}

// overTCP says whether HTTP can be spoken on a Service's port. ingress-nginx takes the first port that a reference fits,
// and finds no endpoints for it when it is one of another protocol.
func overTCP(p *corev1.ServicePort) bool { return p.Protocol == "" || p.Protocol == corev1.ProtocolTCP }

func portsOf(svc *corev1.Service) string {
	var out []string
	for _, p := range svc.Spec.Ports {
		text := strconv.Itoa(int(p.Port))
		if p.Name != "" {
			text += " (" + p.Name + ")"
		}
		out = append(out, text)
	}
	if len(out) == 0 {
		return "it has none"
	}
	return strings.Join(out, ", ")
}

// externalError says why an ExternalName is refused: names of this very host would open it to everyone.
func (c *class) externalError(svc *corev1.Service) string {
	name := strings.ToLower(strings.TrimSuffix(svc.Spec.ExternalName, "."))
	if c.options.DisableExternalName {
		return "--disable-svc-external-name is set"
	}
	if address, err := netip.ParseAddr(name); err == nil {
		address = address.Unmap()
		if address.IsLoopback() || address.IsUnspecified() || address.IsLinkLocalUnicast() || address.IsMulticast() {
			return "it is an address of this host or of no host"
		}
		return ""
	}
	if name == "localhost" || strings.HasSuffix(name, ".localhost") || name == "localhost.localdomain" {
		return "it is a name of this host"
	}
	if name == "" || strings.ContainsAny(name, " /:@") || len(name) > 253 {
		return "it is no DNS name"
	}
	return ""
}

// targetGroup makes the target group of a backend. It depends on the Service and on the oldest Ingress that refers to it
// alone, never on the host that is built, so that all hosts agree on it.
func (c *class) targetGroup(b *backend) model.TargetGroup {
	tg := model.TargetGroup{ID: b.group(), Name: b.name(), Type: model.TargetIP, Protocol: model.TargetHTTP}
	if b.https {
		tg.Protocol = model.TargetHTTPS
	}
	if b.grpc {
		tg.ProtocolVersion = model.GRPC
	}
	if b.passed {
		tg.Protocol = model.TargetTCP
	}
	how, _ := c.balance(b)
	tg.Algorithm, tg.HashBy, tg.HashSubset = how.algorithm, how.hashBy, how.subset
	svc := c.in.Objects.Service(b.service)
	port := binding.FindPortOrTarget(svc, b.port)
	if port != nil {
		tg.Port = port.Port
	} else if n, err := strconv.ParseUint(b.port, 10, 16); err == nil {
		tg.Port = int32(n)
	}
	if svc != nil && svc.Spec.Type == corev1.ServiceTypeExternalName {
		tg.Targets = c.externalTargets(svc, b.port)
		return tg
	}
	if port != nil && !overTCP(port) {
		return tg // no targets, and none to come
	}
	tg.Binding = &model.Binding{
		Namespace: b.service.Namespace, Service: b.service.Name, Port: b.port, TargetType: model.TargetIP,
	}
	tg.Targets = binding.Targets(c.in.Objects, &tg)
	return tg
}

// externalTargets is the one name that an ExternalName Service stands for. Its ports are optional: a number that the
// Service does not list is used as it is.
func (c *class) externalTargets(svc *corev1.Service, ref string) []model.Target {
	if c.externalError(svc) != "" {
		return nil
	}
	var number int32
	if p := binding.FindPort(svc, ref); p != nil {
		if number = p.TargetPort.IntVal; number == 0 {
			number = p.Port
		}
	} else if n, err := strconv.ParseUint(ref, 10, 16); err == nil {
		number = int32(n)
	}
	if number <= 0 || number > 65535 {
		return nil
	}
	name := strings.TrimSuffix(svc.Spec.ExternalName, ".")
	t := model.Target{ID: name, Port: number}
	if _, err := netip.ParseAddr(name); err != nil {
		t.Address = name
	}
	return []model.Target{t}
}

// balance finds the load balancing of a backend: that of the oldest Ingress which refers to the Service and port. The
// Ingress is nil when nobody says anything about it.
func (c *class) balance(b *backend) (how balance, decider *networkingv1.Ingress) {
	var all []*networkingv1.Ingress
	said := false
	if c.in.Objects.Balanced(b.service) {
		for _, n := range c.in.Objects.IngressesOfService(b.service) {
			ing := c.in.Objects.Ingress(n)
			if ing == nil || !refersTo(ing, b) || !c.verdict(c.in, ing).ours {
				continue
			}
			all = append(all, ing)
			said = said || objects.SaysBalance(ing)
		}
	}
	if said {
		slices.SortFunc(all, older)
		for _, ing := range all {
			if s := c.readSettings(ing, nil); !s.dropped {
				return s.balance, ing
			}
		}
	}
	return c.defaults().balance, nil
}

func refersTo(ing *networkingv1.Ingress, b *backend) bool {
	is := func(x *networkingv1.IngressBackend) bool {
		return x != nil && x.Service != nil && x.Service.Name == b.service.Name && portRef(x.Service.Port) == b.port
	}
	if is(ing.Spec.DefaultBackend) {
		return true
	}
	for i := range ing.Spec.Rules {
		if http := ing.Spec.Rules[i].HTTP; http != nil {
			for j := range http.Paths {
				if is(&http.Paths[j].Backend) {
					return true
				}
			}
		}
	}
	return false
}

// defaults are the settings of what no Ingress owns: the ConfigMap's and the built-in ones.
func (c *class) defaults() *settings {
	if c.standard == nil {
		c.standard = c.readSettings(&networkingv1.Ingress{}, nil)
	}
	return c.standard
}

// firstPort is the port of --default-backend-service.
func firstPort(svc *corev1.Service) (string, error) {
	if svc == nil {
		return "", fmt.Errorf("it does not exist")
	}
	if len(svc.Spec.Ports) == 0 {
		return "", fmt.Errorf("it has no port")
	}
	return strconv.Itoa(int(svc.Spec.Ports[0].Port)), nil
}
