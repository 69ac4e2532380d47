package aws

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gwanmun/gwanmun/internal/aws/apply"
	"github.com/gwanmun/gwanmun/internal/plan"
)

// Outcome is the state of a stack after Reconcile.
type Outcome struct {
	LoadBalancers []LoadBalancerState
	// TargetGroups are ARNs, and SecurityGroups ids, by ID in the desired model. Among the latter is the group that all load
	// balancers share.
	TargetGroups   map[string]string
	SecurityGroups map[string]string
	// Operations are what was carried out, in order; none when nothing had to be. Withheld is what the policy forbids.
	Operations []plan.Operation
	Withheld   []plan.Operation
	// Waiting says what is not ready yet; empty when everything is. It is no error.
	Waiting string
	// RequeueAfter is when to reconcile again although nothing changes: soon when something is waited for, and otherwise when
	// the stack is next to be compared with AWS. After a failure it is 0 unless something is waited for too.
	RequeueAfter time.Duration
	// Gone says that nothing of the stack is left in AWS. The group that all load balancers share may still be there when
	// Waiting says so; Tidy takes it away later.
	Gone bool
}

// LoadBalancerState is a load balancer as users see it.
type LoadBalancerState struct {
	// ID is the one of the desired model.
	ID   string
	ARN  string
	Name string
	// DNSName is where clients find it, ZoneID the hosted zone for alias records.
	DNSName string
	ZoneID  string
	// State is provisioning, active, active_impaired or failed.
	State string
}

// show fills in what a state knows.
func (o *Outcome) show(s *apply.State, w *wish) {
	o.TargetGroups, o.SecurityGroups = map[string]string{}, map[string]string{}
	if s == nil {
		return
	}
	maps.Copy(o.TargetGroups, s.TargetGroups)
	maps.Copy(o.SecurityGroups, s.SecurityGroups)
	for i := range s.Model.LoadBalancers {
		lb := &s.Model.LoadBalancers[i]
		arn, ours := s.LoadBalancers[lb.ID]
		if !ours {
			continue // on its way out
		}
		shown := s.Shown[arn]
		o.LoadBalancers = append(o.LoadBalancers, LoadBalancerState{lb.ID, arn, lb.Name, shown.DNSName, shown.ZoneID, shown.State})
	}
	slices.SortFunc(o.LoadBalancers, func(a, b LoadBalancerState) int { return strings.Compare(a.ID, b.ID) })
	if w.backend != nil && w.backendID != "" {
		o.SecurityGroups[w.backend.ID] = w.backendID
	}
}
