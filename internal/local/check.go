package local

import (
	"io"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/manifest"
)

// Verdict is what a check found.
type Verdict struct {
	// Diagnostics are everything that is to be said, sorted.
	Diagnostics []diag.Diagnostic
	// Ingresses are those that a class looks after.
	Ingresses []IngressState
	// Files and Objects count what was read.
	Files, Objects int
}

// Check builds what serving would build, from the same manifests, and starts nothing.
func Check(sources []string, stdin io.Reader, c Classes) (*Verdict, error) {
	e, err := offline(sources, stdin, c)
	if err != nil {
		return nil, err
	}
	_, compiling := e.compile()
	var all diag.Collector
	all.Append(e.diagnostics()...)
	all.Append(e.loaded.Locate(compiling)...)
	v := &Verdict{Diagnostics: all.Sorted(), Files: e.loaded.Files, Objects: len(e.loaded.Objects)}
	v.Ingresses = e.view(e.state.Model(), nil, unknownHealth).Ingresses
	return v, nil
}

// offline loads and builds without starting or opening anything.
func offline(sources []string, stdin io.Reader, c Classes) (*engine, error) {
	machine := thisMachine()
	e, err := newEngine(c, plannedNodes(machine), newCertificates())
	if err != nil {
		return nil, err
	}
	loaded, _ := manifest.NewLoader(sources, stdin, manifest.Limits{}).Load()
	e.update(loaded, planned(machine))
	return e, nil
}
