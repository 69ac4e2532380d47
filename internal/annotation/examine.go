package annotation

import (
	"slices"
	"strings"
)

// Finding is one declared annotation that an object carries.
type Finding struct {
	Key Declared
	// Name is the full key as the object has it: an alias, or a member of a family.
	Name string
	Raw  string
	// Err says why the value is invalid; nil when it is accepted.
	Err error
}

// Inert says whether the value asks for nothing: it is one of the entry's Inert values.
func (f *Finding) Inert() bool {
	e := f.Key.Declaration()
	if len(e.Inert) == 0 {
		return false
	}
	text, err := f.Key.Canonical(f.Raw)
	return err == nil && slices.Contains(e.Inert, text)
}

// Examine checks every annotation of an object that the registry declares, in the order of their full keys. An alias
// beside its current name is passed over, as it has no effect.
func (r *Registry) Examine(values map[string]string) []Finding {
	var out []Finding
	for full, raw := range values {
		if !strings.HasPrefix(full, r.Prefix) {
			continue
		}
		k, ok := r.Lookup(full)
		if !ok {
			continue
		}
		e := k.Declaration()
		if current := r.FullKey(e); !e.IsFamily() && full != current {
			if _, both := values[current]; both {
				continue
			}
		}
		out = append(out, Finding{Key: k, Name: full, Raw: raw, Err: k.Check(raw)})
	}
	slices.SortFunc(out, func(a, b Finding) int { return strings.Compare(a.Name, b.Name) })
	return out
}
