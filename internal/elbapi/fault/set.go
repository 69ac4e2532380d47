package fault

import (
	"slices"
	"sync"
	"time"

	"github.com/gwanmun/gwanmun/internal/elbapi/wire"
)

// State is a rule and what has become of it.
type State struct {
	Rule
	// Applied is to how many calls the rule has applied.
	Applied int `json:"applied"`
}

// Set holds rules. All methods may be called from any goroutine.
type Set struct {
	chance func() float64

	mu    sync.Mutex
	rules []State
}

// NewSet makes a set. chance gives numbers from 0 up to but not including 1.
func NewSet(chance func() float64, rules ...Rule) (*Set, error) {
	s := &Set{chance: chance}
	return s, s.Add(rules...)
}

// Add puts rules behind those that are there; none of them when one is wrong.
func (s *Set) Add(rules ...Rule) error {
	for _, r := range rules {
		if err := r.Check(); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range rules {
		s.rules = append(s.rules, State{Rule: r})
	}
	return nil
}

// Clear removes all rules.
func (s *Set) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = nil
}

// List is all rules in their order, the spent ones too.
func (s *Set) List() []State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.rules)
}

// Verdict is what is to happen to a call.
type Verdict struct {
	// Wait is how long the call waits first.
	Wait time.Duration
	// Before is the error that the call is answered with in place of taking effect.
	Before error
	// After is the error that the call is answered with once it has taken effect.
	After error
}

// Judge decides about a call, before it is made. The delays of all rules that apply add up; of the others the first one counts.
func (s *Set) Judge(service wire.Service, operation string) Verdict {
	s.mu.Lock()
	defer s.mu.Unlock()
	var v Verdict
	for i := range s.rules {
		r := &s.rules[i]
		if r.Count > 0 && r.Applied >= r.Count || !r.matches(service, operation) {
			continue
		}
		if r.Kind != Delay && (v.Before != nil || v.After != nil) {
			continue
		}
		if r.Probability > 0 && s.chance() >= r.Probability {
			continue
		}
		r.Applied++
		switch r.Kind {
		case Delay:
			v.Wait += time.Duration(r.Delay)
		case FailAfter:
			v.After = r.err(service)
		default:
			v.Before = r.err(service)
		}
	}
	return v
}

// err is the error of a rule for a call of a service.
func (r Rule) err(s wire.Service) error {
	code, message := r.Code, r.Message
	if r.Kind == Throttle && code == "" {
		return withMessage(Throttled(s), message)
	}
	if code == "" {
		code = wire.InternalFailure
		if s == wire.EC2 {
			code = "InternalError"
		}
	}
	if message == "" {
		message = "This call was made to fail by a fault rule (" + string(r.Kind) + ")"
	}
	return wire.Errorf(code, "%s", message)
}
