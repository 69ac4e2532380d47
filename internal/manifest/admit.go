package manifest

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// Where API servers take node ports from, when not told otherwise.
const (
	firstNodePort = 30000
	nodePorts     = 2768
)

// annotationClass is the annotation that named a class before there was a field for it.
const annotationClass = "kubernetes.io/ingress.class"

// nodePortOwner is a Service port that has a node port.
type nodePortOwner struct {
	service objects.Name
	port    int32
	proto   corev1.Protocol
}

// admit does what an API server does over several objects: it gives Ingresses the default class and Services their node
// ports. Objects are changed in copies.
func (l *Loader) admit(all []Object, c *diag.Collector) {
	l.defaultClass(all, c)
	l.nodePorts(all, c)
}

// defaultClass gives Ingresses without class the default one. With several default classes an API server takes the
// youngest; files have no age, so none is taken and the builders of the classes say what they make of it.
func (l *Loader) defaultClass(all []Object, c *diag.Collector) {
	var defaults []string
	for _, o := range all {
		if class, ok := o.Value.(*networkingv1.IngressClass); ok && class.Annotations[networkingv1.AnnotationIsDefaultIngressClass] == "true" {
			defaults = append(defaults, class.Name)
		}
	}
	if len(defaults) != 1 {
		return
	}
	for i := range all {
		ing, ok := all[i].Value.(*networkingv1.Ingress)
		if !ok || ing.Spec.IngressClassName != nil {
			continue
		}
		if _, ok := ing.Annotations[annotationClass]; ok {
			continue
		}
		filled := ing.DeepCopy()
		filled.Spec.IngressClassName = &defaults[0]
		all[i].Value = filled
		d := diag.New(diag.ManifestDefaultClass, all[i].Key.Object(), "spec.ingressClassName", diag.A("class", defaults[0]))
		d.File, d.Line = all[i].Origin.File, all[i].Origin.LineOf("spec")
		c.Append(d)
	}
}

// nodePorts gives node ports to the ports of Services that need them. Ports that are written count first; the others
// follow from the Service's name and port, so that they are the same in every run as long as no two fall together.
func (l *Loader) nodePorts(all []Object, c *diag.Collector) {
	taken := map[int32]nodePortOwner{}
	var waiting []int
	for i := range all {
		s, ok := all[i].Value.(*corev1.Service)
		if !ok || !usesNodePorts(s) {
			continue
		}
		missing := false
		for j, p := range s.Spec.Ports {
			owner := nodePortOwner{all[i].Key.Name, p.Port, p.Protocol}
			other, clash := taken[p.NodePort]
			switch {
			case p.NodePort == 0:
				missing = true
			case clash && other.service != owner.service:
				d := diag.New(diag.ManifestNodePort, all[i].Key.Object(), portField(j), diag.A("port", p.NodePort), diag.A("other", other.service))
				d.File, d.Line = all[i].Origin.File, all[i].Origin.LineOf(portField(j))
				c.Append(d)
			default:
				taken[p.NodePort] = owner
			}
		}
		if missing {
			waiting = append(waiting, i)
		}
	}
	for _, i := range waiting {
		s := all[i].Value.(*corev1.Service).DeepCopy()
		for j := range s.Spec.Ports {
			if s.Spec.Ports[j].NodePort == 0 {
				s.Spec.Ports[j].NodePort = l.nodePort(nodePortOwner{all[i].Key.Name, s.Spec.Ports[j].Port, s.Spec.Ports[j].Protocol}, taken)
			}
		}
		all[i].Value = s
	}
}

// nodePort finds a free node port for a Service port: the one it had, or the first free one from its hash on.
func (l *Loader) nodePort(owner nodePortOwner, taken map[int32]nodePortOwner) int32 {
	port, ok := l.ports[owner]
	if !ok {
		h := sha256.Sum256(binary.BigEndian.AppendUint32([]byte(owner.service.String()+"/"+string(owner.proto)), uint32(owner.port)))
		port = firstNodePort + int32(binary.BigEndian.Uint32(h[:4])%nodePorts)
	}
	for range nodePorts {
		if _, used := taken[port]; !used {
			taken[port] = owner
			l.ports[owner] = port
			return port
		}
		port = firstNodePort + (port-firstNodePort+1)%nodePorts
	}
	return 0
}

func portField(i int) string { return fmt.Sprintf("spec.ports[%d].nodePort", i) }
