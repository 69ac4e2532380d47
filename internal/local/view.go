package local

import (
	"cmp"
	"net/netip"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/gwanmun/gwanmun/internal/build"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// State is what is served at one moment, as the state file holds it.
type State struct {
	Version string   `json:"version"`
	PID     int      `json:"pid"`
	Sources []string `json:"sources"`
	// Changes counts the changes since the start; the first load is 1.
	Changes       int                 `json:"changes"`
	Classes       []ClassState        `json:"classes"`
	LoadBalancers []LoadBalancerState `json:"loadBalancers"`
	Ingresses     []IngressState      `json:"ingresses"`
	TargetGroups  []TargetGroupState  `json:"targetGroups"`
	Diagnostics   []DiagnosticState   `json:"diagnostics"`
}

// ClassState is a class with the number of Ingresses that it serves.
type ClassState struct {
	Name      string `json:"name"`
	Ingresses int    `json:"ingresses"`
}

// LoadBalancerState is a load balancer with its place on this machine.
type LoadBalancerState struct {
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Class     string          `json:"class"`
	Scheme    string          `json:"scheme,omitempty"`
	Address   string          `json:"address"`
	Listeners []ListenerState `json:"listeners"`
}

// ListenerState is a listener with the socket that it is served on; Address is empty when it could not be placed.
type ListenerState struct {
	Port     int32  `json:"port"`
	Protocol string `json:"protocol"`
	Address  string `json:"address"`
}

// IngressState is an Ingress that a class looks after.
type IngressState struct {
	Namespace    string `json:"namespace"`
	Name         string `json:"name"`
	Class        string `json:"class"`
	LoadBalancer string `json:"loadBalancer"`
	// Accepted is false when the Ingress is left out; the diagnostics say why.
	Accepted bool `json:"accepted"`
	// Pending says that it is not served yet, or for a reason that is told elsewhere.
	Pending bool   `json:"pending,omitempty"`
	Address string `json:"address"`
	// Curl are command lines that reach the Ingress, one per host.
	Curl []string `json:"curl"`
}

// TargetGroupState is a target group with its targets.
type TargetGroupState struct {
	ID      string        `json:"id"`
	Name    string        `json:"name"`
	Type    string        `json:"type"`
	Targets []TargetState `json:"targets"`
}

// TargetState is one target.
type TargetState struct {
	Address string `json:"address"`
	ID      string `json:"id,omitempty"`
	Pod     string `json:"pod,omitempty"`
	Node    string `json:"node,omitempty"`
	Zone    string `json:"zone,omitempty"`
	Health  string `json:"health"`
}

// DiagnosticState is a diagnostic as JSON.
type DiagnosticState struct {
	Code      string `json:"code"`
	Level     string `json:"level"`
	Kind      string `json:"kind,omitempty"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name,omitempty"`
	Field     string `json:"field,omitempty"`
	Text      string `json:"text"`
	Remedy    string `json:"remedy"`
	File      string `json:"file,omitempty"`
	Line      int    `json:"line,omitempty"`
}

// DiagnosticStates turns diagnostics into their JSON form.
func DiagnosticStates(ds []diag.Diagnostic) []DiagnosticState {
	out := make([]DiagnosticState, len(ds))
	for i, d := range ds {
		out[i] = DiagnosticState{
			Code: string(d.Code), Level: d.Level.String(), Kind: d.Object.Kind, Namespace: d.Object.Namespace, Name: d.Object.Name,
			Field: d.Field, Text: d.Text, Remedy: d.Remedy, File: d.File, Line: d.Line,
		}
	}
	return out
}

// healthOf says how a target of a group is, by the target's place in the group's list.
type healthOf func(group string, t *model.Target) string

// view describes what is served. m is the joined model of the state.
func (e *engine) view(m *model.Model, places map[listenerKey]netip.AddrPort, health healthOf) State {
	s := State{LoadBalancers: []LoadBalancerState{}, Ingresses: []IngressState{}}
	byID := map[string]*LoadBalancerState{}
	for i := range m.LoadBalancers {
		s.LoadBalancers = append(s.LoadBalancers, loadBalancerState(&m.LoadBalancers[i], places))
	}
	for i := range s.LoadBalancers {
		byID[s.LoadBalancers[i].ID] = &s.LoadBalancers[i]
	}
	s.Ingresses = append(s.Ingresses, e.ingressStates(byID)...)
	s.TargetGroups = targetGroupStates(m, health)
	for _, class := range []string{"alb", e.classes.IngressClass} {
		n := 0
		for _, ing := range s.Ingresses {
			if ing.Class == class && ing.Accepted {
				n++
			}
		}
		s.Classes = append(s.Classes, ClassState{class, n})
	}
	return s
}

func loadBalancerState(lb *model.LoadBalancer, places map[listenerKey]netip.AddrPort) LoadBalancerState {
	out := LoadBalancerState{ID: lb.ID, Name: lb.Name, Class: "alb", Scheme: string(lb.Scheme), Listeners: []ListenerState{}}
	if lb.Type == model.Network {
		out.Class = "nlb"
	}
	if lb.Dialect == model.DialectNginx {
		out.Class = "nginx"
	}
	for i := range lb.Listeners {
		l := &lb.Listeners[i]
		ls := ListenerState{Port: l.Port, Protocol: string(l.Protocol)}
		if at, ok := places[listenerKey{lb.ID, l.Port}]; ok {
			ls.Address = at.String()
			out.Address = cmp.Or(out.Address, at.Addr().String())
		}
		out.Listeners = append(out.Listeners, ls)
	}
	return out
}

func (e *engine) ingressStates(lbs map[string]*LoadBalancerState) []IngressState {
	units := e.state.Units()
	members := make(map[objects.Name]build.Member, len(units))
	for _, u := range units {
		for _, m := range u.Members {
			old, seen := members[m.Object.Name]
			// An Ingress of class nginx is a member of each of its hosts; it is served when any host serves it.
			if !seen || !old.Accepted && m.Accepted {
				members[m.Object.Name] = m
			}
		}
	}
	out := make([]IngressState, 0, len(members))
	for _, ing := range e.state.Objects().Ingresses() {
		m, ok := members[objects.Name{Namespace: ing.Namespace, Name: ing.Name}]
		if !ok {
			continue
		}
		s := IngressState{
			Namespace: ing.Namespace, Name: ing.Name, LoadBalancer: m.LoadBalancer, Accepted: m.Accepted, Curl: []string{},
		}
		if lb := lbs[m.LoadBalancer]; lb != nil {
			s.Class, s.Address = lb.Class, lb.Address
			at := ListenersOf(lb, m.Ports)
			// A member whose ports all went to others of its group has no rule anywhere.
			if s.Accepted = m.Accepted && len(at.Listeners) > 0; s.Accepted {
				s.Curl = append(s.Curl, CurlLines(ing, at)...)
			}
		}
		out = append(out, s)
	}
	return out
}

// ListenersOf is the load balancer as a member sees it, with the listeners of its ports alone: the others of its group may
// have asked for more. Class nginx serves everything on both of its ports and names none.
func ListenersOf(lb *LoadBalancerState, ports []int32) *LoadBalancerState {
	if lb.Class == "nginx" {
		return lb
	}
	out := *lb
	out.Listeners = slices.DeleteFunc(slices.Clone(lb.Listeners), func(l ListenerState) bool { return !slices.Contains(ports, l.Port) })
	return &out
}

func targetGroupStates(m *model.Model, health healthOf) []TargetGroupState {
	out := make([]TargetGroupState, len(m.TargetGroups))
	for i := range m.TargetGroups {
		out[i] = targetGroupState(&m.TargetGroups[i], health)
	}
	return out
}

func targetGroupState(tg *model.TargetGroup, health healthOf) TargetGroupState {
	out := TargetGroupState{ID: tg.ID, Name: tg.Name, Type: string(tg.Type), Targets: []TargetState{}}
	for i := range tg.Targets {
		t := &tg.Targets[i]
		ts := TargetState{Pod: t.Pod, Node: t.Node, Zone: t.Zone, Health: health(tg.ID, t)}
		host := t.ID
		if t.Address != "" {
			host, ts.ID = t.Address, t.ID
		}
		if a, err := netip.ParseAddr(host); err == nil {
			host = netip.AddrPortFrom(a, uint16(t.Port)).String()
		}
		ts.Address = host
		out.Targets = append(out.Targets, ts)
	}
	return out
}

// tlsHosts are the hosts of an Ingress's tls sections.
func tlsHosts(ing *networkingv1.Ingress) []string {
	var out []string
	for _, t := range ing.Spec.TLS {
		out = append(out, t.Hosts...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// unknownHealth is the health of targets that nobody asks.
func unknownHealth(string, *model.Target) string { return "unused" }
