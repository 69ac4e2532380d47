package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestStalePagesAreFound(t *testing.T) {
	dir := t.TempDir()
	if err := run(dir, true); err == nil || !strings.Contains(err.Error(), "make gen") {
		t.Errorf("missing pages went unnoticed: %v", err)
	}
	if err := run(dir, false); err != nil {
		t.Fatal(err)
	}
	if err := run(dir, true); err != nil {
		t.Errorf("fresh pages were refused: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "docs", "reference", "messages.md"), []byte("other\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(dir, true); err == nil {
		t.Error("a changed page went unnoticed")
	}
}
