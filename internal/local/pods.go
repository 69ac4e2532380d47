package local

import (
	"crypto/sha256"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/manifest"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// AnnotationAddress on a Pod (or a pod template) or a Service names the local process that takes the place of stand-ins:
// "127.0.0.1:3000", "localhost:3000" or ":3000"; on a Service also several, separated by commas.
const AnnotationAddress = annotationPrefix + "address"

// maxReplicas is how many stand-ins one workload gets at most: more would show nothing new.
const maxReplicas = 10

// pod is a pod that manifests promise: a Pod, or one replica of a workload.
type pod struct {
	namespace, name string
	labels          map[string]string
	containers      []corev1.Container
	node            standInNode
	// process is the local process that serves in its place; invalid when there is none.
	process netip.AddrPort
	// source is the manifest.
	source objects.Key
}

// podsOf lists the pods that the manifests promise, by namespace.
func podsOf(l *manifest.Loaded, nodes []standInNode, into *diag.Collector) map[string][]pod {
	out := map[string][]pod{}
	for _, o := range l.Objects {
		for _, p := range expand(o, l, nodes, into) {
			if a := p.annotations[AnnotationAddress]; a != "" {
				addresses, err := parseAddresses(a)
				if err != nil || len(addresses) != 1 {
					into.Add(diag.LocalAddressInvalid, o.Key.Object(), p.field, diag.A("key", AnnotationAddress), diag.A("value", a))
				} else {
					p.process = addresses[0]
				}
			}
			out[p.namespace] = append(out[p.namespace], p.pod)
		}
	}
	return out
}

// promised is a pod with the place of its annotations.
type promised struct {
	pod
	annotations map[string]string
	field       string
}

// expand makes the pods of one manifest.
func expand(o manifest.Object, l *manifest.Loaded, nodes []standInNode, into *diag.Collector) []promised {
	if ownedByOther(o, l) {
		return nil
	}
	switch v := o.Value.(type) {
	case *corev1.Pod:
		p := replica(o, v.Name, v.ObjectMeta, v.Spec, nodes, 0)
		p.field = "metadata.annotations[" + AnnotationAddress + "]"
		return []promised{p}
	case *appsv1.Deployment:
		set := v.Name + "-" + suffix(10, string(o.Key.Kind), v.Namespace, v.Name)
		return replicas(o, v.Spec.Replicas, v.Spec.Template, nodes, into, func(i int) string {
			return set + "-" + suffix(5, set, v.Namespace, strconv.Itoa(i))
		})
	case *appsv1.ReplicaSet:
		return replicas(o, v.Spec.Replicas, v.Spec.Template, nodes, into, func(i int) string {
			return v.Name + "-" + suffix(5, v.Name, v.Namespace, strconv.Itoa(i))
		})
	case *appsv1.StatefulSet:
		return replicas(o, v.Spec.Replicas, v.Spec.Template, nodes, into, func(i int) string {
			return v.Name + "-" + strconv.Itoa(i)
		})
	case *appsv1.DaemonSet:
		count := int32(len(nodes))
		return replicas(o, &count, v.Spec.Template, nodes, into, func(i int) string {
			return v.Name + "-" + suffix(5, v.Name, v.Namespace, strconv.Itoa(i))
		})
	}
	return nil
}

func replicas(o manifest.Object, count *int32, t corev1.PodTemplateSpec, nodes []standInNode, into *diag.Collector, name func(int) string) []promised {
	n := int(*count)
	if n > maxReplicas {
		into.Add(diag.LocalCapped, o.Key.Object(), "spec.replicas", diag.A("count", n), diag.A("limit", maxReplicas))
		n = maxReplicas
	}
	var out []promised
	for i := range n {
		p := replica(o, name(i), t.ObjectMeta, t.Spec, nodes, i)
		p.field = "spec.template.metadata.annotations[" + AnnotationAddress + "]"
		out = append(out, p)
	}
	return out
}

func replica(o manifest.Object, name string, meta metav1.ObjectMeta, spec corev1.PodSpec, nodes []standInNode, i int) promised {
	p := pod{
		namespace: o.Key.Namespace, name: name, labels: meta.Labels, containers: spec.Containers, source: o.Key,
	}
	if len(nodes) > 0 {
		p.node = nodes[i%len(nodes)]
	}
	return promised{pod: p, annotations: meta.Annotations}
}

// ownedByOther says whether the object was made by a workload that is among the manifests too, as in the output of
// "kubectl get all -o yaml".
func ownedByOther(o manifest.Object, l *manifest.Loaded) bool {
	return slices.ContainsFunc(o.Value.GetOwnerReferences(), func(r metav1.OwnerReference) bool {
		_, there := l.Find(objects.Key{Kind: objects.Kind(r.Kind), Name: objects.Name{Namespace: o.Key.Namespace, Name: r.Name}})
		return there && r.Controller != nil && *r.Controller
	})
}

// suffix is the random-looking end of a pod's name; it depends on the parts alone. The letters are those that Kubernetes
// uses, which form no words.
func suffix(n int, parts ...string) string {
	const letters = "bcdfghjklmnpqrstvwxz2456789"
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	out := make([]byte, n)
	for i := range out {
		out[i] = letters[int(sum[i])%len(letters)]
	}
	return string(out)
}

// containerPort resolves a Service's targetPort for the pod; 0 when the pod has no port of that name.
func (p *pod) containerPort(sp corev1.ServicePort) int32 {
	if sp.TargetPort.StrVal == "" {
		return sp.TargetPort.IntVal
	}
	for _, c := range p.containers {
		for _, cp := range c.Ports {
			if cp.Name == sp.TargetPort.StrVal && cp.Protocol == sp.Protocol {
				return cp.ContainerPort
			}
		}
	}
	return 0
}

// parseAddresses reads the value of AnnotationAddress.
func parseAddresses(value string) ([]netip.AddrPort, error) {
	var out []netip.AddrPort
	for _, text := range strings.Split(value, ",") {
		text = strings.TrimSpace(text)
		switch {
		case strings.HasPrefix(text, ":"):
			text = "127.0.0.1" + text
		case strings.HasPrefix(text, "localhost:"):
			text = "127.0.0.1" + strings.TrimPrefix(text, "localhost")
		}
		a, err := netip.ParseAddrPort(text)
		if err != nil || a.Port() == 0 {
			return nil, fmt.Errorf("%q is not an IP address and a port", text)
		}
		out = append(out, a)
	}
	return out, nil
}
