package alb

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/gwanmun/gwanmun/internal/annotation"
)

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
	return "pairs of port numbers with = between the two, separated by commas"
}
