package manifest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/objects"
)

// sourceKept loads a source, does something to it, and wants its objects kept with one message, once; then it is put back.
func sourceKept(t *testing.T, source string, want diag.Message, lose, restore func()) {
	t.Helper()
	l := NewLoader([]string{source}, nil, Limits{})
	first, _ := l.Load()
	none(t, first)
	lose()
	lost, changed := l.Load()
	if !changed {
		t.Fatal("what happened is news")
	}
	one(t, lost, want)
	find[*corev1.Service](t, lost, webKey)
	if d := lost.Since(first); len(d.Put)+len(d.Deleted) != 0 {
		t.Errorf("the objects changed: %v", d)
	}
	if _, changed := l.Load(); changed {
		t.Error("what stays as it is is no news")
	}
	restore()
	back, changed := l.Load()
	if !changed {
		t.Error("that it is back is news")
	}
	none(t, back)
	find[*corev1.Service](t, back, webKey)
}

func rename(t *testing.T, from, to string) func() {
	return func() {
		t.Helper()
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
}

func TestADirectoryThatIsGoneKeepsItsObjects(t *testing.T) {
	parent := t.TempDir()
	dir, aside := filepath.Join(parent, "manifests"), filepath.Join(parent, "aside")
	if err := os.MkdirAll(filepath.Join(dir, "below"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "below/a.yaml", service)
	sourceKept(t, dir, diag.ManifestGone, rename(t, dir, aside), rename(t, aside, dir))
}

func TestAFileThatIsGoneKeepsItsObjects(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", service)
	from, to := filepath.Join(dir, "a.yaml"), filepath.Join(dir, "b.yaml")
	sourceKept(t, from, diag.ManifestGone, rename(t, from, to), rename(t, to, from))
}

func TestADirectoryThatIsEmptyNowKeepsItsObjects(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", service)
	write(t, dir, "notes.txt", "no manifest")
	from, to := filepath.Join(dir, "a.yaml"), filepath.Join(t.TempDir(), "a.yaml")
	sourceKept(t, dir, diag.ManifestEmptied, rename(t, from, to), rename(t, to, from))
}

func TestADirectoryThatMayNotBeReadKeepsItsObjects(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may read everything")
	}
	dir := t.TempDir()
	write(t, dir, "a.yaml", service)
	mode := func(m os.FileMode) func() {
		return func() {
			if err := os.Chmod(dir, m); err != nil {
				t.Fatal(err)
			}
		}
	}
	sourceKept(t, dir, diag.ManifestGone, mode(0), mode(0o755))
}

func TestAnEmptyFileSaysThatNothingIsToBeServed(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.yaml", service)
	l := NewLoader([]string{dir}, nil, Limits{})
	l.Load()
	write(t, dir, "none.yaml", "")
	if err := os.Remove(filepath.Join(dir, "a.yaml")); err != nil {
		t.Fatal(err)
	}
	loaded, changed := l.Load()
	if !changed || len(loaded.Objects) != 0 {
		t.Errorf("%d objects are left", len(loaded.Objects))
	}
	none(t, loaded)
}

func TestALostFileGivesWayToItsOtherName(t *testing.T) {
	parent := t.TempDir()
	real, link := filepath.Join(parent, "real"), filepath.Join(parent, "link")
	if err := os.Mkdir(real, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, real, "a.yaml", service)
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	l := NewLoader([]string{link, real}, nil, Limits{})
	l.Load()
	if err := os.Remove(link); err != nil {
		t.Fatal(err)
	}
	write(t, real, "a.yaml", strings.Replace(service, "port: 80", "port: 81", 1))
	loaded, _ := l.Load()
	one(t, loaded, diag.ManifestGone)
	if s := find[*corev1.Service](t, loaded, webKey); s.Spec.Ports[0].Port != 81 {
		t.Error("the file is there by its other name, and what it holds now must count")
	}
}

func TestWhatWasLostStandsBehindWhatComesLater(t *testing.T) {
	one, two := t.TempDir(), t.TempDir()
	write(t, one, "a.yaml", service)
	l := NewLoader([]string{one, two}, nil, Limits{})
	l.Load()
	if err := os.RemoveAll(one); err != nil {
		t.Fatal(err)
	}
	write(t, two, "b.yaml", strings.Replace(service, "port: 80", "port: 81", 1))
	loaded, _ := l.Load()
	if s := find[*corev1.Service](t, loaded, key(objects.KindService, "default", "web")); s.Spec.Ports[0].Port != 81 {
		t.Error("a later source counts, as it does while the earlier one is there")
	}
}
