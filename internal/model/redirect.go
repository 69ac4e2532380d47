package model

import (
	"fmt"
	"slices"
	"strings"
)

// CheckPlaceholders says which placeholder of a redirect stands where ELB does not replace it: #{host} may be used in host,
// path and query, #{port} in port, path and query, #{protocol} in protocol and query, #{path} in path and query, #{query} in
// query alone.
func (r *Redirect) CheckPlaceholders() error {
	for _, part := range []struct {
		name, text string
		known      []string
	}{
		{"protocol", r.Protocol, []string{"protocol"}},
		{"host", r.Host, []string{"host"}},
		{"port", r.Port, []string{"port"}},
		{"path", r.Path, []string{"host", "port", "path"}},
		{"query", r.Query, []string{"protocol", "host", "port", "path", "query"}},
	} {
		for rest := part.text; ; {
			_, after, found := strings.Cut(rest, "#{")
			if !found {
				break
			}
			name, behind, closed := strings.Cut(after, "}")
			if !closed || !slices.Contains(part.known, name) {
				return fmt.Errorf("#{%s} cannot stand in the %s of a redirect", name, part.name)
			}
			rest = behind
		}
	}
	return nil
}
