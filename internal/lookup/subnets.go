package lookup

import (
	"maps"
	"slices"
	"strings"
)

// taggedPrefix begins the Name of a question for subnets by tags.
const taggedPrefix = "tags:"

// SubnetsTagged asks for subnets that have every key with one of its values. Equal selectors give equal questions.
func SubnetsTagged(tags map[string][]string) Question {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		values := slices.Sorted(slices.Values(tags[key]))
		parts = append(parts, key+"="+strings.Join(values, "|"))
	}
	return Question{Kind: Subnets, Name: taggedPrefix + strings.Join(parts, ";")}
}

// Tagged says whether a question is for subnets by tags.
func (q Question) Tagged() bool { return q.Kind == Subnets && strings.HasPrefix(q.Name, taggedPrefix) }

// HasTags says whether the subnet has every key with one of its values.
func (s *Subnet) HasTags(tags map[string][]string) bool {
	for key, values := range tags {
		have, ok := s.Tags[key]
		if !ok || !slices.Contains(values, have) {
			return false
		}
	}
	return true
}
