package ingressalb

import (
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// What a member that is left out would keep from targets must not reach them through the rules of another member. Such
// rules stay, and stay closed: a rule with a login, a token or client certificates answers 503, and a redirect or fixed
// response is given as it is. With the original nothing of the group is deployed in this case.

// guards are the rules that stay of a member that is left out.
func (m *member) guards() []draft {
	var out []draft
	for i := range m.rules {
		if g, ok := m.guard(&m.rules[i]); ok {
			out = append(out, g)
		}
	}
	return out
}

// guard is what stays of a rule or default backend; false when nothing does.
func (m *member) guard(d *draft) (draft, bool) {
	g := draft{conditions: d.conditions, source: d.source}
	g.source.Service, g.source.Port = "", ""
	switch {
	case d.broken && d.protects, !d.broken && len(d.secure) > 0, m.asksForCertificates():
		g.routing = fixedResponse(503, "")
		return g, true
	case !d.broken && d.routing.Type != model.ActionForward:
		g.routing = d.routing
		return g, true
	}
	return draft{}, false
}

// asksForCertificates says whether clients of the member may need a certificate.
func (m *member) asksForCertificates() bool {
	raw, ok := m.ing.Annotations[alb.Prefix+alb.MutualAuthentication.Suffix]
	if !ok {
		return false
	}
	list, err := alb.MutualAuthentication.Type.Parse(raw)
	return err != nil || slices.ContainsFunc(list, func(t alb.MutualTLS) bool { return t.Mode == verify })
}

// brokenDraft is a rule or default backend that cannot be read.
func (w *work) brokenDraft(m *member, b *networkingv1.IngressBackend, field string) draft {
	return draft{source: m.source(field), broken: true, protects: w.mayProtect(m, b)}
}

// mayProtect says whether a backend may keep requests from its targets, as far as that can be told without reading all
// of it: in doubt it does.
func (w *work) mayProtect(m *member, b *networkingv1.IngressBackend) bool {
	if asksForLogin(m.ing.Annotations) {
		return true
	}
	if b.Service == nil {
		return false
	}
	if b.Service.Port.Name != useAnnotation {
		return w.serviceAsksForLogin(m, b.Service.Name)
	}
	action, err := alb.Actions.Type.Parse(m.ing.Annotations[alb.Prefix+alb.Actions.Suffix+b.Service.Name])
	if err != nil || action.Type != "forward" {
		return true
	}
	return action.Forward != nil && slices.ContainsFunc(action.Forward.TargetGroups, func(t alb.TargetGroupTuple) bool {
		return w.serviceAsksForLogin(m, t.ServiceName)
	})
}

func (w *work) serviceAsksForLogin(m *member, name string) bool {
	svc := w.set.Service(objects.Name{Namespace: m.ing.Namespace, Name: name})
	return svc != nil && asksForLogin(svc.Annotations)
}

func asksForLogin(annotations map[string]string) bool {
	kind, login := annotations[alb.Prefix+alb.AuthType.Suffix]
	_, token := annotations[alb.Prefix+alb.JWTValidation.Suffix]
	return token || login && kind != alb.None
}

// widest are conditions that hold for whatever the host and path of a rule that cannot be read could mean.
func widest(hosts match, p *networkingv1.HTTPIngressPath, regex bool) []model.Condition {
	var out []model.Condition
	if !hosts.empty() {
		out = append(out, model.Condition{Field: model.HostHeader, Values: hosts.globs})
	}
	text := strings.TrimSuffix(p.Path, "/")
	if text == "" || regex && pathClass(p) == otherClass {
		text = ""
	}
	paths := []string{text + "/*"}
	if text != "" {
		paths = []string{text, text + "/*"}
	}
	return append(out, model.Condition{Field: model.PathPattern, Values: paths})
}

// withhold gives the ports what stays of the members that are left out.
func (w *work) withhold(listeners []*portListener) {
	for _, m := range w.members {
		if !m.failed {
			continue
		}
		stays := len(m.guards()) > 0
		if m.fallback != nil {
			_, also := m.guard(m.fallback)
			stays = stays || also
		}
		if !stays {
			continue
		}
		for _, l := range listeners {
			if m.portsUnknown || slices.ContainsFunc(m.ports, func(p alb.ListenPort) bool { return p.Port == l.port }) {
				l.withheld = append(l.withheld, m)
			}
		}
		w.found.Add(diag.ALBWithheld, m.object, "spec.rules", diag.A("group", w.group))
	}
}

// inOrder are the members of a port and those that it withholds, in the group's order.
func (l *portListener) inOrder() []*member {
	all := slices.Concat(l.members, l.withheld)
	slices.SortFunc(all, compareMembers)
	return all
}

// isWithheld says whether only the guards of a member are on the port.
func (l *portListener) isWithheld(m *member) bool { return slices.Contains(l.withheld, m) }

// rulesOf are the rules of a member on the port.
func (l *portListener) rulesOf(m *member) []draft {
	if l.isWithheld(m) {
		return m.guards()
	}
	return m.rules
}

// fallbackOf is the default backend of a member on the port; nil for none.
func (l *portListener) fallbackOf(m *member) *draft {
	if m.fallback == nil || !l.isWithheld(m) {
		return m.fallback
	}
	if g, ok := m.guard(m.fallback); ok {
		return &g
	}
	return nil
}
