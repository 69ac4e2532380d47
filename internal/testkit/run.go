package testkit

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gwanmun/gwanmun/internal/model"
)

// RunCases runs every case below a directory, each as a parallel subtest. With update, the outputs of cases are rewritten
// in place of compared: diagnostics, and model and calls where their sections are present. Answers to requests are never rewritten;
// they are what the case is about.
func RunCases(t *testing.T, dir string, update bool) {
	files := CaseFiles(t, dir)
	for _, file := range files {
		name, err := filepath.Rel(dir, file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.ToSlash(name), ".txt"), func(t *testing.T) {
			t.Parallel()
			c, err := readCase(file)
			if err != nil {
				t.Fatal(err)
			}
			c.run(t, update)
		})
	}
}

// CaseFiles lists the cases below a directory.
func CaseFiles(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Ext(p) == ".txt" {
			files = append(files, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("no cases below %s", dir)
	}
	slices.Sort(files)
	return files
}

func (c *Case) run(t *testing.T, update bool) {
	w, err := newWorld(c.Options)
	if err != nil {
		t.Fatalf("%s: %v", c.Path, err)
	}
	var front *front
	through := &throughAWS{c: c, update: update}
	for _, s := range c.Steps {
		if err := w.step(s); err != nil {
			t.Fatalf("%s: step %d: %v", c.Path, s.Number, err)
		}
		c.outputs(t, w, s, update)
		w.checkAgain(t)
		if c.usesHTTP() && front == nil {
			front = openFront(t, c.Options)
		}
		if front != nil {
			front.apply(t, w)
		}
		through.step(t, w, s, front)
		if front != nil {
			for _, problem := range front.requests(s.Text(sectionHTTP), through.path) {
				t.Errorf("%s: step %d: %s", c.Path, s.Number, problem)
			}
		}
	}
	through.finish(t)
	if update {
		c.write(t)
	}
}

func (c *Case) usesHTTP() bool {
	return slices.ContainsFunc(c.Steps, func(s *Step) bool { return s.Has(sectionHTTP) })
}

// outputs compares what was built with the sections that say what must be built. Diagnostics are compared even when the
// section is absent: then there must be none.
func (c *Case) outputs(t *testing.T, w *world, s *Step, update bool) {
	t.Helper()
	if got := w.diagnostics(); update {
		c.set(s, sectionDiagnostics, got)
	} else if want := canonicalLines(s.Text(sectionDiagnostics)); got != want {
		t.Errorf("%s: step %d: diagnostics (- want, + got):\n%s\n%s", c.Path, s.Number, cmp.Diff(lines(want), lines(got)), w.explain())
	}
	if !s.Has(sectionModel) {
		return
	}
	got := w.model()
	if update {
		c.set(s, sectionModel, got)
		return
	}
	want, err := model.Parse([]byte(s.Text(sectionModel)))
	if err != nil {
		t.Errorf("%s: step %d: %s: %v", c.Path, s.Number, sectionModel, err)
		return
	}
	if d := cmp.Diff(lines(string(model.Print(want, model.ForCases()))), lines(got)); d != "" {
		t.Errorf("%s: step %d: model (- want, + got):\n%s", c.Path, s.Number, d)
	}
}

// checkAgain builds the world once more from nothing and in another order. Nothing may differ: neither the order of
// objects nor the way a state was reached means anything.
func (w *world) checkAgain(t *testing.T) {
	t.Helper()
	fresh, err := w.again()
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(lines(w.wholeModel()), lines(fresh.wholeModel())); d != "" {
		t.Errorf("the model depends on the order of objects or on history (- step by step, + at once):\n%s", d)
	}
	if d := cmp.Diff(lines(w.diagnostics()), lines(fresh.diagnostics())); d != "" {
		t.Errorf("diagnostics depend on the order of objects or on history (- step by step, + at once):\n%s", d)
	}
}

// explain is the full text of all diagnostics, for failures.
func (w *world) explain() string {
	var b strings.Builder
	for _, d := range w.state.Diagnostics() {
		b.WriteString("  " + d.String() + "\n")
	}
	return b.String()
}

func (c *Case) write(t *testing.T) {
	t.Helper()
	have, err := os.ReadFile(c.Path)
	if err != nil {
		t.Fatal(err)
	}
	if want := c.format(); string(want) != string(have) {
		if err := os.WriteFile(c.Path, want, 0o644); err != nil {
			t.Fatal(err)
		}
		t.Logf("rewrote %s", c.Path)
	}
}

func lines(s string) []string { return strings.Split(strings.TrimSuffix(s, "\n"), "\n") }

// canonicalLines trims lines and drops blank ones and comments.
func canonicalLines(s string) string {
	var b strings.Builder
	for _, line := range lines(s) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}
