package fault

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gwanmun/gwanmun/internal/elbapi/wire"
)

// Kind is what a rule does to a call.
type Kind string

// Kinds. Throttle and FailBefore answer with an error and the call has no effect; FailAfter lets the call take effect and
// answers with an error all the same; Delay waits before the call.
const (
	Throttle   Kind = "throttle"
	Delay      Kind = "delay"
	FailBefore Kind = "fail-before"
	FailAfter  Kind = "fail-after"
)

// Kinds lists all kinds.
func Kinds() []Kind { return []Kind{Throttle, Delay, FailBefore, FailAfter} }

// Duration is written as in Go: 200ms, 3s.
type Duration time.Duration

// MarshalJSON writes the text.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

// UnmarshalJSON reads the text.
func (d *Duration) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("a duration is a text such as \"200ms\": %w", err)
	}
	v, err := time.ParseDuration(s)
	*d = Duration(v)
	return err
}

// Rule makes some calls go wrong.
type Rule struct {
	// Service is the name that requests are signed for, or a pattern with * and ?; "elbv2" means elasticloadbalancing.
	// Any service when empty.
	Service string `json:"service,omitempty"`
	// Operation is the name of calls, or a pattern such as Describe*. Any call when empty.
	Operation string `json:"operation,omitempty"`
	Kind      Kind   `json:"kind"`
	// Code is the error's code. When empty: the service's code for throttling or for internal errors.
	Code string `json:"code,omitempty"`
	// Message is the error's message; a sentence that says it was asked for when empty.
	Message string `json:"message,omitempty"`
	// Delay is how long Delay waits.
	Delay Duration `json:"delay,omitempty"`
	// Probability is how likely the rule applies to a call it matches, from 0 to 1; 1 when 0.
	Probability float64 `json:"probability,omitempty"`
	// Count is to how many calls the rule applies before it is spent; without end when 0.
	Count int `json:"count,omitempty"`
}

// Check says what is wrong with a rule.
func (r Rule) Check() error {
	for _, pattern := range []string{r.Service, r.Operation} {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("%q is not a pattern: %w", pattern, err)
		}
	}
	switch {
	case !slices.Contains(Kinds(), r.Kind):
		return fmt.Errorf("kind %q is none of throttle, delay, fail-before, fail-after", r.Kind)
	case r.Probability < 0 || r.Probability > 1 || r.Probability != r.Probability:
		return fmt.Errorf("probability %v is not between 0 and 1", r.Probability)
	case r.Count < 0:
		return fmt.Errorf("count %d is negative", r.Count)
	case r.Kind == Delay && r.Delay <= 0:
		return fmt.Errorf("a rule of kind delay needs a delay, such as 200ms")
	case r.Kind != Delay && r.Delay != 0:
		return fmt.Errorf("a delay belongs to a rule of kind delay; give a second rule")
	case r.Kind == Delay && r.Code != "":
		return fmt.Errorf("a rule of kind delay has no code: the call is answered as always")
	}
	return nil
}

// Parse reads a rule as flags write it: SERVICE:OPERATION=KIND[,code=C][,message=M][,delay=D][,probability=P][,count=N].
func Parse(text string) (Rule, error) {
	where, what, ok := strings.Cut(text, "=")
	service, operation, ok2 := strings.Cut(where, ":")
	if !ok || !ok2 {
		return Rule{}, fmt.Errorf("%q is not written as SERVICE:OPERATION=KIND, such as elbv2:Describe*=throttle,probability=0.3", text)
	}
	words := strings.Split(what, ",")
	r := Rule{Service: service, Operation: operation, Kind: Kind(words[0])}
	for _, word := range words[1:] {
		if err := r.set(word); err != nil {
			return Rule{}, err
		}
	}
	return r, r.Check()
}

func (r *Rule) set(word string) error {
	name, value, _ := strings.Cut(word, "=")
	var err error
	switch name {
	case "code":
		r.Code = value
	case "message":
		r.Message = value
	case "delay":
		var d time.Duration
		d, err = time.ParseDuration(value)
		r.Delay = Duration(d)
	case "probability":
		r.Probability, err = strconv.ParseFloat(value, 64)
	case "count":
		r.Count, err = strconv.Atoi(value)
	default:
		return fmt.Errorf("%q is none of code=, message=, delay=, probability=, count=", word)
	}
	if err != nil {
		return fmt.Errorf("%s: %q cannot be read", name, value)
	}
	return nil
}

// matches says whether a rule is about a call.
func (r Rule) matches(s wire.Service, operation string) bool {
	service := r.Service
	if service == "elbv2" {
		service = string(wire.ELBv2)
	}
	return fits(service, string(s)) && fits(r.Operation, operation)
}

func fits(pattern, name string) bool {
	if pattern == "" {
		return true
	}
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}
