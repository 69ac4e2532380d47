package annotation

import (
	"slices"
	"strings"

	"github.com/gwanmun/gwanmun/internal/diag"
)

// LayerKind says by which name a layer's values are found.
type LayerKind int

// Kinds of layers.
const (
	// Annotations are found by full key and aliases.
	Annotations LayerKind = iota
	// ConfigMap values are found by Entry.ConfigMapKey.
	ConfigMap
	// Params values are found by Entry.ParamsField.
	Params
	// Flags are found by Entry.Flag.
	Flags
)

// Layer is one source of raw values.
type Layer struct {
	Kind   LayerKind
	Object diag.Object
	Values map[string]string
}

// Reader reads typed values from layers, the strongest layer first. This is the only place where precedence is
// written. A Reader is made for one object; it is not safe for concurrent use.
type Reader struct {
	registry *Registry
	layers   []Layer
	into     *diag.Collector
}

// NewReader makes a reader. Diagnostics go to into.
func NewReader(registry *Registry, into *diag.Collector, layers ...Layer) *Reader {
	return &Reader{registry: registry, layers: layers, into: into}
}

// Value is what was read.
type Value[T any] struct {
	Value T
	// Set says that a layer gave the value; otherwise Value is the entry's default, or T's zero value.
	Set bool
	// Origin is the layer that gave the value or, with Err, the invalid one.
	Origin Layer
	// Raw is the text as written.
	Raw string
	// Err is not nil when the winning layer's value is invalid and the entry's outcome is not UseDefault. The
	// diagnostic has been added already; the caller carries out Entry.OnInvalid.
	Err error
}

// Get reads one annotation. A layer that does not set it is passed over; so is an invalid value whose outcome is
// UseDefault, after a diagnostic.
func Get[T any](r *Reader, k *Key[T]) Value[T] {
	return get(r, k, "")
}

// GetMember reads one member of a family: name is what follows the family's dot.
func GetMember[T any](r *Reader, k *Key[T], name string) Value[T] {
	return get(r, k, name)
}

func get[T any](r *Reader, k *Key[T], member string) Value[T] {
	for _, layer := range r.layers {
		name, raw, ok := layer.find(r.registry, &k.Entry, member)
		if !ok {
			continue
		}
		v, err := k.Type.Parse(raw)
		if err == nil {
			return Value[T]{Value: v, Set: true, Origin: layer, Raw: raw}
		}
		r.into.Add(diag.AnnotationInvalid, layer.Object, layer.field(name),
			diag.A("key", name), diag.A("value", raw), diag.A("expected", k.Type.Expected()), diag.A("reason", err),
			diag.A("example", k.Example), diag.A("consequence", k.OnInvalid))
		if k.OnInvalid != UseDefault {
			return Value[T]{Set: true, Origin: layer, Raw: raw, Err: err}
		}
	}
	var zero Value[T]
	if k.Default != "" {
		if v, err := k.Type.Parse(k.Default); err == nil {
			zero.Value, zero.Raw = v, k.Default
		}
	}
	return zero
}

// Members lists what follows the family's dot over all annotation layers, sorted, without repeats.
func (r *Reader) Members(k Declared) []string {
	prefix := r.registry.FullKey(k.Declaration())
	var out []string
	for _, layer := range r.layers {
		if layer.Kind != Annotations {
			continue
		}
		for full := range layer.Values {
			if name, ok := strings.CutPrefix(full, prefix); ok && name != "" {
				out = append(out, name)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// find looks a value up by the name that belongs to the layer's kind.
func (l Layer) find(r *Registry, e *Entry, member string) (name, raw string, ok bool) {
	switch l.Kind {
	case ConfigMap:
		name = e.ConfigMapKey
	case Params:
		name = e.ParamsField
	case Flags:
		name = e.Flag
	default:
		name = r.FullKey(e) + member
		if raw, ok = l.Values[name]; ok {
			return name, raw, true
		}
		for _, a := range e.Aliases {
			if raw, ok = l.Values[r.Prefix+a+member]; ok {
				return r.Prefix + a + member, raw, true
			}
		}
		return name, "", false
	}
	if name == "" {
		return "", "", false
	}
	raw, ok = l.Values[name]
	return name, raw, ok
}

func (l Layer) field(name string) string {
	switch l.Kind {
	case ConfigMap:
		return "data[" + name + "]"
	case Params:
		return "spec." + name
	case Flags:
		return "--" + name
	}
	return FieldOf(name)
}
