package observe

import "github.com/gwanmun/gwanmun/internal/model"

// Handles are the ids of what the model has no id for.
type Handles struct {
	// Listeners are ARNs by load balancer and port.
	Listeners map[ListenerAt]string
	// Rules are ARNs by listener and priority.
	Rules map[RuleAt]string
	// Protections are ids of Shield protections by the ARN of their load balancer.
	Protections map[string]string
}

// ListenerAt is the place of a listener: the ARN of its load balancer, its port, and whether it takes datagrams, since
// TCP and UDP may share a number. Its protocol may change.
type ListenerAt struct {
	LoadBalancer string
	Port         int32
	Datagrams    bool
}

// RuleAt is the place of a rule: the ARN of its listener and its priority.
type RuleAt struct {
	Listener string
	Priority int32
}

// NewHandles has no handles yet.
func NewHandles() Handles {
	return Handles{Listeners: map[ListenerAt]string{}, Rules: map[RuleAt]string{}, Protections: map[string]string{}}
}

// At is the place of a listener.
func At(loadBalancer string, port int32, p model.ListenerProtocol) ListenerAt {
	return ListenerAt{loadBalancer, port, p == model.UDP || p == model.QUIC}
}

// ForgetLoadBalancer drops the handles of a load balancer that is gone.
func (h *Handles) ForgetLoadBalancer(arn string) {
	for at, listener := range h.Listeners {
		if at.LoadBalancer == arn {
			h.ForgetListener(at, listener)
		}
	}
	delete(h.Protections, arn)
}

// ForgetListener drops the handles of a listener that is gone.
func (h *Handles) ForgetListener(at ListenerAt, arn string) {
	delete(h.Listeners, at)
	for r := range h.Rules {
		if r.Listener == arn {
			delete(h.Rules, r)
		}
	}
}
