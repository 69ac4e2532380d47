package world

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	kjson "sigs.k8s.io/json"
)

// locate says where in a file a value is that could not be read. Values with a text form of their own (networks, addresses,
// times) refuse without saying where they stand.
func locate(text []byte, err error) error {
	if path, inner := descend("", text, reflect.TypeFor[File]()); inner != nil && path != "" {
		return fmt.Errorf("%s: %w", path, inner)
	}
	return err
}

// descend finds the deepest value that cannot be read as its type.
func descend(path string, raw json.RawMessage, t reflect.Type) (string, error) {
	if t.Kind() == reflect.Pointer {
		return descend(path, raw, t.Elem())
	}
	err := kjson.UnmarshalCaseSensitivePreserveInts(raw, reflect.New(t).Interface())
	if err == nil || reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return path, err
	}
	switch t.Kind() {
	case reflect.Struct:
		var members map[string]json.RawMessage
		if json.Unmarshal(raw, &members) != nil {
			return path, fmt.Errorf("a mapping is wanted")
		}
		for _, f := range reflect.VisibleFields(t) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			member, ok := members[name]
			if !ok || name == "-" || f.Anonymous {
				continue
			}
			if p, err := descend(strings.TrimPrefix(path+"."+name, "."), member, f.Type); err != nil {
				return p, err
			}
		}
	case reflect.Slice:
		var elements []json.RawMessage
		if json.Unmarshal(raw, &elements) != nil {
			return path, fmt.Errorf("a list is wanted")
		}
		for i, e := range elements {
			if p, err := descend(path+"["+strconv.Itoa(i)+"]", e, t.Elem()); err != nil {
				return p, err
			}
		}
	case reflect.Map:
		return path, fmt.Errorf("a mapping of texts is wanted (numbers and booleans in quotes)")
	case reflect.String:
		return path, fmt.Errorf("a text is wanted (numbers and booleans in quotes)")
	case reflect.Bool:
		return path, fmt.Errorf("true or false is wanted")
	case reflect.Int, reflect.Int32:
		return path, fmt.Errorf("a number is wanted")
	}
	return path, err
}
