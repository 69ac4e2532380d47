package annotation

import (
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/diag"
)

// Registry is the list of all annotations of one dialect.
type Registry struct {
	// Prefix is put before every suffix: "alb.ingress.kubernetes.io/".
	Prefix string
	keys   []Declared
	byKey  map[string]Declared
	family []Declared
}

// NewRegistry makes a registry of keys, which are listed in the order given.
func NewRegistry(prefix string, keys ...Declared) *Registry {
	r := &Registry{Prefix: prefix, keys: keys, byKey: map[string]Declared{}}
	for _, k := range keys {
		e := k.Declaration()
		if e.IsFamily() {
			r.family = append(r.family, k)
			continue
		}
		r.byKey[r.FullKey(e)] = k
		for _, a := range e.Aliases {
			r.byKey[prefix+a] = k
		}
	}
	return r
}

// IsFamily says whether the entry stands for all keys that begin with it.
func (e *Entry) IsFamily() bool { return strings.HasSuffix(e.Suffix, ".") }

// All lists the keys in their declared order.
func (r *Registry) All() []Declared { return slices.Clone(r.keys) }

// FullKey is the annotation key of an entry as users write it.
func (r *Registry) FullKey(e *Entry) string {
	if e.FullKey != "" {
		return e.FullKey
	}
	return r.Prefix + e.Suffix
}

// Lookup finds the entry that a full key belongs to, families included.
func (r *Registry) Lookup(full string) (Declared, bool) {
	if k, ok := r.byKey[full]; ok {
		return k, true
	}
	for _, k := range r.family {
		if strings.HasPrefix(full, r.FullKey(k.Declaration())) {
			return k, true
		}
	}
	return nil, false
}

// CheckKeys reports unknown, misplaced and renamed keys of an object. Keys without the registry's prefix are left
// alone: they belong to somebody else.
func (r *Registry) CheckKeys(object diag.Object, kind Kind, annotations map[string]string, into *diag.Collector) {
	for full := range annotations {
		if !strings.HasPrefix(full, r.Prefix) {
			continue
		}
		field := FieldOf(full)
		k, ok := r.Lookup(full)
		if !ok {
			into.Add(diag.AnnotationUnknown, object, field, diag.A("key", full), diag.A("suggestion", r.nearest(full)))
			continue
		}
		e := k.Declaration()
		if !slices.Contains(e.Kinds, kind) {
			into.Add(diag.AnnotationMisplaced, object, field,
				diag.A("key", full), diag.A("kind", kind), diag.A("kinds", joinKinds(e.Kinds)))
		}
		if !e.IsFamily() && full != r.FullKey(e) {
			into.Add(diag.AnnotationAlias, object, field, diag.A("key", full), diag.A("current", r.FullKey(e)))
		}
	}
}

// FieldOf is the field path of an annotation.
func FieldOf(full string) string { return "metadata.annotations[" + full + "]" }

func joinKinds(kinds []Kind) string {
	out := make([]string, len(kinds))
	for i, k := range kinds {
		out[i] = string(k)
	}
	return strings.Join(out, " or ")
}

// nearest is the declared key with the smallest edit distance; the first in declared order among equals.
func (r *Registry) nearest(full string) string {
	best, bestDistance := "", 1<<30
	for _, k := range r.keys {
		candidate := r.FullKey(k.Declaration())
		if d := diag.Distance(full, candidate, bestDistance); d < bestDistance {
			best, bestDistance = candidate, d
		}
	}
	return best
}
