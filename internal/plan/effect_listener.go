package plan

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gwanmun/gwanmun/internal/model"
)

func effectOnListener(m *model.Model, o Operation) error {
	i := find(m.LoadBalancers, func(lb *model.LoadBalancer) bool { return lb.ID == o.LoadBalancer })
	if i < 0 {
		return fmt.Errorf("there is no such load balancer")
	}
	listeners := m.LoadBalancers[i].Listeners
	at := find(listeners, func(l *model.Listener) bool {
		return l.Port == o.Listener.Port && portSpace(l.Protocol) == portSpace(o.Listener.Protocol)
	})
	switch {
	case o.Call == CreateListener && at >= 0:
		return fmt.Errorf("the port has a listener")
	case o.Call == CreateListener:
		made := *o.WantListener
		made.Rules, made.Certificates, made.Attributes = nil, nil, nil
		listeners = with(listeners, made)
	case at < 0:
		return fmt.Errorf("there is no such listener")
	case o.Call == DeleteListener:
		listeners = dropped(listeners, at)
	default:
		if err := changedListener(own(&listeners, at), o); err != nil {
			return err
		}
	}
	own(&m.LoadBalancers, i).Listeners = listeners
	return nil
}

// changedListener takes over what a call changes in a listener.
func changedListener(l *model.Listener, o Operation) error {
	switch o.Call {
	case ModifyListener:
		modified(l, o.WantListener)
	case ModifyListenerAttributes:
		l.Attributes = effectOnAttributes(l.Attributes, o.Attributes)
	case AddListenerCertificates:
		l.Certificates = slices.Concat(l.Certificates, without(o.Certificates, l.Certificates))
	case RemoveListenerCertificates:
		l.Certificates = without(l.Certificates, o.Certificates)
	case CreateRule:
		if ruleAt(l, o.Priority) >= 0 {
			return fmt.Errorf("priority %d is in use", o.Priority)
		}
		made := *o.Rule
		made.Priority = o.Priority
		l.Rules = sorted(with(l.Rules, made))
	case SetRulePriorities:
		return moved(l, o.Moves)
	case AddTags, RemoveTags:
		if o.Priority == 0 {
			l.Tags = effectOnTags(l.Tags, o)
			return nil
		}
		return changedRule(l, o)
	case ModifyRule, DeleteRule:
		return changedRule(l, o)
	default:
		return notOn("listener")
	}
	return nil
}

// changedRule takes over what a call does to a rule that there is.
func changedRule(l *model.Listener, o Operation) error {
	at := ruleAt(l, o.Priority)
	if at < 0 {
		return fmt.Errorf("there is no rule %d", o.Priority)
	}
	if o.Call == DeleteRule {
		l.Rules = dropped(l.Rules, at)
		return nil
	}
	r := own(&l.Rules, at)
	if o.Call != ModifyRule {
		r.Tags = effectOnTags(r.Tags, o)
		return nil
	}
	tags := r.Tags
	*r = *o.Rule
	r.Priority, r.Tags = o.Priority, tags
	return nil
}

// moved gives rules other priorities, all at once.
func moved(l *model.Listener, moves []Move) error {
	rules := slices.Clone(l.Rules)
	for _, m := range moves {
		at := ruleAt(l, m.From)
		if at < 0 {
			return fmt.Errorf("there is no rule %d", m.From)
		}
		rules[at].Priority = m.To
	}
	rules = sorted(rules)
	for i := 1; i < len(rules); i++ {
		if rules[i].Priority == rules[i-1].Priority {
			return fmt.Errorf("two rules would have priority %d", rules[i].Priority)
		}
	}
	l.Rules = rules
	return nil
}

func ruleAt(l *model.Listener, priority int32) int {
	return find(l.Rules, func(r *model.Rule) bool { return r.Priority == priority })
}

// sorted puts a list of rules that is nobody else's in the order of priorities.
func sorted(rules []model.Rule) []model.Rule {
	slices.SortFunc(rules, func(a, b model.Rule) int { return cmp.Compare(a.Priority, b.Priority) })
	return rules
}

// modified takes over what ModifyListener sends; a mutual authentication that is not sent stays.
func modified(l, want *model.Listener) {
	l.Protocol, l.DefaultActions, l.DefaultCertificate = want.Protocol, want.DefaultActions, want.DefaultCertificate
	l.SSLPolicy, l.ALPNPolicy = cmp.Or(want.SSLPolicy, l.SSLPolicy), want.ALPNPolicy
	if want.MutualAuthentication != nil {
		l.MutualAuthentication = want.MutualAuthentication
	}
}
