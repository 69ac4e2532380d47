package annotation

import (
	"errors"
	"strings"
)

// Reference names an object of the annotated object's namespace or of another.
type Reference struct {
	// Namespace is empty for the annotated object's own.
	Namespace string
	Name      string
}

// Ref takes "name" or "namespace/name"; with Qualified only the latter.
type Ref struct {
	// Kind is what is named, such as "Secret".
	Kind      string
	Qualified bool
}

// Parse reads the reference.
func (t Ref) Parse(raw string) (Reference, error) {
	namespace, name, both := strings.Cut(raw, "/")
	if !both {
		namespace, name = "", raw
	}
	if !both && t.Qualified {
		return Reference{}, errors.New("the namespace and a slash are missing")
	}
	if both && !isObjectName(namespace) || !isObjectName(name) {
		return Reference{}, errors.New("not the name of an object")
	}
	return Reference{Namespace: namespace, Name: name}, nil
}

// Format is the reference.
func (Ref) Format(v Reference) string {
	if v.Namespace == "" {
		return v.Name
	}
	return v.Namespace + "/" + v.Name
}

// Expected describes references.
func (t Ref) Expected() string {
	if t.Qualified {
		return "the namespace and name of a " + t.Kind + " with a slash between"
	}
	return "the name of a " + t.Kind + ", or namespace/name"
}

// isObjectName is the API server's rule for names of most kinds (a DNS subdomain name, RFC 1123).
func isObjectName(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		inner := i > 0 && i < len(s)-1
		if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || inner && (c == '-' || c == '.')) {
			return false
		}
	}
	return true
}
