package arch

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// pkg is what the go command says about one package of ours. Room is its path inside the module.
type pkg struct {
	ImportPath  string
	Name        string
	Dir         string
	Imports     []string
	Deps        []string
	GoFiles     []string
	TestGoFiles []string
	XTestGoFiles,
	IgnoredGoFiles []string
	Room string `json:"-"`
}

// packages asks the go command once for all tests.
var packages = sync.OnceValues(func() ([]pkg, error) {
	cmd := exec.Command("go", "list", "-e=false",
		"-json=ImportPath,Name,Dir,Imports,Deps,GoFiles,TestGoFiles,XTestGoFiles,IgnoredGoFiles", "./...")
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, errors.New("go list: " + err.Error() + "\n" + stderr.String())
	}
	var all []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); err == io.EOF {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		p.Room = strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		all = append(all, p)
	}
})

func ourPackages(t *testing.T) []pkg {
	t.Helper()
	all, err := packages()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// files lists the Go files of a package that are no tests, as paths from the module's root, other systems' included.
func (p pkg) files() []string {
	var out []string
	for _, list := range [][]string{p.GoFiles, p.IgnoredGoFiles} {
		for _, f := range list {
			if !strings.HasSuffix(f, "_test.go") {
				out = append(out, p.Room+"/"+f)
			}
		}
	}
	return out
}

// path is where a file named from the module's root is, seen from here.
func path(file string) string { return filepath.Join(root, filepath.FromSlash(file)) }

// isStandard says whether an import path belongs to the standard library: its first part has no dot.
func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}
