package plan

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gwanmun/gwanmun/internal/model"
)

func effectOnListener(m *model.Model, o Operation) error {
	lb, _ := find(m.LoadBalancers, func(lb *model.LoadBalancer) bool { return lb.ID == o.LoadBalancer })
	if lb == nil {
		return fmt.Errorf("there is no such load balancer")
	}
	l, at := find(lb.Listeners, func(l *model.Listener) bool {
		return l.Port == o.Listener.Port && portSpace(l.Protocol) == portSpace(o.Listener.Protocol)
	})
	if o.Call == CreateListener {
		if l != nil {
			return fmt.Errorf("the port has a listener")
		}
		made := *o.WantListener
		made.Rules, made.Certificates, made.Attributes = nil, nil, nil
		lb.Listeners = append(slices.Clone(lb.Listeners), made)
		return nil
	}
	if l == nil {
		return fmt.Errorf("there is no such listener")
	}
	lb.Listeners = slices.Clone(lb.Listeners)
	l = &lb.Listeners[at]
	switch o.Call {
	case DeleteListener:
		lb.Listeners = slices.Delete(lb.Listeners, at, at+1)
	case ModifyListener:
		modified(l, o.WantListener)
	case ModifyListenerAttributes:
		l.Attributes = effectOnAttributes(l.Attributes, o.Attributes)
	case AddListenerCertificates:
		l.Certificates = slices.Concat(l.Certificates, without(o.Certificates, l.Certificates))
	case RemoveListenerCertificates:
		l.Certificates = without(l.Certificates, o.Certificates)
	case CreateRule, ModifyRule, DeleteRule, SetRulePriorities:
		return effectOnRules(l, o)
	default:
		if o.Priority == 0 {
			l.Tags = effectOnTags(l.Tags, o)
			return nil
		}
		l.Rules = slices.Clone(l.Rules)
		r, _ := find(l.Rules, func(r *model.Rule) bool { return r.Priority == o.Priority })
		if r == nil {
			return fmt.Errorf("there is no rule %d", o.Priority)
		}
		r.Tags = effectOnTags(r.Tags, o)
	}
	return nil
}

func effectOnRules(l *model.Listener, o Operation) error {
	l.Rules = slices.Clone(l.Rules)
	at := func(priority int32) int {
		return slices.IndexFunc(l.Rules, func(r model.Rule) bool { return r.Priority == priority })
	}
	i := at(o.Priority)
	switch o.Call {
	case CreateRule:
		if i >= 0 {
			return fmt.Errorf("priority %d is in use", o.Priority)
		}
		l.Rules = append(l.Rules, *o.Rule)
	case SetRulePriorities:
		to := map[int]int32{}
		for _, m := range o.Moves {
			j := at(m.From)
			if j < 0 {
				return fmt.Errorf("there is no rule %d", m.From)
			}
			to[j] = m.To
		}
		seen := map[int32]bool{}
		for j := range l.Rules {
			p, moved := to[j]
			if !moved {
				p = l.Rules[j].Priority
			}
			if seen[p] {
				return fmt.Errorf("two rules would have priority %d", p)
			}
			seen[p] = true
		}
		for j, p := range to {
			l.Rules[j].Priority = p
		}
	default:
		if i < 0 {
			return fmt.Errorf("there is no rule %d", o.Priority)
		}
		if o.Call == DeleteRule {
			l.Rules = slices.Delete(l.Rules, i, i+1)
			break
		}
		tags := l.Rules[i].Tags
		l.Rules[i] = *o.Rule
		l.Rules[i].Priority, l.Rules[i].Tags = o.Priority, tags
	}
	slices.SortFunc(l.Rules, func(a, b model.Rule) int { return cmp.Compare(a.Priority, b.Priority) })
	return nil
}

// modified takes over what ModifyListener sends; a mutual authentication that is not sent stays.
func modified(l, want *model.Listener) {
	l.Protocol, l.DefaultActions, l.DefaultCertificate = want.Protocol, want.DefaultActions, want.DefaultCertificate
	l.SSLPolicy, l.ALPNPolicy = cmp.Or(want.SSLPolicy, l.SSLPolicy), want.ALPNPolicy
	if want.MutualAuthentication != nil {
		l.MutualAuthentication = want.MutualAuthentication
	}
}
