package ingressnginx

import (
	"cmp"
	"strings"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/nginx"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// policy is what the location's owner says about its requests. It is a fresh value each time.
func (h *hostBuild) policy(l *location) *model.Policy {
	s := h.settingsOf(l)
	p := s.policy
	p.HSTS = h.hsts()
	p.ClientCertificate = h.clientPolicy()
	p.BackendName = "upstream-default-backend"
	if l.backend != nil {
		p.BackendName = l.backend.name()
	}
	p.Denied = cmp.Or(h.denied, s.denied, l.denied)
	if p.Denied != "" {
		return &p // nginx has nothing but the 503 in such a location
	}
	if l.backend != nil {
		p.Affinity = s.affinityOf(l)
	}
	if s.basicAuth != nil && !underAny(l.path, h.config.noAuth) {
		p.BasicAuth = s.basicAuth
		h.users[s.users.ID] = *s.users
	}
	if (s.forceSSLRedirect || s.sslRedirect && h.tls.present) && !underAny(l.path, h.config.noTLS) {
		p.SSLRedirect = &model.SSLRedirect{
			StatusCode: h.config.redirectCode, PreserveTrailingSlash: s.preserveTrailingSlash,
		}
		if s.portInRedirects {
			p.SSLRedirect.Port = h.options.HTTPSPort
		}
	}
	return &p
}

// responsePolicy is for rules that answer before any location is entered.
func (h *hostBuild) responsePolicy(l *location) *model.Policy {
	s := h.settingsOf(l)
	return h.config.everywhere(&model.Policy{
		BodyLimit: s.policy.BodyLimit, HSTS: h.hsts(), Forwarded: h.config.forwarded, Denied: h.denied,
		ClientCertificate: h.clientPolicy(),
		NoAccessLog:       s.policy.NoAccessLog,
	})
}

func (h *hostBuild) settingsOf(l *location) *settings {
	if l.owner == nil {
		return h.defaults()
	}
	return l.owner.s
}

// hsts is set for hosts with a certificate only.
func (h *hostBuild) hsts() string {
	if !h.tls.present {
		return ""
	}
	return h.config.hsts
}

// underAny says whether the Ingress path begins with one of the texts. It is the path of the Ingress and not that of the
// request which ingress-nginx compares.
func underAny(path string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(path, p) {
			return true
		}
	}
	return false
}

// redirects says whether the location answers with its owner's redirect.
func (h *hostBuild) redirects(l *location) bool {
	return l.owner != nil && !l.bare && l.owner.s.redirectURL != ""
}

// action is what a location does.
func (h *hostBuild) action(l *location, p *model.Policy) model.Action {
	switch {
	case p.Denied == "" && h.redirects(l):
		return model.Action{Type: model.ActionRedirect, Redirect: &model.Redirect{
			URL: l.owner.s.redirectURL, StatusCode: l.owner.s.redirectCode,
		}}
	case l.backend != nil:
		h.useGroup(l.backend)
		h.reportShared(l)
		return forward(l.backend)
	}
	if b := h.defaultService(); b != nil {
		h.useGroup(b)
		return forward(b)
	}
	return notFound()
}

func forward(b *backend) model.Action {
	return model.Action{Type: model.ActionForward, Forward: &model.Forward{
		TargetGroups: []model.WeightedTargetGroup{{TargetGroup: b.group(), Weight: 100}},
	}}
}

func notFound() model.Action {
	return model.Action{Type: model.ActionFixedResponse, FixedResponse: &model.FixedResponse{StatusCode: 404}}
}

// useGroup puts a backend's target group into the unit.
func (h *hostBuild) useGroup(b *backend) {
	if id := b.group(); h.groups[id].ID == "" {
		h.groups[id] = h.targetGroup(b)
	}
}

// reportShared tells an Ingress that its load balancing has no effect because an older one refers to the Service too.
func (h *hostBuild) reportShared(l *location) {
	if l.owner == nil || !objects.SaysBalance(l.owner.ing) {
		return
	}
	how, decider := h.balance(l.backend)
	if decider == nil || decider == l.owner.ing || how == l.owner.s.balance {
		return
	}
	key := nginx.Registry.FullKey(&nginx.LoadBalance.Entry)
	if l.owner.s.balance.hashBy != "" {
		key = nginx.Registry.FullKey(&nginx.UpstreamHashBy.Entry)
	}
	h.diags.Add(diag.NginxSharedSetting, l.owner.object, annotation.FieldOf(key), diag.A("key", key),
		diag.A("service", l.backend.service), diag.A("port", l.backend.port), diag.A("other", objectOf(decider)))
}

// defaultService is --default-backend-service; nil when it is not set or cannot be used.
func (c *class) defaultService() *backend {
	name := c.options.DefaultBackendService
	if name == (objects.Name{}) {
		return nil
	}
	port, err := firstPort(c.in.Objects.Service(name))
	if err != nil {
		return nil
	}
	return &backend{service: name, port: port}
}

// source names where a location came from.
func (h *hostBuild) source(l *location) model.Source {
	if l.owner == nil {
		return model.Source{}
	}
	s := model.Source{
		Kind: l.owner.object.Kind, Namespace: l.owner.object.Namespace, Name: l.owner.object.Name,
		Field: l.field, Path: l.path,
	}
	if l.backend != nil && !h.redirects(l) {
		s.Service, s.Port = l.backend.service.Name, l.backend.port
	}
	return s
}
