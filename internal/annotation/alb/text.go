package alb

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"unicode/utf8"

	"github.com/gwanmun/gwanmun/internal/annotation"
)

// text takes any text that is not longer than max (0: any length), and not empty with needed.
type text struct {
	what   string
	max    int
	needed bool
}

// Parse checks the length.
func (t text) Parse(raw string) (string, error) {
	if !utf8.ValidString(raw) {
		return "", errors.New("not valid UTF-8")
	}
	if t.needed && raw == "" {
		return "", errors.New("empty")
	}
	if t.max > 0 && utf8.RuneCountInString(raw) > t.max {
		return "", fmt.Errorf("longer than %d characters", t.max)
	}
	return raw, nil
}

// Format is the text.
func (text) Format(v string) string { return v }

// Expected says what the text stands for.
func (t text) Expected() string {
	if t.max > 0 {
		return fmt.Sprintf("%s of at most %d characters", t.what, t.max)
	}
	return t.what
}

// groupName takes names of IngressGroups: lower-case letters, digits, "-" and ".", letters or digits at both ends, 1 to
// 63 characters.
type groupName struct{}

// Parse checks the name.
func (groupName) Parse(raw string) (string, error) {
	if raw == "" || len(raw) > 63 {
		return "", errors.New("not 1 to 63 characters long")
	}
	for i := range len(raw) {
		c := raw[i]
		alnum := c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		if edge := i == 0 || i == len(raw)-1; !alnum && (edge || c != '-' && c != '.') {
			return "", fmt.Errorf("character %d is not allowed there", i+1)
		}
	}
	return raw, nil
}

// Format is the name.
func (groupName) Format(v string) string { return v }

// Expected describes group names.
func (groupName) Expected() string {
	return `a group name of lower-case letters, digits, "-" and ".", with a letter or digit at both ends`
}

// balancerName takes names of load balancers as ELBv2 does: 1 to 32 letters, digits and hyphens, no hyphen at either end,
// and not "internal-" at the beginning.
type balancerName struct{}

// Parse checks the name.
func (balancerName) Parse(raw string) (string, error) {
	switch {
	case raw == "" || len(raw) > 32:
		return "", errors.New("not 1 to 32 characters long")
	case raw[0] == '-' || raw[len(raw)-1] == '-':
		return "", errors.New("a hyphen at an end")
	case strings.HasPrefix(raw, "internal-"):
		return "", errors.New(`"internal-" at the beginning`)
	}
	for i := range len(raw) {
		if c := raw[i]; !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-') {
			return "", fmt.Errorf("character %d is no letter, digit or hyphen", i+1)
		}
	}
	return raw, nil
}

// Format is the name.
func (balancerName) Format(v string) string { return v }

// Expected describes names of load balancers.
func (balancerName) Expected() string { return "a name of 1 to 32 letters, digits and hyphens" }

// cidrList takes a list of address ranges. Host bits are cut, as EC2 does.
type cidrList struct{}

// Parse reads the ranges.
func (cidrList) Parse(raw string) ([]netip.Prefix, error) {
	pieces, _ := annotation.StringList{}.Parse(raw)
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
func (cidrList) Format(v []netip.Prefix) string {
	out := make([]string, len(v))
	for i, p := range v {
		out[i] = p.String()
	}
	return strings.Join(out, ",")
}

// Expected describes ranges.
func (cidrList) Expected() string {
	return "a comma-separated list of address ranges (CIDR)"
}
