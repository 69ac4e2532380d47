package model

import "reflect"

// The text form of a model is a subset of YAML: what is zero is left out, field names are the Go names with a small
// first word ("bodyLimit", "sslPolicy"), lists of a key and a value (attributes, tags, query pairs) are maps, short
// lists and small members of lists stand on one line. Every printed model is valid YAML and parses back to the same
// model; the parser takes the subset only, refuses unknown fields and names the line.

// PrintOption changes how Print writes a model.
type PrintOption func(*printer)

// WithSecrets prints secrets (private keys, password hashes, client secrets) in full. Without it a secret is printed
// as a fingerprint, "<secret 1a2b3c4d>": the first four bytes of its SHA-256, enough to see a change.
func WithSecrets() PrintOption { return func(p *printer) { p.secrets = true } }

// ForCases prints a model as test cases hold it: lists in a fixed order (see Sorted) and PEM blocks reduced to their
// type, so that freshly made keys do not change the text.
func ForCases() PrintOption { return func(p *printer) { p.cases = true } }

// Print writes the text form of a model. It is deterministic; an empty or nil model prints as "{}".
func Print(m *Model, options ...PrintOption) []byte {
	p := printer{}
	for _, o := range options {
		o(&p)
	}
	if m == nil {
		m = &Model{}
	}
	if p.cases {
		m = Sorted(m)
	}
	return p.document(reflect.ValueOf(*m))
}

// Parse reads the text form of a model. An empty text is an empty model. A secret that was printed as a fingerprint
// comes back as that fingerprint. Errors begin with the line: "line 12: unknown field ...".
func Parse(text []byte) (*Model, error) {
	n, err := readDocument(string(text))
	if err != nil {
		return nil, err
	}
	m := &Model{}
	if n == nil {
		return m, nil
	}
	if err := decode(n, reflect.ValueOf(m).Elem(), "model"); err != nil {
		return nil, err
	}
	return m, nil
}
