package upstream

import (
	"time"
)

// State is a target's health, as ELBv2's TargetHealthStateEnum.
type State string

// Target states.
const (
	Initial     State = "initial"
	Healthy     State = "healthy"
	Unhealthy   State = "unhealthy"
	Unused      State = "unused"
	Draining    State = "draining"
	Unavailable State = "unavailable"
	// UnhealthyDraining is shown in place of Unhealthy for the draining interval of a network load balancer's group.
	UnhealthyDraining State = "unhealthy.draining"
)

// Reason says why a target is in its state, as ELBv2's TargetHealthReasonEnum. Healthy targets have none.
type Reason string

// Reasons.
const (
	ReasonRegistering    Reason = "Elb.RegistrationInProgress"
	ReasonInitialChecks  Reason = "Elb.InitialHealthChecking"
	ReasonInternalError  Reason = "Elb.InternalError"
	ReasonCodeMismatch   Reason = "Target.ResponseCodeMismatch"
	ReasonTimeout        Reason = "Target.Timeout"
	ReasonFailedChecks   Reason = "Target.FailedHealthChecks"
	ReasonNotInUse       Reason = "Target.NotInUse"
	ReasonDeregistering  Reason = "Target.DeregistrationInProgress"
	ReasonCheckDisabled  Reason = "Target.HealthCheckDisabled"
	ReasonNotRegistered  Reason = "Target.NotRegistered"
	ReasonInvalidState   Reason = "Target.InvalidState"
	ReasonAddressUnknown Reason = "Target.IpUnusable"
)

// health is a target's health at a moment; immutable.
type health struct {
	state       State
	reason      Reason
	description string
	since       time.Time
}

// GroupState describes a group at a moment.
type GroupState struct {
	ID        string `json:"id"`
	Protocol  string `json:"protocol"`
	Algorithm string `json:"algorithm"`
	Healthy   int    `json:"healthy"`
	// Network says that the group stands behind a network load balancer.
	Network bool `json:"network,omitempty"`
	// NonSticky counts requests of a group with stickiness for which a target had to be chosen.
	NonSticky uint64 `json:"nonSticky,omitempty"`
	// Zones say how the group stands by its thresholds: one zone without a name where requests go to targets of all
	// zones, otherwise each zone.
	Zones []ZoneState `json:"zones,omitempty"`
	// FailOpen says that all targets get requests because too few are healthy.
	FailOpen bool `json:"failOpen,omitempty"`
	// Ignored lists settings that are not carried out.
	Ignored []string `json:"ignored,omitempty"`
	// Targets are the registered ones in the order they were set, then those that drain.
	Targets []TargetState `json:"targets"`
	// UnhealthyRouted counts requests sent while FailOpen held.
	UnhealthyRouted uint64 `json:"unhealthyRouted,omitempty"`
}

// ZoneState is how a group, or its targets in one zone, stand by the group's thresholds of health.
type ZoneState struct {
	Zone    string `json:"zone,omitempty"`
	Healthy int    `json:"healthy"`
	Total   int    `json:"total"`
	// DNS says that there are enough healthy targets to send clients there, Routing that there are enough to send
	// requests to healthy ones only.
	DNS     bool `json:"dns"`
	Routing bool `json:"routing"`
}

// TargetState describes a target at a moment.
type TargetState struct {
	ID          string    `json:"id"`
	Port        int32     `json:"port"`
	Address     string    `json:"address"`
	Zone        string    `json:"zone,omitempty"`
	Pod         string    `json:"pod,omitempty"`
	Node        string    `json:"node,omitempty"`
	State       State     `json:"state"`
	Reason      Reason    `json:"reason,omitempty"`
	Description string    `json:"description,omitempty"`
	Since       time.Time `json:"since,omitzero"`
	Outstanding int64     `json:"outstanding"`
	Idle        int       `json:"idle"`
	// Requests counts requests sent or tried, Errors those that got no answer, ConnectErrors those among them for
	// which there was no connection.
	Requests      uint64 `json:"requests"`
	Errors        uint64 `json:"errors"`
	ConnectErrors uint64 `json:"connectErrors"`
	// Anomalous says that the target fails more often than its peers, Mitigated that it gets less than its share for it;
	// only with weighted_random. Ejected says that it gets no requests for a while because of failures in a row.
	Anomalous bool `json:"anomalous,omitempty"`
	Mitigated bool `json:"mitigated,omitempty"`
	Ejected   bool `json:"ejected,omitempty"`
	// Classes counts answers by the first digit of their status; Classes[0] is unused.
	Classes [6]uint64 `json:"classes"`
}

// State describes the group now.
func (g *Group) State() GroupState {
	g.mu.Lock()
	defer g.mu.Unlock()
	s, r := g.settings.Load(), g.roster.Load()
	state := GroupState{
		ID: g.id, Protocol: "HTTP", Algorithm: s.algorithm.String(), Healthy: r.healthy, FailOpen: r.failOpen, Network: s.network,
		Ignored: append([]string(nil), s.ignored...), UnhealthyRouted: g.unhealthyRouted.Load(),
		NonSticky: g.nonSticky.Load(), Zones: r.zoneStates(),
		Targets: make([]TargetState, 0, len(g.order)+len(g.draining)),
	}
	switch {
	case s.network:
		state.Protocol = string(s.protocol)
	case s.tls != nil:
		state.Protocol = "HTTPS"
	}
	for _, t := range g.order {
		state.Targets = append(state.Targets, t.State())
	}
	for _, t := range g.draining {
		state.Targets = append(state.Targets, t.State())
	}
	return state
}

func (r *roster) zoneStates() []ZoneState {
	parts := r.zones
	if len(parts) == 0 {
		parts = []*part{&r.part}
	}
	out := make([]ZoneState, len(parts))
	for i, p := range parts {
		out[i] = ZoneState{Zone: p.zone, Healthy: p.healthy, Total: p.total, DNS: p.resolves, Routing: p.routed}
	}
	return out
}

// Targets describes the group's targets: the registered ones in order, then those that drain.
func (g *Group) Targets() []TargetState { return g.State().Targets }

// State describes the target now.
func (t *Target) State() TargetState {
	h, m := t.health.Load(), t.info.Load().asked
	s := TargetState{
		ID: t.key.id, Port: t.key.port, Address: t.address, Zone: m.Zone, Pod: m.Pod, Node: m.Node,
		State: h.state, Reason: h.reason, Description: h.description, Since: h.since,
		Outstanding: t.outstanding.Load(), Idle: t.pool.len(), Requests: t.requests.Load(),
		Errors: t.errors.Load(), ConnectErrors: t.refused.Load(),
		Anomalous: t.anomaly.anomalous.Load(), Mitigated: t.anomaly.lost.Load() > 0, Ejected: t.ejected.Load(),
	}
	for i := range t.classes {
		s.Classes[i] = t.classes[i].Load()
	}
	s.Classes[0] = 0
	if interval := t.group.settings.Load().unhealthyDrain; interval > 0 && h.state == Unhealthy &&
		t.group.registry.options.Now().Sub(h.since) < interval {
		s.State = UnhealthyDraining
	}
	return s
}
