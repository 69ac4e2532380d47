package laptop

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/gwanmun/gwanmun/internal/local"
	"github.com/gwanmun/gwanmun/internal/proxy"
)

// balancer is a load balancer with its sockets, of AWS or of class nginx.
type balancer struct {
	local.LoadBalancerState
	// dns is its name; empty for class nginx, which is known by its address.
	dns string
}

// ingressStates says of every Ingress that has an address how it is reached. Its status is what counts: it is what kubectl
// shows, and it is there only when the controller is done.
func ingressStates(ingresses []*networkingv1.Ingress, balancers []balancer) []local.IngressState {
	out := []local.IngressState{}
	for _, ing := range ingresses {
		s := local.IngressState{Namespace: ing.Namespace, Name: ing.Name, Pending: true, Curl: []string{}}
		if len(ing.Status.LoadBalancer.Ingress) > 0 {
			at := ing.Status.LoadBalancer.Ingress[0]
			if b := find(balancers, at.Hostname, at.IP); b != nil {
				var ports []int32
				for _, p := range at.Ports {
					ports = append(ports, p.Port)
				}
				s.Accepted, s.Pending, s.LoadBalancer, s.Class, s.Address = true, false, b.ID, b.Class, b.Address
				lb := &b.LoadBalancerState
				if len(ports) > 0 {
					lb = local.ListenersOf(lb, ports)
				}
				s.Curl = append(s.Curl, local.CurlLines(ing, lb)...)
			}
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b local.IngressState) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return out
}

func find(balancers []balancer, hostname, ip string) *balancer {
	for i := range balancers {
		b := &balancers[i]
		if hostname != "" && strings.EqualFold(b.dns, hostname) || hostname == "" && ip != "" && b.dns == "" && b.Address == ip {
			return b
		}
	}
	return nil
}

// serviceStates says how Services with load balancers are reached.
func serviceStates(services []*corev1.Service, balancers []balancer) []ServiceState {
	out := []ServiceState{}
	for _, svc := range services {
		if len(svc.Status.LoadBalancer.Ingress) == 0 {
			continue
		}
		at := svc.Status.LoadBalancer.Ingress[0]
		b := find(balancers, at.Hostname, at.IP)
		if b == nil {
			continue
		}
		s := ServiceState{Namespace: svc.Namespace, Name: svc.Name, Hostname: at.Hostname, Address: b.Address, Curl: []string{}}
		for _, l := range b.Listeners {
			switch {
			case l.Address == "":
			case l.Protocol == "TLS":
				s.Curl = append(s.Curl, local.CurlLine(true, l.Address, "", "/"))
			case l.Protocol == "TCP":
				s.Curl = append(s.Curl, local.CurlLine(false, l.Address, "", "/"))
			}
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b ServiceState) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return out
}

// Intro says where everything is, with lines to paste.
func (s *State) Intro() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Kubernetes %s at %s\n", s.Kubernetes.Version, s.Kubernetes.Server)
	fmt.Fprintf(&b, "  export KUBECONFIG=%s\n", s.Kubernetes.Kubeconfig)
	if s.Kubernetes.Kubectl != "" {
		fmt.Fprintf(&b, "  %s get nodes\n", s.Kubernetes.Kubectl)
	}
	fmt.Fprintf(&b, "AWS (%s) at %s\n", s.AWS.Region, s.AWS.Endpoint)
	fmt.Fprintf(&b, "  export %s\n", strings.Join(s.AWS.Environment, " "))
	fmt.Fprintf(&b, "  aws --endpoint-url %s elbv2 describe-load-balancers\n", s.AWS.Endpoint)
	if s.DNS != "" {
		host, port, err := net.SplitHostPort(s.DNS)
		if err == nil {
			fmt.Fprintf(&b, "names of load balancers, offline\n  dig +short @%s -p %s NAME\n", host, port)
		}
	}
	return b.String()
}

// addressOf is the socket of a listener; empty when it has none.
func addressOf(placed []proxy.Placement, lb string, port int32) string {
	for _, p := range placed {
		if p.LoadBalancer == lb && p.Port == port {
			return p.Address.String()
		}
	}
	return ""
}

// Overview is what `kubectl get` would show of Ingresses and of the load balancers behind them, in a few lines.
func (l *Laptop) Overview() string {
	s := l.State()
	var b strings.Builder
	for _, lb := range l.balancers() {
		if lb.Class != "nginx" {
			fmt.Fprintf(&b, "load balancer %s by AWS API calls: %s\n", lb.Name, lb.dns)
		}
	}
	for _, ing := range s.Ingresses {
		fmt.Fprintf(&b, "Ingress %s/%s of class %s at %s\n", ing.Namespace, ing.Name, ing.Class, ing.Address)
	}
	return b.String()
}
