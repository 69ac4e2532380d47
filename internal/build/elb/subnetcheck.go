package elb

import (
	"strings"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/lookup"
)

// Check refuses two subnets in one zone, too few of them, ones without IPv6 for dualstack, and mixed kinds of zones.
func (c *Subnets) Check(list []lookup.Subnet) bool {
	for i, s := range list {
		if Dualstack(c.IPAddressType) && !s.IPv6 {
			c.Into.Add(diag.LookupSubnetIPv6, c.About, c.Field, diag.A("name", s.ID))
			return false
		}
		for _, o := range list[:i] {
			switch {
			case o.Zone == s.Zone:
				c.Into.Add(diag.LookupSubnetZone, c.About, c.Field, diag.A("first", o.ID), diag.A("second", s.ID), diag.A("zone", s.Zone))
				return false
			case o.Locale != s.Locale:
				c.Into.Add(diag.LookupSubnetLocale, c.About, c.Field, diag.A("first", o.ID), diag.A("firstLocale", o.Locale),
					diag.A("second", s.ID), diag.A("secondLocale", s.Locale))
				return false
			}
		}
	}
	if n := c.minimum(list); len(list) < n {
		c.few(n, len(list), nil)
		return false
	}
	return true
}

// minimum is Zones, or one in local zones, wavelength zones and outposts.
func (c *Subnets) minimum(list []lookup.Subnet) int {
	if len(list) > 0 && list[0].Locale != "" && list[0].Locale != ordinaryZone {
		return 1
	}
	return c.Zones
}

func (c *Subnets) few(needed, found int, dropped []string) {
	reasons := "none was dropped"
	if len(dropped) > 0 {
		reasons = "left out were " + strings.Join(dropped, ", ")
	}
	c.Into.Add(diag.LookupSubnetsFew, c.About, c.Field,
		diag.A("needed", needed), diag.A("found", found), diag.A("dropped", reasons))
}
