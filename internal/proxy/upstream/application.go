package upstream

// Application says whether the group's targets are application load balancers.
func (g *Group) Application() bool { return g.settings.Load().application }

// Listener names the listener that a target of such a group stands for: the load balancer by its ID, and the port.
func (t *Target) Listener() (loadBalancer string, port int32) { return t.key.id, t.key.port }

// Enter counts a request that reaches the target on another way than a connection of its own; leave must follow.
func (t *Target) Enter() (leave func()) {
	t.outstanding.Add(1)
	t.requests.Add(1)
	return t.leave
}
