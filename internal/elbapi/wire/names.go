package wire

import (
	"reflect"
	"strings"
)

// ec2Name is how EC2 calls a member. An empty name is the regular one.
type ec2Name struct{ request, response, item string }

// queryNames are the members of the other Query services whose names in requests are not the field's.
var queryNames = map[string]string{"PolicyDescriptorType.Arn": "arn"}

// field is a member of a structure: its index in the Go struct and its name on the wire.
type field struct {
	index      int
	name, item string
}

// members lists the members of a structure with their names in requests or in responses.
func (p Protocol) members(t reflect.Type, response bool) []field {
	out := make([]field, 0, t.NumField())
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() || f.Anonymous || f.Name == "ResultMetadata" || f.Name == "ErrorCodeOverride" {
			continue
		}
		name, item := p.name(t.Name()+"."+f.Name, f.Name, response)
		out = append(out, field{i, name, item})
	}
	return out
}

func (p Protocol) name(key, goName string, response bool) (name, item string) {
	switch p {
	case EC2Query:
		special := ec2Names[key]
		switch {
		case response && special.response != "":
			name = special.response
		case response:
			name = lowerFirst(goName)
		case special.request != "":
			name = special.request
		default:
			name = goName
		}
		item = special.item
		if item == "" {
			item = "item"
		}
		return name, item
	case Query:
		if special := queryNames[key]; special != "" && !response {
			return special, "member"
		}
	}
	return goName, "member"
}

// find is the member with a name on the wire. JSON services write some members with a small first letter.
func (p Protocol) find(fields []field, name string) (field, bool) {
	for _, f := range fields {
		if f.name == name || !p.Form() && lowerFirst(f.name) == name {
			return f, true
		}
	}
	return field{}, false
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// join makes the path of a member.
func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
