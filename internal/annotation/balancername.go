package annotation

import (
	"errors"
	"fmt"
	"strings"
)

// BalancerName takes names of load balancers as ELBv2 does: 1 to 32 letters, digits and hyphens, no hyphen at either end,
// and not "internal-" at the beginning.
type BalancerName struct{}

// Parse checks the name.
func (BalancerName) Parse(raw string) (string, error) {
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
func (BalancerName) Format(v string) string { return v }

// Expected describes names of load balancers.
func (BalancerName) Expected() string { return "a name of 1 to 32 letters, digits and hyphens" }
