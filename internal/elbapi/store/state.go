package store

import (
	"cmp"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// State is all records, for reading. It is valid inside the function that got it.
type State struct {
	loadBalancers map[string]*LoadBalancer
	listeners     map[string]*Listener
	rules         map[string]*Rule
	targetGroups  map[string]*TargetGroup
	trustStores   map[string]*TrustStore
	index
}

func newState() State {
	return State{
		loadBalancers: map[string]*LoadBalancer{}, listeners: map[string]*Listener{}, rules: map[string]*Rule{},
		targetGroups: map[string]*TargetGroup{}, trustStores: map[string]*TrustStore{}, index: newIndex(),
	}
}

// LoadBalancer finds a load balancer by ARN; nil when there is none.
func (s *State) LoadBalancer(arn string) *LoadBalancer { return s.loadBalancers[arn] }

// Listener finds a listener by ARN; nil when there is none.
func (s *State) Listener(arn string) *Listener { return s.listeners[arn] }

// Rule finds a rule by ARN; nil when there is none.
func (s *State) Rule(arn string) *Rule { return s.rules[arn] }

// TargetGroup finds a target group by ARN; nil when there is none.
func (s *State) TargetGroup(arn string) *TargetGroup { return s.targetGroups[arn] }

// TrustStore finds a trust store by ARN; nil when there is none.
func (s *State) TrustStore(arn string) *TrustStore { return s.trustStores[arn] }

// LoadBalancers lists all load balancers in the order they were made.
func (s *State) LoadBalancers() []*LoadBalancer {
	return sorted(s.loadBalancers, func(b *LoadBalancer) uint64 { return b.Seq })
}

// Listeners lists the listeners of a load balancer, or all when arn is empty, in the order they were made.
func (s *State) Listeners(arn string) []*Listener {
	of := s.listeners
	if arn != "" {
		of = s.listenersOf[arn]
	}
	return sorted(of, func(l *Listener) uint64 { return l.Seq })
}

// Rules lists the rules of a listener by priority, the default rule last.
func (s *State) Rules(listener string) []*Rule { return sorted(s.rulesOf[listener], (*Rule).Rank) }

// DefaultRule finds the default rule of a listener.
func (s *State) DefaultRule(listener string) *Rule {
	for _, r := range s.rulesOf[listener] {
		if r.Priority == 0 {
			return r
		}
	}
	return nil
}

// Rank orders the rules of a listener: by priority, the default rule last.
func (r *Rule) Rank() uint64 {
	if r.Priority == 0 {
		return 1 << 32
	}
	return uint64(r.Priority)
}

// TargetGroups lists all target groups in the order they were made.
func (s *State) TargetGroups() []*TargetGroup {
	return sorted(s.targetGroups, func(g *TargetGroup) uint64 { return g.Seq })
}

// TrustStores lists all trust stores in the order they were made.
func (s *State) TrustStores() []*TrustStore {
	return sorted(s.trustStores, func(t *TrustStore) uint64 { return t.Seq })
}

// LoadBalancerOf finds the load balancer of a rule; nil when there is none.
func (s *State) LoadBalancerOf(r *Rule) *LoadBalancer {
	if l := s.listeners[r.Listener]; l != nil {
		return s.loadBalancers[l.LoadBalancer]
	}
	return nil
}

// Users lists the ARNs of the load balancers whose rules refer to a target group, sorted.
func (s *State) Users(group string) []string { return slices.Sorted(maps.Keys(s.uses[group])) }

// Behind lists the target groups that the rules of a load balancer refer to, in the order they were made.
func (s *State) Behind(loadBalancer string) []*TargetGroup {
	found := map[string]*TargetGroup{}
	for _, l := range s.listenersOf[loadBalancer] {
		for _, r := range s.rulesOf[l.ARN] {
			for _, arn := range r.TargetGroups() {
				if g := s.targetGroups[arn]; g != nil {
					found[arn] = g
				}
			}
		}
	}
	return sorted(found, func(g *TargetGroup) uint64 { return g.Seq })
}

// TargetGroups lists the target groups that the rule's actions refer to, each once, in their order.
func (r *Rule) TargetGroups() []string { return GroupsOf(r.Actions) }

// GroupsOf lists the target groups that actions refer to, each once, in their order.
func GroupsOf(actions []types.Action) []string {
	var out []string
	add := func(arn *string) {
		if a := aws.ToString(arn); a != "" && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	for i := range actions {
		add(actions[i].TargetGroupArn)
		if f := actions[i].ForwardConfig; f != nil {
			for j := range f.TargetGroups {
				add(f.TargetGroups[j].TargetGroupArn)
			}
		}
	}
	return out
}

// sorted lists records by rank.
func sorted[T any](m map[string]*T, rank func(*T) uint64) []*T {
	out := make([]*T, 0, len(m))
	for _, v := range m {
		out = append(out, v)
	}
	slices.SortFunc(out, func(a, b *T) int { return cmp.Compare(rank(a), rank(b)) })
	return out
}
