package diag

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Level says how bad it is.
type Level int

// Levels. An error means that something the user wrote is not in effect; a warning that it works otherwise than
// written; a notice that something is worth knowing.
const (
	Notice Level = iota + 1
	Warning
	Error
)

// String is the level's name in lower case.
func (l Level) String() string {
	switch l {
	case Notice:
		return "notice"
	case Warning:
		return "warning"
	case Error:
		return "error"
	}
	return fmt.Sprintf("level(%d)", int(l))
}

// Code is the number of a message, "GW" and four digits. Codes are never given to another message.
type Code string

// Message is one row of the catalogue.
type Message struct {
	Code  Code
	Level Level
	// Text says what is wrong, with named arguments in braces: "service {service} does not exist".
	Text string
	// Remedy says what to do, with the same arguments.
	Remedy string
}

// Object names a Kubernetes object, or a file when Kind is "File".
type Object struct {
	Kind      string
	Namespace string
	Name      string
}

// String is "Kind namespace/name", without what is empty.
func (o Object) String() string {
	name := o.Name
	if o.Namespace != "" {
		name = o.Namespace + "/" + o.Name
	}
	if o.Kind == "" {
		return name
	}
	return o.Kind + " " + name
}

// Arg is one named argument of a message.
type Arg struct {
	Name  string
	Value string
}

// A makes an argument from any value.
func A(name string, value any) Arg { return Arg{Name: name, Value: fmt.Sprint(value)} }

// Diagnostic is one message about one object.
type Diagnostic struct {
	Code   Code
	Level  Level
	Object Object
	// Field is the place inside the object: "spec.rules[0].host" or "metadata.annotations[<key>]".
	Field  string
	Text   string
	Remedy string
	// File and Line say where the object was read from; empty when it came from an API server.
	File string
	Line int
}

// String is the whole diagnostic on one line.
func (d Diagnostic) String() string {
	var b strings.Builder
	if d.File != "" {
		b.WriteString(d.File)
		if d.Line > 0 {
			fmt.Fprintf(&b, ":%d", d.Line)
		}
		b.WriteString(": ")
	}
	fmt.Fprintf(&b, "%s %s %s", d.Level, d.Code, d.Object)
	if d.Field != "" {
		b.WriteString(" " + d.Field)
	}
	b.WriteString(": " + d.Text)
	if d.Remedy != "" {
		b.WriteString(" -> " + d.Remedy)
	}
	return b.String()
}

// New makes a diagnostic from a row of the catalogue. An argument that the row does not name, or a named argument
// that is missing, stays visible in the text and fails TestEveryMessageIsComplete's callers in review; it never
// panics, because a wrong message must not take down a gateway.
func New(m Message, object Object, field string, args ...Arg) Diagnostic {
	pairs := make([]string, 0, 2*len(args))
	for _, a := range args {
		pairs = append(pairs, "{"+a.Name+"}", oneLine(a.Value))
	}
	r := strings.NewReplacer(pairs...)
	return Diagnostic{
		Code: m.Code, Level: m.Level, Object: object, Field: field,
		Text: r.Replace(m.Text), Remedy: r.Replace(m.Remedy),
	}
}

// oneLine makes a value safe to print in a terminal or log line: whatever does not show as a sign of its own is escaped
// (control characters, other line separators, signs that turn the direction of text), and a value longer than 200 bytes is
// cut.
func oneLine(s string) string {
	const limit = 200
	if len(s) > limit {
		s = s[:limit] + "..."
	}
	if strings.IndexFunc(s, func(r rune) bool { return r == '\ufffd' || !unicode.IsPrint(r) }) < 0 {
		return s
	}
	q := fmt.Sprintf("%q", s)
	return q[1 : len(q)-1]
}

// Collector gathers diagnostics. The zero value is ready. It is not safe for concurrent use.
type Collector struct {
	list []Diagnostic
}

// Add makes a diagnostic and keeps it.
func (c *Collector) Add(m Message, object Object, field string, args ...Arg) {
	c.list = append(c.list, New(m, object, field, args...))
}

// Append keeps diagnostics that were made elsewhere.
func (c *Collector) Append(ds ...Diagnostic) { c.list = append(c.list, ds...) }

// Sorted returns what was gathered, in the order of Sort, without repeats.
func (c *Collector) Sorted() []Diagnostic {
	out := slices.Clone(c.list)
	Sort(out)
	return slices.Compact(out)
}

// Sort puts diagnostics into their fixed order: by object, field, code, text.
func Sort(ds []Diagnostic) {
	slices.SortStableFunc(ds, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.Object.Kind, b.Object.Kind),
			cmp.Compare(a.Object.Namespace, b.Object.Namespace),
			cmp.Compare(a.Object.Name, b.Object.Name),
			cmp.Compare(a.Field, b.Field),
			cmp.Compare(a.Code, b.Code),
			cmp.Compare(a.Text, b.Text),
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
		)
	})
}

// HasErrors says whether any diagnostic is an error.
func HasErrors(ds []Diagnostic) bool {
	return slices.ContainsFunc(ds, func(d Diagnostic) bool { return d.Level == Error })
}
