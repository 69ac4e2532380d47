package annotation

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Sources takes a comma-separated list of addresses and CIDR ranges, and gives prefixes, sorted, without repeats. An
// address is a range of one; bits behind a range's length are cut off.
type Sources struct{}

// Parse reads the ranges.
func (Sources) Parse(raw string) ([]netip.Prefix, error) {
	pieces, err := StringList{}.Parse(raw)
	if err != nil {
		return nil, err
	}
	if len(pieces) == 0 {
		return nil, errors.New("there is no range in it")
	}
	out := make([]netip.Prefix, 0, len(pieces))
	for _, text := range pieces {
		p, err := parseSource(text)
		if err != nil {
			return nil, fmt.Errorf("%q is neither an address nor a range", text)
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b netip.Prefix) int {
		if c := a.Addr().Compare(b.Addr()); c != 0 {
			return c
		}
		return a.Bits() - b.Bits()
	})
	return slices.Compact(out), nil
}

func parseSource(text string) (netip.Prefix, error) {
	if !strings.Contains(text, "/") {
		a, err := netip.ParseAddr(text)
		if err != nil || a.Zone() != "" {
			return netip.Prefix{}, errors.New("not an address")
		}
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, err
	}
	return p.Masked(), nil
}

// Format joins with commas.
func (Sources) Format(v []netip.Prefix) string {
	out := make([]string, len(v))
	for i, p := range v {
		out[i] = p.String()
	}
	return strings.Join(out, ",")
}

// Expected describes lists of ranges.
func (Sources) Expected() string { return "a comma-separated list of IP addresses and CIDR ranges" }
