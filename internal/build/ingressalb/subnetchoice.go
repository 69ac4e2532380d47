package ingressalb

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/model"
)

const (
	roleExternal  = "kubernetes.io/role/elb"
	roleInternal  = "kubernetes.io/role/internal-elb"
	clusterPrefix = "kubernetes.io/cluster/"
	// minFree is how many free addresses a load balancer needs in a subnet.
	minFree = 8

	ordinaryZone = "availability-zone"
)

// discoverSubnets finds subnets for a scheme. Those of other clusters, nearly full ones and, for dualstack, those without
// IPv6 are dropped; then one is kept for each zone.
func (w *work) discoverSubnets(about *member, scheme model.Scheme, t model.IPAddressType) ([]lookup.Subnet, bool) {
	q := lookup.Question{Kind: lookup.Subnets, Scheme: string(scheme)}
	answer, ok := w.ask(q, about.object, "", &w.found)
	if !ok {
		return nil, false
	}
	list := w.eligible(answer.Subnets, scheme)
	var dropped []string
	drop := func(why string, good func(s *lookup.Subnet) bool) {
		before := len(list)
		list = keep(list, good)
		if n := before - len(list); n > 0 {
			dropped = append(dropped, fmt.Sprintf("%d %s", n, why))
		}
	}
	if !w.options.AnyClusterSubnets {
		drop("tagged for other clusters only", w.forThisCluster)
	}
	drop(fmt.Sprintf("with fewer than %d free addresses", minFree), func(s *lookup.Subnet) bool { return s.FreeAddresses >= minFree })
	if dualstack(t) {
		drop("without IPv6", func(s *lookup.Subnet) bool { return s.IPv6 })
	}
	chosen := w.onePerZone(list)
	if n := w.minimum(chosen); len(chosen) < n {
		w.fewSubnets(about.object, n, len(chosen), dropped)
		return nil, false
	}
	return chosen, true
}

// eligible keeps subnets with the role tag of the scheme; when none has one, those on the right side of an internet
// gateway. An answer in which no subnet has either was chosen by whoever gave it and is taken as it is.
func (w *work) eligible(list []lookup.Subnet, scheme model.Scheme) []lookup.Subnet {
	role, external := roleInternal, scheme == model.InternetFacing
	if external {
		role = roleExternal
	}
	tagged := keep(list, func(s *lookup.Subnet) bool {
		v, ok := s.Tags[role]
		return ok && (v == "" || v == "1")
	})
	if len(tagged) > 0 || w.options.NoReachability {
		return tagged
	}
	if slices.ContainsFunc(list, func(s lookup.Subnet) bool { return s.ReachesGateway || len(s.Tags) > 0 }) {
		return keep(list, func(s *lookup.Subnet) bool { return s.ReachesGateway == external })
	}
	return list
}

func keep(list []lookup.Subnet, good func(s *lookup.Subnet) bool) []lookup.Subnet {
	return slices.DeleteFunc(slices.Clone(list), func(s lookup.Subnet) bool { return !good(&s) })
}

// forThisCluster drops subnets that carry tags of other clusters and none of this one.
func (w *work) forThisCluster(s *lookup.Subnet) bool {
	if w.taggedForCluster(s) {
		return true
	}
	for key := range s.Tags {
		if strings.HasPrefix(key, clusterPrefix) {
			return false
		}
	}
	return true
}

func (w *work) taggedForCluster(s *lookup.Subnet) bool {
	_, ok := s.Tags[clusterPrefix+w.options.ClusterName]
	return ok
}

// onePerZone keeps the subnet of each zone that is tagged for this cluster, or else has the lowest id. Sorted by id.
func (w *work) onePerZone(list []lookup.Subnet) []lookup.Subnet {
	list = slices.SortedStableFunc(slices.Values(list), compareSubnets)
	slices.SortStableFunc(list, func(a, b lookup.Subnet) int {
		x, y := w.taggedForCluster(&a), w.taggedForCluster(&b)
		switch {
		case x == y:
			return 0
		case x:
			return -1
		}
		return 1
	})
	var out []lookup.Subnet
	for _, s := range list {
		if !slices.ContainsFunc(out, func(o lookup.Subnet) bool { return o.Zone == s.Zone }) {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, compareSubnets)
	return out
}

// minimum is two zones, or one in local zones, wavelength zones and outposts.
func (w *work) minimum(list []lookup.Subnet) int {
	if w.options.SingleSubnet || len(list) > 0 && list[0].Locale != "" && list[0].Locale != ordinaryZone {
		return 1
	}
	return 2
}

func (w *work) fewSubnets(about diag.Object, needed, found int, dropped []string) {
	reasons := "none was dropped"
	if len(dropped) > 0 {
		reasons = "left out were " + strings.Join(dropped, ", ")
	}
	w.found.Add(diag.LookupSubnetsFew, about, fieldOf(alb.Subnets),
		diag.A("needed", needed), diag.A("found", found), diag.A("dropped", reasons))
}

// checkSubnets refuses two subnets in one zone, too few of them, ones without IPv6 for dualstack, and mixed kinds of zones.
func (w *work) checkSubnets(about diag.Object, list []lookup.Subnet, t model.IPAddressType) bool {
	field := fieldOf(alb.Subnets)
	for i, s := range list {
		if dualstack(t) && !s.IPv6 {
			w.found.Add(diag.LookupSubnetIPv6, about, field, diag.A("name", s.ID))
			return false
		}
		for _, o := range list[:i] {
			switch {
			case o.Zone == s.Zone:
				w.found.Add(diag.LookupSubnetZone, about, field, diag.A("first", o.ID), diag.A("second", s.ID), diag.A("zone", s.Zone))
				return false
			case o.Locale != s.Locale:
				w.found.Add(diag.LookupSubnetLocale, about, field, diag.A("first", o.ID), diag.A("firstLocale", o.Locale),
					diag.A("second", s.ID), diag.A("secondLocale", s.Locale))
				return false
			}
		}
	}
	if n := w.minimum(list); len(list) < n {
		w.fewSubnets(about, n, len(list), nil)
		return false
	}
	return true
}
