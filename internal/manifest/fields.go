package manifest

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/gwanmun/gwanmun/internal/diag"
)

// finding is a field that does not fit the Go type of its object.
type finding struct {
	path string
	// unknown: the type has no such field; near is its most similar one and mislaid the empty sibling that it would fit
	// into. Otherwise the value is of the wrong kind.
	unknown bool
	near    string
	mislaid string
	want    string
	got     string
	// text is set when a text was wanted and the value would be one in quotes.
	text bool
}

var jsonUnmarshaler = reflect.TypeFor[json.Unmarshaler]()

// compare walks a decoded JSON value along the Go type that it is for, and lists what does not fit, by path. An API
// server drops unknown fields with a warning and refuses values of the wrong kind.
func compare(value any, t reflect.Type) []finding {
	var out []finding
	walk(value, t, "", &out)
	return out
}

func walk(value any, t reflect.Type, path string, out *[]finding) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if value == nil || reflect.PointerTo(t).Implements(jsonUnmarshaler) || t.Kind() == reflect.Interface {
		return
	}
	switch t.Kind() {
	case reflect.Struct:
		if m, ok := value.(map[string]any); ok {
			walkStruct(m, t, path, out)
			return
		}
	case reflect.Map:
		if m, ok := value.(map[string]any); ok {
			for _, key := range slices.Sorted(maps.Keys(m)) {
				walk(m[key], t.Elem(), path+"["+key+"]", out)
			}
			return
		}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			if _, ok := value.(string); ok {
				return
			}
			break
		}
		if list, ok := value.([]any); ok {
			for i, v := range list {
				walk(v, t.Elem(), path+"["+strconv.Itoa(i)+"]", out)
			}
			return
		}
	default:
		if fitsScalar(value, t) {
			return
		}
	}
	_, isNumber := value.(json.Number)
	_, isBool := value.(bool)
	*out = append(*out, finding{
		path: path, want: wanted(t), got: given(value), text: t.Kind() == reflect.String && (isNumber || isBool),
	})
}

func walkStruct(m map[string]any, t reflect.Type, path string, out *[]finding) {
	fields := fieldsOf(t)
	for _, name := range slices.Sorted(maps.Keys(m)) {
		inner := name
		if path != "" {
			inner = path + "." + name
		}
		if ft, ok := fields[name]; ok {
			walk(m[name], ft, inner, out)
			continue
		}
		*out = append(*out, finding{
			path: inner, unknown: true, near: nearest(name, fields), mislaid: emptySibling(name, m, fields),
		})
	}
}

// fieldsOf maps the JSON names of a struct's fields to their types, those of embedded structs included.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	out := map[string]reflect.Type{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" || !f.IsExported():
		case name == "" && f.Anonymous:
			embedded := f.Type
			for embedded.Kind() == reflect.Pointer {
				embedded = embedded.Elem()
			}
			maps.Copy(out, fieldsOf(embedded))
		case name == "":
			out[f.Name] = f.Type
		default:
			out[name] = f.Type
		}
	}
	return out
}

// nearest is the field with the most similar name; empty when none is similar.
func nearest(name string, fields map[string]reflect.Type) string {
	best, bestDistance := "", min(1+len(name)/2, 4)
	for _, candidate := range slices.Sorted(maps.Keys(fields)) {
		if strings.EqualFold(candidate, name) {
			return candidate
		}
		if d := diag.Distance(name, candidate, bestDistance); d < bestDistance {
			best, bestDistance = candidate, d
		}
	}
	return best
}

// emptySibling is a field next to an unknown one that was left empty and has a field of that name: the usual trace of
// lines that are not indented far enough.
func emptySibling(name string, m map[string]any, fields map[string]reflect.Type) string {
	for _, sibling := range slices.Sorted(maps.Keys(m)) {
		ft, ok := fields[sibling]
		if !ok || m[sibling] != nil {
			continue
		}
		for ft.Kind() == reflect.Pointer || ft.Kind() == reflect.Slice {
			ft = ft.Elem()
		}
		if ft.Kind() != reflect.Struct {
			continue
		}
		if _, ok := fieldsOf(ft)[name]; ok {
			return sibling
		}
	}
	return ""
}

func fitsScalar(value any, t reflect.Type) bool {
	switch v := value.(type) {
	case string:
		return t.Kind() == reflect.String
	case bool:
		return t.Kind() == reflect.Bool
	case json.Number:
		switch {
		case t.Kind() >= reflect.Int && t.Kind() <= reflect.Int64:
			_, err := strconv.ParseInt(v.String(), 10, t.Bits())
			return err == nil
		case t.Kind() >= reflect.Uint && t.Kind() <= reflect.Uint64:
			_, err := strconv.ParseUint(v.String(), 10, t.Bits())
			return err == nil
		}
		return t.Kind() == reflect.Float32 || t.Kind() == reflect.Float64
	}
	return false
}

func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		return "a block of named fields"
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "a text in base64"
		}
		return "a list (lines that begin with a dash)"
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	}
	return "a whole number"
}

// given describes a value without showing it, since it may be secret.
func given(value any) string {
	switch value.(type) {
	case map[string]any:
		return "a block of named fields"
	case []any:
		return "a list"
	case string:
		return "a text"
	case bool:
		return "true or false"
	}
	return "a number"
}
