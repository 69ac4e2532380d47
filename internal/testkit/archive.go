package testkit

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/txtar"
)

// Sections of a case. Those of later steps begin with the step's number and a slash: "2/input.yaml".
const (
	sectionOptions     = "options"
	sectionInput       = "input.yaml"
	sectionDelete      = "delete"
	sectionLookups     = "lookups.yaml"
	sectionDiagnostics = "diagnostics"
	sectionModel       = "model.yaml"
	sectionCalls       = "calls"
	sectionCallsAgain  = "calls-again"
	sectionHTTP        = "http"
)

var sections = []string{
	sectionOptions, sectionInput, sectionDelete, sectionLookups, sectionDiagnostics, sectionModel,
	sectionCalls, sectionCallsAgain, sectionHTTP,
}

// Case is one file.
type Case struct {
	// Path is the file; Title is its first line.
	Path    string
	Title   string
	archive *txtar.Archive
	Options Options
	Steps   []*Step
}

// Step is one change of the world and what must hold after it. A section that is absent is empty here; only Has tells an
// absent section from an empty one.
type Step struct {
	Number   int
	sections map[string]*txtar.File
}

// Text is the text of a section; empty when it is absent.
func (s *Step) Text(section string) string {
	if f := s.sections[section]; f != nil {
		return string(f.Data)
	}
	return ""
}

// Has says whether a section is present.
func (s *Step) Has(section string) bool { return s.sections[section] != nil }

// set replaces the text of a section, and adds the section when it is absent.
func (c *Case) set(s *Step, section, text string) {
	if f := s.sections[section]; f != nil {
		f.Data = []byte(text)
		return
	}
	f := &txtar.File{Name: section, Data: []byte(text)}
	if s.Number > 1 {
		f.Name = strconv.Itoa(s.Number) + "/" + section
	}
	s.sections[section] = f
}

// readCase reads a file. The comment before the first section must say in words what the case shows.
func readCase(path string) (*Case, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parseCase(path, data)
}

func parseCase(path string, data []byte) (*Case, error) {
	a := txtar.Parse(data)
	c := &Case{Path: path, archive: a}
	c.Title, _, _ = strings.Cut(strings.TrimSpace(string(a.Comment)), "\n")
	if c.Title == "" {
		return nil, fmt.Errorf("%s: the first line must say what the case shows", path)
	}
	for i := range a.Files {
		f := &a.Files[i]
		number, section := 1, f.Name
		if step, rest, ok := strings.Cut(f.Name, "/"); ok {
			n, err := strconv.Atoi(step)
			if err != nil || n < 2 {
				return nil, fmt.Errorf("%s: section %q: steps are numbered from 2", path, f.Name)
			}
			number, section = n, rest
		}
		if !slices.Contains(sections, section) {
			return nil, fmt.Errorf("%s: unknown section %q; there are %s", path, f.Name, strings.Join(sections, ", "))
		}
		if number > len(c.Steps)+1 {
			return nil, fmt.Errorf("%s: section %q: step %d is missing", path, f.Name, len(c.Steps)+1)
		}
		if number == len(c.Steps)+1 {
			c.Steps = append(c.Steps, &Step{Number: number, sections: map[string]*txtar.File{}})
		}
		s := c.Steps[number-1]
		if s.sections[section] != nil {
			return nil, fmt.Errorf("%s: section %q is there twice", path, f.Name)
		}
		s.sections[section] = f
	}
	if len(c.Steps) == 0 || !c.Steps[0].Has(sectionInput) {
		return nil, fmt.Errorf("%s: a case needs a section %s", path, sectionInput)
	}
	var err error
	if c.Options, err = readOptions(c.Steps[0].Text(sectionOptions)); err != nil {
		return nil, fmt.Errorf("%s: options: %w", path, err)
	}
	return c, nil
}

// format is the case as a file: sections in their fixed order within each step, empty outputs left out.
func (c *Case) format() []byte {
	out := &txtar.Archive{Comment: c.archive.Comment}
	for _, s := range c.Steps {
		for _, section := range sections {
			f := s.sections[section]
			if f == nil || (section == sectionDiagnostics || section == sectionCallsAgain) && len(bytes.TrimSpace(f.Data)) == 0 {
				continue
			}
			out.Files = append(out.Files, *f)
		}
	}
	return txtar.Format(out)
}
