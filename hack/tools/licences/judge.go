package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// permissive licences ask for no more than keeping their text and notices.
var permissive = []string{"Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "ISC", "Unlicense", "0BSD", "BSL-1.0", "Zlib", "CC0-1.0"}

// testOnly licences ask for changed files to be published; for modules that only tests use nothing is passed on.
var testOnly = []string{"MPL-2.0"}

// knownShare is the share of a licence file that must be the text of known licences. Copyright lines and introductions
// (sigs.k8s.io/yaml explains where each part came from) make up the rest.
const knownShare = 75

// judge says which licences a module is under, and what is wrong with that.
func judge(m *module, ships bool) ([]string, error) {
	files, err := licenceFiles(m)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, errors.New("no licence file found")
	}
	ids := map[string]bool{}
	var problems []error
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		found, err := read(text)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", filepath.Base(file), err))
		}
		for _, id := range found {
			ids[id] = true
		}
	}
	list := slices.Sorted(maps.Keys(ids))
	for _, id := range list {
		switch {
		case slices.Contains(permissive, id):
		case slices.Contains(testOnly, id) && !ships:
		case slices.Contains(testOnly, id):
			problems = append(problems, fmt.Errorf("%s is allowed for modules that only tests use", id))
		default:
			problems = append(problems, fmt.Errorf("%s is not on the list of permissive licences", id))
		}
	}
	return list, errors.Join(problems...)
}

// read recognizes the licences in a text. A file that names licences only by their address counts as those licences.
func read(text []byte) ([]string, error) {
	cov := licensecheck.Scan(text)
	ids := map[string]bool{}
	for _, m := range cov.Match {
		ids[m.ID] = true
	}
	list := slices.Sorted(maps.Keys(ids))
	if len(list) == 0 {
		return nil, errors.New("no known licence in it")
	}
	if cov.Percent < knownShare && !slices.ContainsFunc(cov.Match, func(m licensecheck.Match) bool { return m.IsURL }) {
		return list, fmt.Errorf("only %.0f %% of it is the text of a known licence", cov.Percent)
	}
	return list, nil
}

// licenceFiles finds the licence files in the folders of a module that are in use. The module's root must have one.
func licenceFiles(m *module) ([]string, error) {
	var out []string
	for _, dir := range slices.Sorted(maps.Keys(m.folders)) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		before := len(out)
		for _, e := range entries {
			if e.Type().IsRegular() && isLicence(e.Name()) {
				out = append(out, filepath.Join(dir, e.Name()))
			}
		}
		if dir == m.Dir && len(out) == before {
			return nil, errors.New("no licence file in its root")
		}
	}
	return out, nil
}

// isLicence knows the usual names; the same words appear in Go files, which do not count.
func isLicence(name string) bool {
	name = strings.ToLower(name)
	switch filepath.Ext(name) {
	case "", ".txt", ".md", ".rst", ".mit", ".apache", ".bsd", ".libyaml":
	default:
		return false
	}
	for _, word := range []string{"license", "licence", "copying", "unlicense"} {
		if strings.HasPrefix(name, word) {
			return true
		}
	}
	return false
}
