package annotation

// Kind is the kind of object that an annotation may sit on.
type Kind string

// Kinds.
const (
	Ingress      Kind = "Ingress"
	Service      Kind = "Service"
	IngressClass Kind = "IngressClass"
	Pod          Kind = "Pod"
)

// Scope is the part of the model that an annotation acts on.
type Scope string

// Scopes.
const (
	ScopeObject       Scope = "object" // which class, group or order the object itself has
	ScopeLoadBalancer Scope = "load balancer"
	ScopeListener     Scope = "listener"
	ScopeHost         Scope = "host"
	ScopeRule         Scope = "rule"
	ScopeTargetGroup  Scope = "target group"
)

// Merge says how the values of several members of an IngressGroup (or of several Ingresses of a host) come together.
type Merge string

// Merge rules. See the reference of class alb for the words; First is class nginx's "oldest Ingress wins".
const (
	MergeOwn       Merge = "own"
	MergeExclusive Merge = "exclusive"
	MergePerPort   Merge = "per port"
	MergeUnion     Merge = "merge"
	MergeFirst     Merge = "first"
)

// Risk is ingress-nginx's risk level.
type Risk int

// Risks, in rising order. NoRisk is for dialects without risk levels.
const (
	NoRisk Risk = iota
	Low
	Medium
	High
	Critical
)

// String is the level as users write it in annotations-risk-level.
func (r Risk) String() string {
	return [...]string{"", "Low", "Medium", "High", "Critical"}[r]
}

// Outcome is what an invalid value does.
type Outcome string

// Outcomes.
const (
	// UseDefault acts as if the annotation were not there.
	UseDefault Outcome = "the next lower setting or the default is used"
	// DropObject leaves the whole object out.
	DropObject Outcome = "the whole object is not served"
	// DenyRule answers 503 on the object's rules.
	DenyRule Outcome = "the object's paths answer 503"
	// FailUnit leaves out the object with its group told; the group's other members are served.
	FailUnit Outcome = "this member is left out of its group; the others are served"
)

// Support says whether a realizer carries an annotation out.
type Support struct {
	Level SupportLevel
	// Why is a sentence; needed unless Level is Full.
	Why string
}

// String is the level in one word, as reference pages show it.
func (l SupportLevel) String() string {
	switch l {
	case Full:
		return "yes"
	case Partly:
		return "partly"
	}
	return "no"
}

// SupportLevel is how far an annotation is carried out.
type SupportLevel int

// Support levels.
const (
	No SupportLevel = iota
	Partly
	Full
)

// Entry declares one annotation, or a family of annotations that share a first part ("actions.").
type Entry struct {
	// Suffix is the key after the dialect's prefix; for a family it ends with a dot.
	Suffix string
	// FullKey is the whole key for the few that do not have the prefix.
	FullKey string
	// Aliases are other suffixes that mean the same; Suffix wins when several are set.
	Aliases []string
	Kinds   []Kind
	// Group is the heading in the reference under which the entry stands; empty for none.
	Group string
	Scope Scope
	// Default is the value as text when no layer gives one; empty means none.
	Default string
	// ConfigMapKey is the key of the controller's ConfigMap that gives a value when no annotation does.
	ConfigMapKey string
	// ParamsField is the IngressClassParams field that beats the annotation.
	ParamsField string
	// Flag is the controller flag that gives the default.
	Flag  string
	Merge Merge
	// External is the AWS realizer, Internal our data plane.
	External Support
	Internal Support
	Risk     Risk
	// OnInvalid is what an invalid value does; UseDefault when empty.
	OnInvalid Outcome
	// WhileUnsupported is what a value does that the realizer does not carry out; empty means that it is left out
	// with a warning. DenyRule is for settings that protect something: serving without them would be unsafe.
	WhileUnsupported Outcome
	// Inert are canonical values that ask for nothing, such as "false": they are accepted even where the annotation
	// is not carried out.
	Inert []string
	// Doc is one to three sentences of Markdown for the reference; Example is a value that parses; Since is the
	// version of Gwanmun that first had it.
	Doc     string
	Example string
	Since   string
}

// Type parses, prints and describes the values of an annotation.
type Type[T any] interface {
	// Parse reads a raw value. Errors say what is wrong, in lower case, without repeating the value.
	Parse(raw string) (T, error)
	// Format prints a value so that Parse gives it back.
	Format(value T) string
	// Expected completes "is not ...": "true or false", "a whole number from 1 to 65535".
	Expected() string
}

// Key is a declared annotation with its value type.
type Key[T any] struct {
	Entry
	Type Type[T]
}

// Declared is a Key of any value type, as registries list them.
type Declared interface {
	// Declaration is the entry.
	Declaration() *Entry
	// Check parses raw and says what is wrong with it.
	Check(raw string) error
	// Canonical parses raw and prints the value again.
	Canonical(raw string) (string, error)
	// Expected describes the accepted values.
	Expected() string
}

// Declare makes a Key.
func Declare[T any](t Type[T], e Entry) *Key[T] {
	if e.OnInvalid == "" {
		e.OnInvalid = UseDefault
	}
	return &Key[T]{Entry: e, Type: t}
}

// Declaration is the entry.
func (k *Key[T]) Declaration() *Entry { return &k.Entry }

// Check parses raw and says what is wrong with it.
func (k *Key[T]) Check(raw string) error {
	_, err := k.Type.Parse(raw)
	return err
}

// Canonical parses raw and prints the value again.
func (k *Key[T]) Canonical(raw string) (string, error) {
	v, err := k.Type.Parse(raw)
	if err != nil {
		return "", err
	}
	return k.Type.Format(v), nil
}

// Expected describes the accepted values.
func (k *Key[T]) Expected() string { return k.Type.Expected() }
