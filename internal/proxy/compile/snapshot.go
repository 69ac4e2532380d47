package compile

import (
	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// Snapshot is compiled, immutable routing state: a small top over units that it shares with the snapshots before and
// after it.
type Snapshot struct{}

// Listener returns a listener, nil when there is none.
func (s *Snapshot) Listener(lb string, port int32) *Listener { return nil }

// Listeners returns all listeners, by load balancer and port.
func (s *Snapshot) Listeners() []*Listener { return nil }

// Dropped returns the IDs of the target groups that the snapshot before this one had and this one has not, sorted.
func (s *Snapshot) Dropped() []string { return nil }

// Diagnostics returns what is to be said about all units, in the order of diag.Sort.
func (s *Snapshot) Diagnostics() []diag.Diagnostic { return nil }

// Apply makes the snapshot that follows prev (nil for the first one) when some units change and others go. prev stays as
// it is and valid. It returns the diagnostics of what was compiled anew. It never fails: what cannot be compiled is
// left out or answers 503, and is reported.
func Apply(prev *Snapshot, changed []Unit, removed []string, deps Deps) (*Snapshot, []diag.Diagnostic) {
	return &Snapshot{}, nil
}

// Compile makes a snapshot of a whole model.
func Compile(m *model.Model, deps Deps) (*Snapshot, []diag.Diagnostic) {
	return Apply(nil, []Unit{{Key: "model", Model: m}}, nil, deps)
}
