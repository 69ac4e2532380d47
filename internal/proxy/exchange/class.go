package exchange

// Class grades how far a request head strays from the grammar in ways that two parsers could read differently. The
// names are those of ELB's access logs.
type Class uint8

// Classes, from harmless to dangerous.
const (
	// Compliant keeps to RFC 9112.
	Compliant Class = iota
	// Acceptable breaks a rule that nobody reads differently.
	Acceptable
	// Ambiguous may be read differently by another parser; both connections are closed after it.
	Ambiguous
	// Severe is refused with 400.
	Severe
)

// String is the class as ELB's access logs write it.
func (c Class) String() string {
	switch c {
	case Acceptable:
		return "Acceptable"
	case Ambiguous:
		return "Ambiguous"
	case Severe:
		return "Severe"
	}
	return "Compliant"
}
