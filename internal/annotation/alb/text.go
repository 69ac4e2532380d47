package alb

import (
	"errors"
	"fmt"
)

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
