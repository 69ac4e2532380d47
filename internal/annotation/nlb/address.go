package nlb

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/gwanmun/gwanmun/internal/annotation"
)

// addresses takes a list of addresses of one family.
type addresses struct {
	v6 bool
}

// Parse reads the addresses.
func (t addresses) Parse(raw string) ([]netip.Addr, error) {
	pieces, _ := annotation.StringList{}.Parse(raw)
	var out []netip.Addr
	for _, piece := range pieces {
		a, err := netip.ParseAddr(piece)
		if err != nil || a.Is4() == t.v6 || a.Is4In6() || a.Zone() != "" {
			return nil, fmt.Errorf("%q is no %s address", piece, t.family())
		}
		out = append(out, a)
	}
	return out, nil
}

// Format joins with commas.
func (addresses) Format(v []netip.Addr) string {
	out := make([]string, len(v))
	for i, a := range v {
		out[i] = a.String()
	}
	return strings.Join(out, ",")
}

// Expected names the family.
func (t addresses) Expected() string { return "a comma-separated list of " + t.family() + " addresses" }

func (t addresses) family() string {
	if t.v6 {
		return "IPv6"
	}
	return "IPv4"
}

// natBits is the length that AWS asks of source NAT prefixes.
const natBits = 80

// natPrefixes takes a list of IPv6 ranges of 80 bits, or auto_assigned in place of one.
type natPrefixes struct{}

// Parse reads the prefixes.
func (natPrefixes) Parse(raw string) ([]string, error) {
	pieces, _ := annotation.StringList{}.Parse(raw)
	var out []string
	for _, piece := range pieces {
		if piece == AutoAssigned {
			out = append(out, piece)
			continue
		}
		p, err := netip.ParsePrefix(piece)
		if err != nil || p.Addr().Is4() || p.Addr().Is4In6() || p.Bits() != natBits {
			return nil, fmt.Errorf("%q is neither an IPv6 range of %d bits nor %s", piece, natBits, AutoAssigned)
		}
		out = append(out, p.String())
	}
	return out, nil
}

// Format joins with commas.
func (natPrefixes) Format(v []string) string { return strings.Join(v, ",") }

// Expected describes prefixes.
func (natPrefixes) Expected() string {
	return fmt.Sprintf("a comma-separated list of IPv6 ranges of %d bits, or %s", natBits, AutoAssigned)
}

// portNumbers takes a list of port numbers.
type portNumbers struct{}

// Parse reads the numbers.
func (portNumbers) Parse(raw string) ([]int32, error) {
	pieces, _ := annotation.StringList{}.Parse(raw)
	var out []int32
	for _, piece := range pieces {
		n, err := strconv.ParseInt(piece, 10, 32)
		if err != nil || n < 1 || n > 65535 {
			return nil, fmt.Errorf("%q is no port number", piece)
		}
		out = append(out, int32(n))
	}
	return out, nil
}

// Format joins with commas.
func (portNumbers) Format(v []int32) string {
	out := make([]string, len(v))
	for i, n := range v {
		out[i] = strconv.FormatInt(int64(n), 10)
	}
	return strings.Join(out, ",")
}

// Expected describes numbers.
func (portNumbers) Expected() string { return "a comma-separated list of port numbers" }
