package annotation

import (
	"errors"
	"strconv"
	"strings"
)

// PortRef takes "traffic-port", a number from 1 to 65535 or, with Names, the name of a Service port.
type PortRef struct {
	Names bool
}

// TrafficPort is the port that targets receive traffic on.
const TrafficPort = "traffic-port"

// Parse checks the port.
func (t PortRef) Parse(raw string) (string, error) {
	if raw == TrafficPort {
		return raw, nil
	}
	if n, err := strconv.ParseInt(raw, 10, 64); err == nil {
		if n < 1 || n > 65535 {
			return "", errors.New("outside 1 to 65535")
		}
		return strconv.FormatInt(n, 10), nil
	}
	if !t.Names {
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
func (PortRef) Format(v string) string { return v }

// Expected describes ports.
func (t PortRef) Expected() string {
	if t.Names {
		return "traffic-port, a number from 1 to 65535, or the name of a Service port"
	}
	return "traffic-port or a number from 1 to 65535"
}
