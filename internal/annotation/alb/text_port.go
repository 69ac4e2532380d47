package alb

import (
	"fmt"
	"strconv"

	"github.com/gwanmun/gwanmun/internal/annotation"
)

// TrafficPort is the port that targets receive traffic on.
const TrafficPort = annotation.TrafficPort

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
