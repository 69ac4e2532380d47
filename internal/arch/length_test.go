package arch

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// longFile is the number of lines from which a file needs a reason.
const longFile = 600

func TestLongFilesHaveAReason(t *testing.T) {
	excuses := readExceptions(t)
	what := fmt.Sprintf("over %d lines", longFile)
	for name, lines := range goFiles(t) {
		if lines > longFile && !excuses.excuse(name, what) {
			t.Errorf("%s has %d lines: split it by feature, or give the reason in ARCHITECTURE.md (%q)", name, lines, what)
		}
	}
	for i, r := range excuses.rows {
		if r[1] == what && !excuses.used[i] {
			t.Errorf("the exception %v is no longer needed", r)
		}
	}
}

// goFiles counts the lines of every Go file of the repository, tests and tools included.
func goFiles(t *testing.T) map[string]int {
	t.Helper()
	out := map[string]int{}
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != "." && d.Name() != ".." {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		src, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, p)
		out[filepath.ToSlash(name)] = bytes.Count(src, []byte("\n"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) < 10 {
		t.Fatalf("only %d Go files found: the walk is broken", len(out))
	}
	return out
}
