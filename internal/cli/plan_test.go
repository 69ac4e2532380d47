package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAPlanOfManifestsThatCannotBeReadIsRefused(t *testing.T) {
	dir := t.TempDir()
	good, broken := filepath.Join(dir, "good.yaml"), filepath.Join(dir, "broken.yaml")
	for path, text := range map[string]string{
		good:   "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n",
		broken: "kind: Ingress\nmetadata: {name: x",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var said bytes.Buffer
	changes, err := overlayOf(streams{err: &said}, []string{good})
	if err != nil || len(changes) != 1 {
		t.Errorf("got %d changes, %v", len(changes), err)
	}
	for _, path := range []string{broken, filepath.Join(dir, "nosuch.yaml")} {
		said.Reset()
		if _, err := overlayOf(streams{err: &said}, []string{good, path}); !errors.Is(err, errManifests) || !strings.Contains(said.String(), path) {
			t.Errorf("%s: got %v, and it said %q", path, err, said.String())
		}
	}
}
