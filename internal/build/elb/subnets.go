package elb

import (
	"fmt"
	"slices"
	"strings"

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

// Subnets chooses the subnets of one load balancer.
type Subnets struct {
	Questions *Questions
	Cluster   string
	// AnyCluster uses subnets that are tagged for other clusters only. NoReachability discovers by role tag alone.
	AnyCluster, NoReachability bool
	// Zones is how many zones are needed where one is not enough by itself, as it is in local zones, wavelength zones and
	// outposts.
	Zones         int
	Scheme        model.Scheme
	IPAddressType model.IPAddressType
	// About, Field and Into are where mistakes are told.
	About diag.Object
	Field string
	Into  *diag.Collector
}

// Discover finds subnets for the scheme. Those of other clusters, nearly full ones and, for dualstack, those without IPv6
// are dropped; then one is kept for each zone.
func (c *Subnets) Discover() ([]lookup.Subnet, bool) {
	answer, ok := c.Questions.Ask(lookup.Question{Kind: lookup.Subnets, Scheme: string(c.Scheme)}, c.About, "", c.Into)
	if !ok {
		return nil, false
	}
	list := c.eligible(answer.Subnets)
	var dropped []string
	drop := func(why string, good func(s *lookup.Subnet) bool) {
		before := len(list)
		list = keep(list, good)
		if n := before - len(list); n > 0 {
			dropped = append(dropped, fmt.Sprintf("%d %s", n, why))
		}
	}
	if !c.AnyCluster {
		drop("tagged for other clusters only", c.forThisCluster)
	}
	drop(fmt.Sprintf("with fewer than %d free addresses", minFree), func(s *lookup.Subnet) bool { return s.FreeAddresses >= minFree })
	if Dualstack(c.IPAddressType) {
		drop("without IPv6", func(s *lookup.Subnet) bool { return s.IPv6 })
	}
	chosen := c.onePerZone(list)
	if n := c.minimum(chosen); len(chosen) < n {
		c.few(n, len(chosen), dropped)
		return nil, false
	}
	return chosen, true
}

// Named finds each id and Name tag; a Name tag that is listed several times stands for as many subnets, in the order of
// their ids. The list's order stays.
func (c *Subnets) Named(names []string) ([]lookup.Subnet, bool) {
	var out []lookup.Subnet
	complete := true
	for _, name := range names {
		answer, ok := c.Questions.Ask(lookup.Question{Kind: lookup.Subnets, Name: name}, c.About, c.Field, c.Into)
		if !ok {
			complete = false
			continue
		}
		found := slices.SortedFunc(slices.Values(answer.Subnets), compareSubnets)
		i := slices.IndexFunc(found, func(s lookup.Subnet) bool {
			fits := s.ID == name || s.Name == name && !strings.HasPrefix(name, "subnet-")
			return fits && !slices.ContainsFunc(out, func(o lookup.Subnet) bool { return o.ID == s.ID })
		})
		if i < 0 {
			c.Into.Add(diag.LookupSubnetMissing, c.About, c.Field, diag.A("name", name))
			complete = false
			continue
		}
		out = append(out, found[i])
	}
	return out, complete
}

// Tagged finds subnets that have every key with one of its values, one for each zone.
func (c *Subnets) Tagged(tags map[string][]string) ([]lookup.Subnet, bool) {
	answer, ok := c.Questions.Ask(lookup.SubnetsTagged(tags), c.About, c.Field, c.Into)
	if !ok {
		return nil, false
	}
	fitting := slices.DeleteFunc(slices.Clone(answer.Subnets), func(s lookup.Subnet) bool { return !s.HasTags(tags) })
	return c.onePerZone(fitting), true
}

// KeptOf are the subnets of a load balancer that is there already, if it has the scheme: a subnet that is tagged later must
// not change it. Empty means that there are none to keep.
func (c *Subnets) KeptOf(lb *lookup.LoadBalancer) []string {
	if lb == nil || lb.Scheme != string(c.Scheme) {
		return nil
	}
	return lb.Subnets
}

// eligible keeps subnets with the role tag of the scheme; when none has one, those on the right side of an internet
// gateway. An answer in which no subnet has either was chosen by whoever gave it and is taken as it is.
func (c *Subnets) eligible(list []lookup.Subnet) []lookup.Subnet {
	role, external := roleInternal, c.Scheme == model.InternetFacing
	if external {
		role = roleExternal
	}
	tagged := keep(list, func(s *lookup.Subnet) bool {
		v, ok := s.Tags[role]
		return ok && (v == "" || v == "1")
	})
	if len(tagged) > 0 || c.NoReachability {
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
func (c *Subnets) forThisCluster(s *lookup.Subnet) bool {
	if c.taggedForCluster(s) {
		return true
	}
	for key := range s.Tags {
		if strings.HasPrefix(key, clusterPrefix) {
			return false
		}
	}
	return true
}

func (c *Subnets) taggedForCluster(s *lookup.Subnet) bool {
	_, ok := s.Tags[clusterPrefix+c.Cluster]
	return ok
}

// onePerZone keeps the subnet of each zone that is tagged for this cluster, or else has the lowest id. Sorted by id.
func (c *Subnets) onePerZone(list []lookup.Subnet) []lookup.Subnet {
	list = slices.SortedStableFunc(slices.Values(list), compareSubnets)
	slices.SortStableFunc(list, func(a, b lookup.Subnet) int {
		x, y := c.taggedForCluster(&a), c.taggedForCluster(&b)
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

func compareSubnets(a, b lookup.Subnet) int { return strings.Compare(a.ID, b.ID) }
