package arch

import (
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestEveryPackageHasASignOnItsDoor(t *testing.T) {
	for _, p := range ourPackages(t) {
		src, err := os.ReadFile(path(p.Room + "/doc.go"))
		if err != nil {
			t.Errorf("%s has no doc.go: say what it holds, In:, Out:, Never imports:, Start reading at:", p.Room)
			continue
		}
		for _, problem := range signProblems(p.Name, string(src), func(name string) bool {
			_, err := os.Stat(path(p.Room + "/" + name))
			return err == nil
		}) {
			t.Errorf("%s/doc.go %s", p.Room, problem)
		}
	}
}

var fileName = regexp.MustCompile(`[a-z0-9_/]+\.(go|md)\b`)

// signProblems says what is missing in the package comment.
func signProblems(name, src string, exists func(string) bool) []string {
	f, err := parser.ParseFile(token.NewFileSet(), "doc.go", src, parser.ParseComments|parser.PackageClauseOnly)
	if err != nil || f.Doc == nil {
		return []string{"has no package comment"}
	}
	var out []string
	text := f.Doc.Text()
	if !strings.HasPrefix(text, "Package "+name+" ") && !(name == "main" && strings.HasPrefix(text, "Command ")) {
		out = append(out, `must begin with "Package `+name+` "`)
	}
	for _, sign := range []string{"In:", "Out:", "Never imports:", "Start reading at:"} {
		at := strings.Index(text, "\n"+sign+" ")
		if at < 0 {
			out = append(out, `lacks a line "`+sign+`"`)
			continue
		}
		if sign != "Start reading at:" {
			continue
		}
		files := fileName.FindAllString(text[at:], -1)
		if len(files) == 0 {
			out = append(out, "names no file to start reading at")
		}
		for _, file := range files {
			if !exists(file) {
				out = append(out, "names "+file+", which does not exist")
			}
		}
	}
	return out
}

func TestNoPackageHasANameThatSaysNothing(t *testing.T) {
	banned := []string{"util", "utils", "common", "helper", "helpers", "shared", "types", "misc", "base"}
	for _, p := range ourPackages(t) {
		if slices.Contains(banned, p.Name) {
			t.Errorf("%s: the name %s does not say what belongs there", p.Room, p.Name)
		}
	}
}

func TestAMissingSignIsFound(t *testing.T) {
	there := func(name string) bool { return name == "a.go" }
	good := "// Package x holds x.\n//\n// In: a.\n// Out: b.\n// Never imports: c.\n// Start reading at: a.go.\npackage x\n"
	if got := signProblems("x", good, there); len(got) != 0 {
		t.Errorf("a good sign was refused: %v", got)
	}
	for _, bad := range []string{
		"package x\n",
		strings.Replace(good, "Package x", "Package y", 1),
		strings.Replace(good, "// Out: b.\n", "", 1),
		strings.Replace(good, "a.go", "b.go", 1),
		strings.Replace(good, "a.go", "the top", 1),
	} {
		if got := signProblems("x", bad, there); len(got) != 1 {
			t.Errorf("want one problem, got %v for:\n%s", got, bad)
		}
	}
}
