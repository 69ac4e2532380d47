package wire

import (
	"fmt"
	"reflect"
	"strings"
)

// Codes that only decoding answers with.
const (
	malformedInput   = "MalformedInput"
	unknownParameter = "UnknownParameter"
	serialization    = "SerializationException"
	validation       = "ValidationException"
)

// malformed refuses a value that is not of the type of its member.
func (p Protocol) malformed(path, format string, args ...any) error {
	code := malformedInput
	switch p {
	case EC2Query:
		code = InvalidParameterValue
	case JSON11, CBOR:
		code = serialization
	}
	if path == "" {
		path = "the request"
	}
	return Errorf(code, "%s: %s", path, fmt.Sprintf(format, args...))
}

// unknown refuses a member that the operation does not have.
func (p Protocol) unknown(path string) error {
	code := ValidationError
	switch p {
	case EC2Query:
		code = unknownParameter
	case JSON11, CBOR:
		code = validation
	}
	return Errorf(code, "The parameter %s is not recognized", path)
}

// missing refuses a request that lacks a member.
func (p Protocol) missing(path string) error {
	switch p {
	case EC2Query:
		return Errorf(MissingParameter, "The request must contain the parameter %s", path)
	case JSON11, CBOR:
		return Errorf(validation, "A value must be specified for %s", path)
	}
	return Errorf(ValidationError, "A value must be specified for %s", path)
}

// beyond refuses a value that an enumeration does not have.
func (p Protocol) beyond(path, value string, allowed []string) error {
	const shown = 20
	list := strings.Join(allowed[:min(len(allowed), shown)], ", ")
	if len(allowed) > shown {
		list += ", ..."
	}
	code := ValidationError
	switch p {
	case EC2Query:
		code = InvalidParameterValue
	case JSON11, CBOR:
		code = validation
	}
	return Errorf(code, "Value '%s' at '%s' must be one of [%s]", clip(value), path, list)
}

// clip shortens a value for a message.
func clip(s string) string {
	const limit = 100
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "..."
}

// enumeration is what the Values method of the SDK's enumerations returns; nil for other types.
func enumeration(v reflect.Value) []string {
	// The name is a constant, so that the linker keeps only methods of this name.
	m := v.MethodByName("Values")
	if !m.IsValid() || m.Type().NumIn() != 0 || m.Type().NumOut() != 1 || m.Type().Out(0).Kind() != reflect.Slice {
		return nil
	}
	list := m.Call(nil)[0]
	if list.Type().Elem().Kind() != reflect.String {
		return nil
	}
	out := make([]string, list.Len())
	for i := range out {
		out[i] = list.Index(i).String()
	}
	return out
}
