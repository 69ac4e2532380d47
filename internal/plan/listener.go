package plan

import (
	"fmt"
	"slices"

	"github.com/gwanmun/gwanmun/internal/model"
)

func (p *planner) listeners(want, have *model.LoadBalancer) {
	id := func(l *model.Listener) string { return fmt.Sprintf("%05d/%s", l.Port, portSpace(l.Protocol)) }
	type pair struct{ want, have *model.Listener }
	var there []pair
	match(want.Listeners, have.Listeners, id, func(w, h *model.Listener) {
		switch {
		case w == nil:
			p.remove(Operation{Call: DeleteListener, LoadBalancer: want.ID, Listener: keyOf(h)})
		case h == nil:
			p.listener(Operation{LoadBalancer: want.ID, Listener: keyOf(w)}, w, h)
		default:
			there = append(there, pair{w, h})
		}
	})
	// New ports come first: one that is there may be about to redirect its clients to them.
	for _, l := range there {
		p.listener(Operation{LoadBalancer: want.ID, Listener: keyOf(l.want)}, l.want, l.have)
	}
}

// listener makes or changes one listener. Its rules are created before its default actions change and deleted after that:
// what the default answered is answered by a rule, or the other way round, at every moment.
func (p *planner) listener(at Operation, w, h *model.Listener) {
	modify := func(l *model.Listener) {
		o := at
		o.Call, o.WantListener = ModifyListener, l
		p.do(o)
	}
	later := false
	switch {
	case h == nil:
		o := at
		o.Call, o.WantListener, o.Tags = CreateListener, w, w.Tags
		p.do(o)
		h = &model.Listener{Port: w.Port, Protocol: w.Protocol, Tags: w.Tags}
	case w.Protocol != h.Protocol:
		modify(w) // not every action may stand on every protocol
	case !sameListener(w, h):
		first := *w
		later = !sameActions(w.DefaultActions, h.DefaultActions)
		if later {
			first.DefaultActions = h.DefaultActions
		}
		modify(&first)
	default:
		later = !sameActions(w.DefaultActions, h.DefaultActions)
	}
	if add := without(w.Certificates, h.Certificates); len(add) > 0 {
		o := at
		o.Call, o.Certificates = AddListenerCertificates, add
		p.do(o)
	}
	unwanted := p.rules(at, w.Rules, h.Rules, !later)
	if later {
		modify(w)
	}
	for _, o := range unwanted {
		p.do(o)
	}
	if drop := without(h.Certificates, w.Certificates); len(drop) > 0 {
		o := at
		o.Call, o.Certificates = RemoveListenerCertificates, drop
		p.remove(o)
	}
	o := at
	o.Call = ModifyListenerAttributes
	p.attributes(o, w.Attributes, h.Attributes)
	p.tags(at, w.Tags, h.Tags)
}

// portSpace tells apart the protocols that may share a port.
func portSpace(p model.ListenerProtocol) string {
	if slices.Contains([]model.ListenerProtocol{model.UDP, model.QUIC}, p) {
		return "udp"
	}
	return "tcp"
}

func keyOf(l *model.Listener) ListenerKey { return ListenerKey{Port: l.Port, Protocol: l.Protocol} }
