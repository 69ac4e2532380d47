package resolver

import (
	"net/netip"
	"strings"
)

// Address is the address that a name carries before a suffix: the last four labels (x.127.0.0.1.sslip.io), or the last four
// numbers of the last label (x.127-0-0-1.sslip.io, x-127-0-0-1.sslip.io). Letters may be of either case and the dot at the end
// may be there. below says whether the name is the suffix or below it.
func Address(name, suffix string) (address netip.Addr, below bool) {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	suffix = strings.ToLower(strings.Trim(suffix, "."))
	if name == suffix {
		return netip.Addr{}, true
	}
	rest, below := strings.CutSuffix(name, "."+suffix)
	if !below {
		return netip.Addr{}, false
	}
	labels := strings.Split(rest, ".")
	if a, ok := fourth(strings.Split(labels[len(labels)-1], "-")); ok {
		return a, true
	}
	a, _ := fourth(labels)
	return a, true
}

// fourth makes an address of the last four parts.
func fourth(parts []string) (netip.Addr, bool) {
	if len(parts) < 4 {
		return netip.Addr{}, false
	}
	a, err := netip.ParseAddr(strings.Join(parts[len(parts)-4:], "."))
	return a, err == nil && a.Is4()
}
