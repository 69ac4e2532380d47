package action

import (
	"net/netip"
	"testing"
)

func TestAnAddressOfThisMachineHasOneThatATargetMayHave(t *testing.T) {
	for _, c := range []struct{ at, network, want, zone string }{
		{"127.0.0.1", "10.42.0.0/16", "10.42.0.1", ""},
		{"127.3.2.1", "10.42.64.0/20", "10.42.66.1", ""},
		{"127.3.2.1", "10.42.64.0/24", "10.42.64.1", ""},
		{"::1", "10.42.0.0/16", "10.42.0.1", ""},
		{"127.0.0.1", "10.0.0.0/16", "10.1.0.1", " with AvailabilityZone=all"},
		{"127.3.2.1", "192.168.0.0/16", "10.3.2.1", " with AvailabilityZone=all"},
		{"127.3.2.1", "", "10.3.2.1", " with AvailabilityZone=all"},
	} {
		var networks []netip.Prefix
		if c.network != "" {
			networks = append(networks, netip.MustParsePrefix(c.network))
		}
		got, zone := mappable(netip.MustParseAddr(c.at), networks)
		if got.String() != c.want || zone != c.zone {
			t.Errorf("%s in %q: %s%s, want %s%s", c.at, c.network, got, zone, c.want, c.zone)
		}
	}
}
