package manifest

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/gwanmun/gwanmun/internal/diag"
)

func TestAPipeInADirectoryIsNotOpened(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", service)
	if err := syscall.Mkfifo(filepath.Join(dir, "b.yaml"), 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan *Loaded, 1)
	go func() {
		loaded, _ := NewLoader([]string{dir}, nil, Limits{}).Load()
		done <- loaded
	}()
	select {
	case loaded := <-done:
		find[*corev1.Service](t, loaded, webKey)
		if d := one(t, loaded, diag.ManifestUnreadable); d.File != filepath.Join(dir, "b.yaml") {
			t.Errorf("got %s", d)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("the load waits for somebody to write to the pipe")
	}
}

func TestAPipeThatIsNamedIsReadOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	wrote := make(chan error, 1)
	go func() { wrote <- os.WriteFile(path, []byte(service), 0o600) }()
	l := NewLoader([]string{path}, nil, Limits{})
	first, _ := l.Load()
	find[*corev1.Service](t, first, webKey)
	if err := <-wrote; err != nil {
		t.Fatal(err)
	}
	done := make(chan bool, 1)
	go func() {
		_, changed := l.Load()
		done <- changed
	}()
	select {
	case changed := <-done:
		if changed {
			t.Error("a pipe that was read is no change")
		}
	case <-time.After(5 * time.Second):
		t.Fatal("the pipe is read a second time")
	}
}
