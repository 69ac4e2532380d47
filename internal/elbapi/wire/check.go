package wire

import (
	"fmt"
	"reflect"
)

// Check says whether an operation's structs can be carried: a union or an untyped document inside cannot. It is called for
// every row when a server starts, so that such a member is found before a client sends it.
func Check(op Operation) error {
	if _, ok := Speaks(op.Service); !ok {
		return fmt.Errorf("%s %s: there is no such service", op.Service, op.Name)
	}
	for _, v := range []any{op.New(), op.Output} {
		t := reflect.TypeOf(v)
		if t == nil || t.Kind() != reflect.Pointer || t.Elem().Kind() != reflect.Struct {
			return fmt.Errorf("%s %s: %v is not a pointer to a struct", op.Service, op.Name, t)
		}
		if err := carried(t, map[reflect.Type]bool{}); err != nil {
			return fmt.Errorf("%s %s: %w", op.Service, op.Name, err)
		}
	}
	return nil
}

func carried(t reflect.Type, seen map[reflect.Type]bool) error {
	if seen[t] || isScalar(t) {
		return nil
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		return carried(t.Elem(), seen)
	case reflect.Map:
		if t.Key().Kind() != reflect.String {
			return fmt.Errorf("%s is not carried: its keys are no texts", t)
		}
		return carried(t.Elem(), seen)
	case reflect.Struct:
		for _, f := range Query.members(t, false) {
			if err := carried(t.Field(f.index).Type, seen); err != nil {
				return fmt.Errorf("%s.%s: %w", t.Name(), t.Field(f.index).Name, err)
			}
		}
		return nil
	}
	return fmt.Errorf("%s is not carried", t)
}
