package manifest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// serviceOf is a document; a broken one has a port that is no number.
func serviceOf(name, port string) string {
	return fmt.Sprintf("apiVersion: v1\nkind: Service\nmetadata: {name: %s}\nspec:\n  ports: [{port: %s}]\n---\n", name, port)
}

func TestOnlyDocumentsThatChangedAreDecodedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "services.yaml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l := NewLoader([]string{path}, nil, Limits{})
	write(serviceOf("a", "80") + serviceOf("b", "80") + serviceOf("c", "80"))
	first, _ := l.Load()

	write("# a comment\n# that moves all\n" + serviceOf("a", "80") + serviceOf("b", "81") + serviceOf("c", "80"))
	second, changed := l.Load()
	if !changed || len(second.Objects) != 3 {
		t.Fatalf("%d objects, changed %v", len(second.Objects), changed)
	}
	for i, name := range []string{"a", "b", "c"} {
		before, after := first.Objects[i], second.Objects[i]
		if same := before.Value == after.Value; same == (name == "b") {
			t.Errorf("Service %s: the same value is %v", name, same)
		}
		if after.Origin.Line != before.Origin.Line+2 {
			t.Errorf("Service %s began at line %d and begins at line %d", name, before.Origin.Line, after.Origin.Line)
		}
		if got, want := after.Origin.LineOf("spec.ports"), before.Origin.LineOf("spec.ports")+2; got != want {
			t.Errorf("Service %s: spec.ports at line %d, want %d", name, got, want)
		}
	}
	if d := second.Since(first); len(d.Put) != 1 || d.Put[0].Key.Name.Name != "b" || len(d.Deleted) != 0 {
		t.Errorf("what changed: %+v", d)
	}
}

func TestMistakesOfUnchangedDocumentsAreToldWithTheirNewLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "services.yaml")
	l := NewLoader([]string{path}, nil, Limits{})
	for _, shift := range []int{0, 3, 1} {
		text := strings.Repeat("#\n", shift) + serviceOf("a", "no-number") + "apiVersion: v1\nkind: Event\nmetadata: {name: x}\n"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		loaded, _ := l.Load()
		if len(loaded.Diagnostics) != 2 {
			t.Fatalf("%d lines before: %v", shift, loaded.Diagnostics)
		}
		for _, d := range loaded.Diagnostics {
			want := shift + 5
			if d.Object.Kind != "Service" {
				want = shift + 7
			}
			if d.Line != want {
				t.Errorf("%d lines before: %v at line %d, want %d", shift, d.Code, d.Line, want)
			}
		}
	}
}
