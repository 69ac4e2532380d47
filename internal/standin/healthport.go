package standin

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// healthPort answers load balancers that ask whether a node has endpoints of a Service with externalTrafficPolicy Local, as
// kube-proxy does on spec.healthCheckNodePort: 200 or 503, whatever the path.
type healthPort struct {
	server    *http.Server
	service   string
	endpoints atomic.Int64
}

func openHealthPort(l net.Listener, service string) *healthPort {
	h := &healthPort{service: service}
	h.server = &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = h.server.Serve(l) }() // it ends when close closes the listener
	return h
}

func (h *healthPort) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	n := h.endpoints.Load()
	w.Header().Set("Content-Type", "application/json")
	if n == 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_, _ = fmt.Fprintf(w, "{\"service\": %q, \"localEndpoints\": %d}\n", h.service, n) // the checker may leave at any time
}

func (h *healthPort) close() { _ = h.server.Close() } // nobody waits for an answer about health

// tellHealth opens a Service's health port on every node and tells it how many endpoints the node has.
func (p *nodePorts) tellHealth(s *corev1.Service, needed map[netip.AddrPort]bool) {
	if s.Spec.HealthCheckNodePort == 0 || len(s.Spec.Ports) == 0 {
		return
	}
	for _, n := range p.options.Nodes {
		at := netip.AddrPortFrom(p.options.Place(n.Address), uint16(s.Spec.HealthCheckNodePort)) //nolint:gosec // the API server checks ports
		needed[at] = true
		if p.health[at] == nil {
			l := p.listen(at)
			if l == nil {
				continue
			}
			p.health[at] = openHealthPort(l, s.Namespace+"/"+s.Name)
		}
		p.health[at].endpoints.Store(int64(len(p.endpoints(s, &s.Spec.Ports[0], n.Name))))
	}
}
