package model

import (
	"cmp"
	"slices"
)

// Merge joins partial models. What has the same ID joins: scalar members come from the first part that sets them, lists
// are joined in order, and what is listed twice by ID is kept once. The result is sorted by ID (rules by host and
// priority, where listeners have them), so that the order of the parts does not matter as long as the parts agree on
// scalars. The parts are not changed; the result shares their rules.
func Merge(parts ...*Model) *Model {
	out := &Model{}
	for _, p := range parts {
		for i := range p.LoadBalancers {
			out.mergeLoadBalancer(&p.LoadBalancers[i])
		}
		out.TargetGroups = append(out.TargetGroups, p.TargetGroups...)
		out.Certificates = append(out.Certificates, p.Certificates...)
		out.SecurityGroups = append(out.SecurityGroups, p.SecurityGroups...)
		out.UserLists = append(out.UserLists, p.UserLists...)
		out.TrustStores = append(out.TrustStores, p.TrustStores...)
	}
	slices.SortFunc(out.LoadBalancers, func(a, b LoadBalancer) int { return cmp.Compare(a.ID, b.ID) })
	out.TargetGroups = byID(out.TargetGroups, func(g TargetGroup) string { return g.ID })
	out.Certificates = byID(out.Certificates, func(c Certificate) string { return c.ID })
	out.SecurityGroups = byID(out.SecurityGroups, func(g SecurityGroup) string { return g.ID })
	out.UserLists = byID(out.UserLists, func(l UserList) string { return l.ID })
	out.TrustStores = byID(out.TrustStores, func(s TrustStore) string { return s.ID })
	for i := range out.LoadBalancers {
		for j := range out.LoadBalancers[i].Listeners {
			l := &out.LoadBalancers[i].Listeners[j]
			slices.SortStableFunc(l.Rules, rulesOrder(out.LoadBalancers[i].Dialect))
			if out.LoadBalancers[i].Dialect == DialectNginx {
				slices.Sort(l.Certificates)
				l.Certificates = slices.Compact(l.Certificates)
				slices.SortStableFunc(l.ClientAuth, func(a, b HostClientAuth) int { return cmp.Compare(a.Host, b.Host) })
				slices.SortStableFunc(l.HostCiphers, func(a, b HostCiphers) int { return cmp.Compare(a.Host, b.Host) })
				slices.SortStableFunc(l.Passthrough, func(a, b Passthrough) int { return cmp.Compare(a.Host, b.Host) })
			}
		}
	}
	return out
}

// byID sorts and keeps the first of each ID.
func byID[T any](list []T, id func(T) string) []T {
	slices.SortStableFunc(list, func(a, b T) int { return cmp.Compare(id(a), id(b)) })
	return slices.CompactFunc(list, func(a, b T) bool { return id(a) == id(b) })
}

// rulesOrder is by priority; where a request picks its host first, by host before that.
func rulesOrder(d Dialect) func(a, b Rule) int {
	if d != DialectNginx {
		return func(a, b Rule) int { return cmp.Compare(a.Priority, b.Priority) }
	}
	return func(a, b Rule) int {
		return cmp.Or(cmp.Compare(firstHost(a), firstHost(b)), cmp.Compare(a.Priority, b.Priority))
	}
}

func firstHost(r Rule) string {
	for _, c := range r.Conditions {
		if c.Field == HostHeader && len(c.Values) > 0 {
			return c.Values[0]
		}
	}
	return ""
}

func (m *Model) mergeLoadBalancer(lb *LoadBalancer) {
	i := slices.IndexFunc(m.LoadBalancers, func(have LoadBalancer) bool { return have.ID == lb.ID })
	if i < 0 {
		fresh := *lb
		fresh.Listeners = nil
		m.LoadBalancers = append(m.LoadBalancers, fresh)
		i = len(m.LoadBalancers) - 1
	} else {
		m.LoadBalancers[i].takeScalars(lb)
	}
	have := &m.LoadBalancers[i]
	for j := range lb.Listeners {
		have.mergeListener(&lb.Listeners[j])
	}
	slices.SortFunc(have.Listeners, func(a, b Listener) int {
		return cmp.Or(cmp.Compare(a.Port, b.Port), cmp.Compare(a.Protocol, b.Protocol))
	})
}

// takeScalars fills what is not set yet.
func (lb *LoadBalancer) takeScalars(from *LoadBalancer) {
	lb.Name = cmp.Or(lb.Name, from.Name)
	lb.Type = cmp.Or(lb.Type, from.Type)
	lb.Dialect = cmp.Or(lb.Dialect, from.Dialect)
	lb.Scheme = cmp.Or(lb.Scheme, from.Scheme)
	lb.IPAddressType = cmp.Or(lb.IPAddressType, from.IPAddressType)
	lb.CustomerOwnedIPv4Pool = cmp.Or(lb.CustomerOwnedIPv4Pool, from.CustomerOwnedIPv4Pool)
	lb.IPAMPoolID = cmp.Or(lb.IPAMPoolID, from.IPAMPoolID)
	lb.MinimumCapacityUnits = cmp.Or(lb.MinimumCapacityUnits, from.MinimumCapacityUnits)
	lb.PrivateLinkInboundRules = cmp.Or(lb.PrivateLinkInboundRules, from.PrivateLinkInboundRules)
	lb.IPv6SourceNAT = cmp.Or(lb.IPv6SourceNAT, from.IPv6SourceNAT)
	lb.WebACL = cmp.Or(lb.WebACL, from.WebACL)
	lb.Shield = cmp.Or(lb.Shield, from.Shield)
	lb.Subnets = orList(lb.Subnets, from.Subnets)
	lb.SecurityGroups = orList(lb.SecurityGroups, from.SecurityGroups)
	lb.Attributes = orList(lb.Attributes, from.Attributes)
	lb.Tags = orList(lb.Tags, from.Tags)
	lb.Sources = orList(lb.Sources, from.Sources)
}

// orList is a list that belongs together as a whole: the first one that is not empty.
func orList[T any](a, b []T) []T {
	if len(a) > 0 {
		return a
	}
	return b
}

func (lb *LoadBalancer) mergeListener(l *Listener) {
	i := slices.IndexFunc(lb.Listeners, func(have Listener) bool {
		return have.Port == l.Port && have.Protocol == l.Protocol
	})
	if i < 0 {
		fresh := *l
		fresh.Rules = slices.Clone(l.Rules)
		fresh.Certificates = slices.Clone(l.Certificates)
		fresh.ClientAuth = slices.Clone(l.ClientAuth)
		fresh.HostCiphers = slices.Clone(l.HostCiphers)
		fresh.Passthrough = slices.Clone(l.Passthrough)
		lb.Listeners = append(lb.Listeners, fresh)
		return
	}
	have := &lb.Listeners[i]
	have.DefaultCertificate = cmp.Or(have.DefaultCertificate, l.DefaultCertificate)
	have.SSLPolicy = cmp.Or(have.SSLPolicy, l.SSLPolicy)
	have.ALPNPolicy = cmp.Or(have.ALPNPolicy, l.ALPNPolicy)
	have.MutualAuthentication = cmp.Or(have.MutualAuthentication, l.MutualAuthentication)
	have.SameRulesAs = cmp.Or(have.SameRulesAs, l.SameRulesAs)
	have.DefaultPolicy = cmp.Or(have.DefaultPolicy, l.DefaultPolicy)
	have.DefaultSource = cmp.Or(have.DefaultSource, l.DefaultSource)
	have.Attributes = orList(have.Attributes, l.Attributes)
	have.Tags = orList(have.Tags, l.Tags)
	have.Sources = orList(have.Sources, l.Sources)
	have.DefaultActions = orList(have.DefaultActions, l.DefaultActions)
	have.Rules = append(have.Rules, l.Rules...)
	have.Certificates = append(have.Certificates, l.Certificates...)
	have.ClientAuth = append(have.ClientAuth, l.ClientAuth...)
	have.HostCiphers = append(have.HostCiphers, l.HostCiphers...)
	have.Passthrough = append(have.Passthrough, l.Passthrough...)
	have.ProxyProtocol = cmp.Or(have.ProxyProtocol, l.ProxyProtocol)
	have.Clients = cmp.Or(have.Clients, l.Clients)
}
