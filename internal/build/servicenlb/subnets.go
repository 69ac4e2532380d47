package servicenlb

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/nlb"
	"github.com/gwanmun/gwanmun/internal/build/elb"
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/lookup"
	"github.com/gwanmun/gwanmun/internal/model"
)

// chooseSubnets takes those of the annotation, or those that an existing load balancer of the scheme has, or those that are
// tagged for the scheme. One zone is enough.
func (w *work) chooseSubnets() {
	c := &elb.Subnets{
		Questions: w.questions, Cluster: w.options.ClusterName, AnyCluster: w.options.AnyClusterSubnets,
		NoReachability: w.options.NoReachability, Zones: 1, Scheme: w.lb.Scheme, IPAddressType: w.lb.IPAddressType,
		About: w.object, Field: fieldOf(nlb.Subnets), Into: &w.found,
	}
	names, given := get(w, nlb.Subnets)
	if !given {
		names = c.KeptOf(w.existing)
	}
	var chosen []lookup.Subnet
	var ok bool
	if given || len(names) > 0 {
		chosen, ok = c.Named(names)
	} else {
		chosen, ok = c.Discover()
	}
	switch {
	case ok && c.Check(chosen):
		w.subnets = chosen
	case !w.questions.Open():
		w.failed = true // Named, Discover or Check has said why
	}
}

// addresses maps the subnets with the addresses that the load balancer is to have in each.
func (w *work) addresses() []model.SubnetMapping {
	out := make([]model.SubnetMapping, len(w.subnets))
	for i, s := range w.subnets {
		out[i].SubnetID = s.ID
	}
	w.elasticAddresses(out)
	if list := getList(w, nlb.PrivateIPv4Addresses); w.fits(nlb.PrivateIPv4Addresses, len(list), string(model.Internal), string(w.lb.Scheme)) {
		for i, s := range w.subnets {
			out[i].PrivateIPv4Address = w.only(nlb.PrivateIPv4Addresses, list, s, s.IPv4CIDRs)
		}
	}
	if list := getList(w, nlb.IPv6Addresses); w.fits(nlb.IPv6Addresses, len(list), string(model.Dualstack), string(w.lb.IPAddressType)) {
		for i, s := range w.subnets {
			out[i].IPv6Address = w.only(nlb.IPv6Addresses, list, s, s.IPv6CIDRs)
		}
	}
	w.sourceNAT(out)
	return out
}

func (w *work) elasticAddresses(out []model.SubnetMapping) {
	list := getList(w, nlb.EIPAllocations)
	if w.fits(nlb.EIPAllocations, len(list), string(model.InternetFacing), string(w.lb.Scheme)) {
		for i := range out {
			out[i].AllocationID = list[i]
		}
	}
}

// fits says whether a list of addresses is given and can be spread over the subnets; need is what the load balancer must be
// for it. Without subnets there is nothing to say yet.
func (w *work) fits(k annotation.Declared, count int, need, is string) bool {
	switch {
	case count == 0:
		return false
	case need != is:
		w.fail(diag.NLBAddressNeeds, fieldOf(k), diag.A("key", keyOf(k)), diag.A("need", need), diag.A("is", is))
		return false
	case len(w.subnets) > 0 && count != len(w.subnets):
		w.fail(diag.NLBAddressCount, fieldOf(k), diag.A("key", keyOf(k)), diag.A("count", count), diag.A("subnets", len(w.subnets)))
		return false
	}
	return len(w.subnets) > 0
}

// only is the one address of a list that lies in the ranges of a subnet.
func (w *work) only(k annotation.Declared, list []netip.Addr, s lookup.Subnet, ranges []string) string {
	var inside []netip.Addr
	for _, a := range list {
		if contains(ranges, a) {
			inside = append(inside, a)
		}
	}
	if len(inside) != 1 {
		w.fail(diag.NLBAddressSubnet, fieldOf(k), diag.A("key", keyOf(k)), diag.A("count", len(inside)),
			diag.A("subnet", s.ID), diag.A("ranges", rangesText(ranges)))
		return ""
	}
	return inside[0].String()
}

func contains(ranges []string, a netip.Addr) bool {
	return slices.ContainsFunc(ranges, func(text string) bool {
		p, err := netip.ParsePrefix(text)
		return err == nil && p.Contains(a)
	})
}

func rangesText(ranges []string) string {
	if len(ranges) == 0 {
		return "without a range"
	}
	return strings.Join(ranges, ", ")
}

// sourceNAT gives the load balancer prefixes to reach IPv6 targets from, which is for dualstack only: its subnets all have
// IPv6. Prefixes of the user's own need it to be on.
func (w *work) sourceNAT(out []model.SubnetMapping) {
	on, given := get(w, nlb.EnableSourceNAT)
	if given {
		w.lb.IPv6SourceNAT = on
	}
	if on == nlb.On && !w.fits(nlb.EnableSourceNAT, len(w.subnets), string(model.Dualstack), string(w.lb.IPAddressType)) {
		return
	}
	list := getList(w, nlb.SourceNATPrefixes)
	if !w.fits(nlb.SourceNATPrefixes, len(list), string(model.Dualstack), string(w.lb.IPAddressType)) {
		return
	}
	if on != nlb.On {
		w.fail(diag.NLBSourceNATOff, fieldOf(nlb.SourceNATPrefixes),
			diag.A("key", keyOf(nlb.SourceNATPrefixes)), diag.A("switch", keyOf(nlb.EnableSourceNAT)))
		return
	}
	for i, s := range w.subnets {
		out[i].SourceNATIPv6 = list[i]
		if p, err := netip.ParsePrefix(list[i]); err == nil && !contains(s.IPv6CIDRs, p.Addr()) {
			w.fail(diag.NLBPrefixSubnet, fieldOf(nlb.SourceNATPrefixes), diag.A("prefix", list[i]),
				diag.A("subnet", s.ID), diag.A("ranges", rangesText(s.IPv6CIDRs)))
		}
	}
}
