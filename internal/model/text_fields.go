package model

import (
	"reflect"
	"strings"
)

// textField is one member of a struct as the text form sees it.
type textField struct {
	name   string
	index  int
	secret bool
}

// fieldsOf lists the members of a struct type in their declared order.
func fieldsOf(t reflect.Type) []textField {
	out := make([]textField, 0, t.NumField())
	for i := range t.NumField() {
		f := t.Field(i)
		out = append(out, textField{name: textName(f.Name), index: i, secret: f.Tag.Get("text") == "secret"})
	}
	return out
}

// textName makes the first word of a Go name small: BodyLimit is bodyLimit, SSLPolicy is sslPolicy, CIDRv6 is cidrv6.
func textName(name string) string {
	n := 0
	for n < len(name) && name[n] >= 'A' && name[n] <= 'Z' {
		n++
	}
	if n > 1 && n < len(name) && !versionFollows(name[n:]) && name[n] >= 'a' {
		n-- // the last capital begins the next word
	}
	return strings.ToLower(name[:n]) + name[n:]
}

// versionFollows tells "IPv4" from a new word.
func versionFollows(rest string) bool {
	return len(rest) > 1 && rest[0] == 'v' && rest[1] >= '0' && rest[1] <= '9'
}

// isPair says whether a struct type is a key (or name) with a value and nothing else. Lists of such are printed as
// maps as long as no key repeats.
func isPair(t reflect.Type) bool {
	if t.Kind() != reflect.Struct || t.NumField() != 2 {
		return false
	}
	first, second := t.Field(0), t.Field(1)
	return first.Type.Kind() == reflect.String && second.Type.Kind() == reflect.String &&
		(first.Name == "Key" || first.Name == "Name") && (second.Name == "Value" || second.Name == "Hash")
}

// isBytes says whether a type is a byte slice, which is printed as text.
func isBytes(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8
}

// isZero says whether nothing of v would be printed: like reflect's, with empty lists as nil ones.
func isZero(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice:
		return v.Len() == 0
	case reflect.Struct:
		for i := range v.NumField() {
			if !isZero(v.Field(i)) {
				return false
			}
		}
		return true
	}
	return v.IsZero()
}
