package ingressnginx

import (
	"slices"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/nginx"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// readPassthrough reads ssl-passthrough, which has no effect without the flag for it.
func (c *class) readPassthrough(s *settings, r *annotation.Reader, object diag.Object, into *diag.Collector) {
	wanted := annotation.Get(r, nginx.SSLPassthrough).Value
	s.sslPassthrough = wanted && c.options.EnableSSLPassthrough
	if wanted && !s.sslPassthrough {
		into.Add(diag.NginxPassthroughOff, object, annotation.FieldOf(nginx.Prefix+nginx.SSLPassthrough.Suffix))
	}
}

// choosePassthrough finds where TLS of the host goes undecrypted: to what is behind its path "/", as soon as one of its
// Ingresses asks for it. Plain HTTP to the same backend is then spoken in TLS.
func (h *hostBuild) choosePassthrough() {
	i := slices.IndexFunc(h.mains, func(m *member) bool { return m.s.sslPassthrough })
	if i < 0 || h.denied != "" {
		return
	}
	root := h.find("/", prefix)
	if root == nil || root.backend == nil || root.denied != "" {
		h.diags.Add(diag.NginxPassthroughRoot, h.mains[i].object, annotation.FieldOf(nginx.Prefix+nginx.SSLPassthrough.Suffix),
			diag.A("host", shownHost(h.host)))
		return
	}
	passed := *root.backend
	passed.https, passed.grpc, passed.passed = false, false, true
	h.passed = &passed
	h.passedFrom = root
	for _, l := range h.locations {
		if b := l.backend; b != nil && b.service == passed.service && b.port == passed.port {
			secure := *b
			secure.https = true
			l.backend = &secure
		}
	}
}

// passThrough puts it into the model.
func (h *hostBuild) passThrough(lb *model.LoadBalancer, m *model.Model) {
	if h.passed == nil {
		return
	}
	lb.Listeners[1].Passthrough = []model.Passthrough{{
		Host: h.host, TargetGroup: h.passed.group(), Source: h.source(h.passedFrom),
	}}
	m.TargetGroups = append(m.TargetGroups, h.targetGroup(h.passed))
}
