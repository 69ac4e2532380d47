package standin

import (
	"cmp"
	"context"
	"crypto/tls"
	"maps"
	"net"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/gwanmun/gwanmun/internal/echo"
)

// podPort is a port of a pod, of TCP or of UDP.
type podPort struct {
	number    int32
	datagrams bool
}

// podPorts are the ports that a stand-in answers on: those of its containers, and those that only a Service's targetPort
// names. A real container listens whether anybody wrote its port down or not.
func podPorts(pod *corev1.Pod, services []*corev1.Service) []podPort {
	ports := map[podPort]bool{}
	for _, c := range pod.Spec.Containers {
		for _, p := range c.Ports {
			if served(p.Protocol) {
				ports[podPort{p.ContainerPort, p.Protocol == corev1.ProtocolUDP}] = true
			}
		}
	}
	for _, s := range services {
		for _, p := range s.Spec.Ports {
			if !served(p.Protocol) || p.TargetPort.Type != intstr.Int {
				continue
			}
			datagrams := p.Protocol == corev1.ProtocolUDP
			if n := p.TargetPort.IntVal; n != 0 {
				ports[podPort{n, datagrams}] = true
			} else {
				ports[podPort{p.Port, datagrams}] = true
			}
		}
	}
	return slices.SortedFunc(maps.Keys(ports), func(a, b podPort) int {
		if a.datagrams != b.datagrams {
			if a.datagrams {
				return 1
			}
			return -1
		}
		return cmp.Compare(a.number, b.number)
	})
}

// served says whether stand-ins speak a protocol; none is TCP.
func served(p corev1.Protocol) bool {
	return p == "" || p == corev1.ProtocolTCP || p == corev1.ProtocolUDP
}

// server is a port of a stand-in at work.
type server interface {
	Close(ctx context.Context) error
}

// datagramServer is one of UDP. Nothing is under way there that an end could wait for.
type datagramServer struct{ *echo.Datagrams }

func (d datagramServer) Close(context.Context) error { return d.Datagrams.Close() }

// serve binds a port of a pod and answers on it.
func (p podPort) serve(at netip.AddrPort, id echo.Identity, config *tls.Config) (server, error) {
	if p.datagrams {
		var listen net.ListenConfig
		conn, err := listen.ListenPacket(context.Background(), "udp", at.String()) // binding does not wait
		if err != nil {
			return nil, err
		}
		return datagramServer{echo.StartDatagrams(conn, id)}, nil
	}
	l, err := net.Listen("tcp", at.String())
	if err != nil {
		return nil, err
	}
	return echo.Start(l, id, config), nil
}

// servicesOf are the Services that select the pod, by name.
func servicesOf(pod *corev1.Pod, all []*corev1.Service) []*corev1.Service {
	var out []*corev1.Service
	for _, s := range all {
		if s.Namespace == pod.Namespace && len(s.Spec.Selector) > 0 && labels.SelectorFromSet(s.Spec.Selector).Matches(labels.Set(pod.Labels)) {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b *corev1.Service) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return out
}
