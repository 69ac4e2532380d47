package plan

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"

	"github.com/gwanmun/gwanmun/internal/model"
)

func (p *planner) listeners(want, have *model.LoadBalancer) {
	id := func(l *model.Listener) string { return fmt.Sprintf("%05d/%s", l.Port, portSpace(l.Protocol)) }
	match(want.Listeners, have.Listeners, id, func(w, h *model.Listener) {
		switch {
		case w == nil:
			p.remove(Operation{Call: DeleteListener, LoadBalancer: want.ID, Listener: keyOf(h)})
			return
		case h == nil:
			p.do(Operation{Call: CreateListener, LoadBalancer: want.ID, Listener: keyOf(w), WantListener: w, Tags: w.Tags})
			h = &model.Listener{Port: w.Port, Protocol: w.Protocol, Tags: w.Tags}
		case !sameListener(w, h):
			p.do(Operation{Call: ModifyListener, LoadBalancer: want.ID, Listener: keyOf(w), WantListener: w})
		}
		at := Operation{LoadBalancer: want.ID, Listener: keyOf(w)}
		if add := without(w.Certificates, h.Certificates); len(add) > 0 {
			o := at
			o.Call, o.Certificates = AddListenerCertificates, add
			p.do(o)
		}
		p.rules(at, w.Rules, h.Rules)
		if drop := without(h.Certificates, w.Certificates); len(drop) > 0 {
			o := at
			o.Call, o.Certificates = RemoveListenerCertificates, drop
			p.remove(o)
		}
		o := at
		o.Call = ModifyListenerAttributes
		p.attributes(o, w.Attributes, h.Attributes)
		p.tags(at, w.Tags, h.Tags)
	})
}

// portSpace tells apart the protocols that may share a port.
func portSpace(p model.ListenerProtocol) string {
	switch p {
	case model.UDP, model.QUIC:
		return "udp"
	}
	return "tcp"
}

func keyOf(l *model.Listener) ListenerKey { return ListenerKey{Port: l.Port, Protocol: l.Protocol} }

// sameListener compares what ModifyListener can change.
func sameListener(a, b *model.Listener) bool {
	return a.Protocol == b.Protocol && a.DefaultCertificate == b.DefaultCertificate && a.SSLPolicy == b.SSLPolicy &&
		a.ALPNPolicy == b.ALPNPolicy && reflect.DeepEqual(a.MutualAuthentication, b.MutualAuthentication) &&
		reflect.DeepEqual(a.DefaultActions, b.DefaultActions)
}

// content is a rule without its place and without what AWS does not hold.
func content(r *model.Rule) model.Rule {
	return model.Rule{Conditions: r.Conditions, Actions: r.Actions, Transforms: r.Transforms}
}

func sameContent(a, b *model.Rule) bool { return reflect.DeepEqual(content(a), content(b)) }

// rules keeps rules whose content is wanted and moves them to their priorities in one call, which AWS carries out as
// a whole. Rules that are not wanted and stand in the way are moved behind all others first. What is then at the right
// priority with other content is modified in place, what is missing is created, and only then is the rest deleted: at no
// moment is a wanted rule absent that was there before.
func (p *planner) rules(at Operation, want, have []model.Rule) {
	from := pair(want, have)
	var moves []Move
	taken := map[int32]bool{} // priorities that moved rules will hold
	for i := range want {
		if j := from[i]; j >= 0 {
			taken[want[i].Priority] = true
			if have[j].Priority != want[i].Priority {
				moves = append(moves, Move{From: have[j].Priority, To: want[i].Priority})
			}
		}
	}
	spare := lastPriority(want, have)
	left := map[int32]*model.Rule{} // unwanted rules by the priority that they will hold
	for j := range have {
		if slices.Contains(from, j) {
			continue
		}
		place := have[j].Priority
		if taken[place] {
			spare++
			place = spare
			moves = append(moves, Move{From: have[j].Priority, To: place})
		}
		left[place] = &have[j]
	}
	p.reorder(at, moves)
	for i := range want {
		if from[i] >= 0 {
			continue
		}
		o := at
		o.Call, o.Rule, o.Priority = CreateRule, &want[i], want[i].Priority
		if left[want[i].Priority] != nil {
			o.Call = ModifyRule
			delete(left, want[i].Priority)
		}
		p.do(o)
	}
	gone := make([]int32, 0, len(left))
	for priority := range left {
		gone = append(gone, priority)
	}
	slices.Sort(gone)
	for _, priority := range gone {
		o := at
		o.Call, o.Priority = DeleteRule, priority
		p.do(o)
	}
}

func (p *planner) reorder(at Operation, moves []Move) {
	if len(moves) == 0 {
		return
	}
	slices.SortFunc(moves, func(a, b Move) int { return cmp.Compare(a.From, b.From) })
	at.Call, at.Moves = SetRulePriorities, moves
	p.do(at)
}

// pair finds for each wanted rule an observed one with the same content, at the same priority if possible; -1 for none.
func pair(want, have []model.Rule) []int {
	from := make([]int, len(want))
	used := make([]bool, len(have))
	find := func(i int, ok func(j int) bool) {
		for j := range have {
			if !used[j] && ok(j) && sameContent(&want[i], &have[j]) {
				from[i], used[j] = j, true
				return
			}
		}
	}
	for i := range want {
		from[i] = -1
		find(i, func(j int) bool { return have[j].Priority == want[i].Priority })
	}
	for i := range want {
		if from[i] < 0 {
			find(i, func(int) bool { return true })
		}
	}
	return from
}

func lastPriority(lists ...[]model.Rule) int32 {
	var last int32
	for _, list := range lists {
		for i := range list {
			last = max(last, list[i].Priority)
		}
	}
	return last
}
