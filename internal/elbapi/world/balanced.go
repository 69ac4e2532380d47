package world

// DefaultSecurityGroup finds the group that a VPC's load balancers get when they name none.
func (w *World) DefaultSecurityGroup(vpc string) (SecurityGroup, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	g, ok := w.state.GroupByName(vpc, DefaultGroup)
	if !ok {
		return SecurityGroup{}, false
	}
	return g.clone(), true
}

// HasInternetGateway says whether a VPC can be reached from the internet at all.
func (w *World) HasInternetGateway(vpc string) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	for _, g := range w.state.InternetGateways {
		if g.VPC == vpc {
			return true
		}
	}
	return false
}
