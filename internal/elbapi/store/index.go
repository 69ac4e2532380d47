package store

// index finds what belongs to what without looking at everything.
type index struct {
	listenersOf map[string]map[string]*Listener
	rulesOf     map[string]map[string]*Rule
	// uses counts, by target group and load balancer, the rules that refer to the group.
	uses map[string]map[string]int
}

func newIndex() index {
	return index{map[string]map[string]*Listener{}, map[string]map[string]*Rule{}, map[string]map[string]int{}}
}

// setListener replaces a listener, or takes it out when l is nil. Its load balancer never changes.
func (s *State) setListener(arn string, l *Listener) {
	if old := s.listeners[arn]; old != nil {
		drop(s.listenersOf, old.LoadBalancer, arn)
	}
	set(s.listeners, arn, l)
	if l != nil {
		keep(s.listenersOf, l.LoadBalancer, arn, l)
	}
}

// setRule replaces a rule, or takes it out when r is nil. Its listener must be there.
func (s *State) setRule(arn string, r *Rule) {
	if old := s.rules[arn]; old != nil {
		drop(s.rulesOf, old.Listener, arn)
		s.count(old, -1)
	}
	set(s.rules, arn, r)
	if r != nil {
		keep(s.rulesOf, r.Listener, arn, r)
		s.count(r, 1)
	}
}

// count adds a rule to the uses of its target groups, or takes it away.
func (s *State) count(r *Rule, by int) {
	lb := s.listeners[r.Listener].LoadBalancer
	for _, g := range r.TargetGroups() {
		n := s.uses[g][lb] + by
		if n == 0 {
			drop(s.uses, g, lb)
			continue
		}
		keep(s.uses, g, lb, n)
	}
}

func keep[V any](m map[string]map[string]V, outer, inner string, v V) {
	if m[outer] == nil {
		m[outer] = map[string]V{}
	}
	m[outer][inner] = v
}

func drop[V any](m map[string]map[string]V, outer, inner string) {
	delete(m[outer], inner)
	if len(m[outer]) == 0 {
		delete(m, outer)
	}
}
