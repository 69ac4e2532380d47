package ingressalb

import (
	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/build/elb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// maxRules is the highest priority that a rule can have.
const maxRules = 50000

func fieldOfListenPorts() string { return fieldOf(alb.ListenPorts) }

// listener makes one listener with its rules. Under ssl-redirect an HTTP listener has no rules at all.
func (w *work) listener(l *portListener, redirect int32) model.Listener {
	out := model.Listener{
		Port: l.port, Protocol: l.protocol, SSLPolicy: l.sslPolicy,
		DefaultCertificate: l.defaultCertificate, Certificates: l.certificates, Attributes: l.attributes, Sources: l.sources,
	}
	if m := l.mutual; m != nil {
		out.MutualAuthentication = &model.MutualAuthentication{
			Mode: m.Mode, TrustStore: m.TrustStore, IgnoreClientCertificateExpiry: ignoresExpiry(*m),
			AdvertiseTrustStoreCANames: m.AdvertiseTrustStoreCANames,
		}
	}
	if !w.options.UntaggedRules {
		out.Tags = w.tags(elb.PortText(l.port), w.sharedTags(l.members))
	}
	if redirect != 0 && l.protocol == model.HTTP {
		out.DefaultActions = redirectTo(redirect)
		return out
	}
	if l.protocol == model.HTTP {
		w.warnPlainHTTP(l)
	}
	w.defaultActions(l, &out)
	w.rules(l, &out)
	return out
}

// defaultActions are those of the only default backend, or a 404.
func (w *work) defaultActions(l *portListener, out *model.Listener) {
	var by *member
	for _, m := range l.inOrder() {
		fallback := l.fallbackOf(m)
		switch {
		case fallback == nil:
		case by == nil:
			by = m
			out.DefaultActions = fallback.actionsFor(l.protocol)
			out.DefaultSource = fallback.source
		default:
			w.found.Add(diag.ALBDefaultBackends, m.object, "spec.defaultBackend",
				diag.A("port", l.port), diag.A("other", by.name()), diag.A("group", w.group))
		}
	}
	if by == nil {
		out.DefaultActions = []model.Action{fixedResponse(404, "")}
	}
}

func fixedResponse(status int32, body string) model.Action {
	return model.Action{Type: model.ActionFixedResponse, FixedResponse: &model.FixedResponse{
		StatusCode: status, ContentType: "text/plain", MessageBody: body,
	}}
}

// rules lines up the members' rules in the group's order, takes out the pointless ones and numbers the rest without gaps.
func (w *work) rules(l *portListener, out *model.Listener) {
	type owned struct {
		draft
		by *member
	}
	var all []owned
	for _, m := range l.inOrder() {
		for _, d := range l.rulesOf(m) {
			all = append(all, owned{d, m})
		}
	}
	list := make([]*draft, len(all))
	owners := make(map[*draft]*member, len(all))
	for i := range all {
		list[i] = &all[i].draft
		owners[list[i]] = all[i].by
	}
	list = optimise(list, l.port, l.protocol)
	if len(list) > maxRules {
		w.found.Add(diag.ALBTooManyRules, owners[list[maxRules]].object, fieldOfListenPorts(),
			diag.A("port", l.port), diag.A("group", w.group), diag.A("limit", maxRules))
		list = list[:maxRules]
	}
	for i, d := range list {
		r := model.Rule{
			Priority: int32(i + 1), Conditions: d.conditions, Actions: d.actionsFor(l.protocol),
			Transforms: d.transforms, Source: d.source,
		}
		if !w.options.UntaggedRules {
			r.Tags = w.tags(elb.PortText(l.port)+":"+elb.PortText(r.Priority), owners[d].tags)
		}
		out.Rules = append(out.Rules, r)
	}
}
