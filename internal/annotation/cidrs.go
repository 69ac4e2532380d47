package annotation

import (
	"fmt"
	"net/netip"
	"strings"
)

// CIDRs takes a list of address ranges. Host bits are cut, as EC2 does.
type CIDRs struct{}

// Parse reads the ranges.
func (CIDRs) Parse(raw string) ([]netip.Prefix, error) {
	pieces, _ := StringList{}.Parse(raw)
	var out []netip.Prefix
	for _, piece := range pieces {
		p, err := netip.ParsePrefix(piece)
		if err != nil || p.Addr().Is4In6() {
			return nil, fmt.Errorf("%q is not an address range", piece)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

// Format joins with commas.
func (CIDRs) Format(v []netip.Prefix) string {
	out := make([]string, len(v))
	for i, p := range v {
		out[i] = p.String()
	}
	return strings.Join(out, ",")
}

// Expected describes ranges.
func (CIDRs) Expected() string { return "a comma-separated list of address ranges (CIDR)" }
