package alb

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
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
	return "a comma-separated list of address ranges such as 10.0.0.0/8"
}

// codeList takes "200,202" or "200-299", with every number from min to max.
type codeList struct {
	min, max int
}

// Parse checks the codes and takes out spaces.
func (t codeList) Parse(raw string) (string, error) {
	raw = strings.ReplaceAll(raw, " ", "")
	if raw == "" {
		return "", errors.New("empty")
	}
	for piece := range strings.SplitSeq(raw, ",") {
		from, to, isRange := strings.Cut(piece, "-")
		if !isRange {
			to = from
		}
		low, err := strconv.Atoi(from)
		if err != nil {
			return "", fmt.Errorf("%q is not a number", from)
		}
		high, err := strconv.Atoi(to)
		if err != nil {
			return "", fmt.Errorf("%q is not a number", to)
		}
		if low < t.min || high > t.max || low > high {
			return "", fmt.Errorf("%q is outside %d to %d or runs backwards", piece, t.min, t.max)
		}
	}
	return raw, nil
}

// Format is the list.
func (codeList) Format(v string) string { return v }

// Expected describes the list.
func (t codeList) Expected() string {
	return fmt.Sprintf("codes from %d to %d: one, a list (200,202) or a range (200-299)", t.min, t.max)
}

// portOrName takes "traffic-port", a number from 1 to 65535 or, with names, the name of a Service port.
type portOrName struct {
	names bool
}

// TrafficPort is the port that targets receive traffic on.
const TrafficPort = "traffic-port"

// Parse checks the port.
func (t portOrName) Parse(raw string) (string, error) {
	if raw == TrafficPort {
		return raw, nil
	}
	if n, err := strconv.ParseInt(raw, 10, 64); err == nil {
		if n < 1 || n > 65535 {
			return "", errors.New("outside 1 to 65535")
		}
		return strconv.FormatInt(n, 10), nil
	}
	if !t.names {
		return "", errors.New("neither traffic-port nor a number")
	}
	if raw == "" || len(raw) > 63 || strings.ContainsFunc(raw, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-')
	}) {
		return "", errors.New("neither traffic-port, a number, nor a port name")
	}
	return raw, nil
}

// Format is the port.
func (portOrName) Format(v string) string { return v }

// Expected describes ports.
func (t portOrName) Expected() string {
	if t.names {
		return "traffic-port, a number from 1 to 65535, or the name of a Service port"
	}
	return "traffic-port or a number from 1 to 65535"
}

// portMap takes pairs of port numbers, "443=8443".
type portMap struct{}

// Parse checks both sides.
func (portMap) Parse(raw string) ([]annotation.Pair, error) {
	pairs, err := annotation.StringMap{}.Parse(raw)
	if err != nil {
		return nil, err
	}
	for _, p := range pairs {
		for _, side := range []string{p.Key, p.Value} {
			if n, err := strconv.ParseInt(side, 10, 32); err != nil || n < 1 || n > 65535 {
				return nil, fmt.Errorf("%q is not a port", side)
			}
		}
	}
	return pairs, nil
}

// Format prints the pairs.
func (portMap) Format(v []annotation.Pair) string { return annotation.StringMap{}.Format(v) }

// Expected describes the pairs.
func (portMap) Expected() string {
	return "pairs of port numbers such as 443=8443, separated by commas"
}

// capacity takes CapacityUnits=<number> and nothing else.
type capacity struct{}

// Parse reads the units.
func (capacity) Parse(raw string) (int32, error) {
	pairs, err := annotation.StringMap{}.Parse(raw)
	if err != nil {
		return 0, err
	}
	if i := slices.IndexFunc(pairs, func(p annotation.Pair) bool { return p.Key != "CapacityUnits" }); i >= 0 {
		return 0, fmt.Errorf("the key %q is not known", pairs[i].Key)
	}
	if len(pairs) != 1 {
		return 0, errors.New("CapacityUnits is missing")
	}
	n, err := strconv.ParseInt(pairs[0].Value, 10, 32)
	if err != nil || n < 0 {
		return 0, errors.New("CapacityUnits is not a whole number")
	}
	return int32(n), nil
}

// Format prints the pair.
func (capacity) Format(v int32) string { return "CapacityUnits=" + strconv.FormatInt(int64(v), 10) }

// Expected describes the pair.
func (capacity) Expected() string { return "CapacityUnits=<whole number>" }
