package keep

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// word is a part that holds a word.
type word struct {
	mu      sync.Mutex
	text    string
	version uint64
}

func (w *word) set(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text, w.version = text, w.version+1
}

func (w *word) get() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text
}

func (w *word) Version() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.version
}

func (w *word) Snapshot() ([]byte, error) { return json.Marshal(w.get()) }

func (w *word) Restore(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	w.set(text)
	if text == "poison" {
		return errors.New("it is poisoned")
	}
	return nil
}

func open(t *testing.T, dir string, w *word) (*Keeper, bool) {
	t.Helper()
	k, restored, err := Open(dir, slog.New(slog.DiscardHandler), Part{"word", w})
	if err != nil {
		t.Fatal(err)
	}
	return k, restored
}

func TestWhatWasKeptIsThereAfterARestart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	first := &word{}
	k, restored := open(t, dir, first)
	if restored {
		t.Error("an empty folder gave a state back")
	}
	first.set("hello")
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	second := &word{}
	k, restored = open(t, dir, second)
	defer k.Close()
	if !restored || second.get() != "hello" {
		t.Errorf("restored %v, %q", restored, second.get())
	}
	info, err := os.Stat(filepath.Join(dir, FileName))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v (%v), want 0600: it holds keys", info.Mode(), err)
	}
}

func TestTheFirstStateIsWrittenEvenIfNothingChanges(t *testing.T) {
	dir := t.TempDir()
	k, _ := open(t, dir, &word{text: "default"})
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	again := &word{}
	k, restored := open(t, dir, again)
	defer k.Close()
	if !restored || again.get() != "default" {
		t.Errorf("restored %v, %q", restored, again.get())
	}
}

func TestChangesAreWrittenWhileItRuns(t *testing.T) {
	dir := t.TempDir()
	w := &word{}
	k, _ := open(t, dir, w)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		k.Run(ctx)
	}()
	w.set("changed")
	deadline := time.Now().Add(30 * time.Second)
	for {
		b, err := os.ReadFile(filepath.Join(dir, FileName))
		if err == nil && strings.Contains(string(b), `"changed"`) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the file holds %q (%v)", b, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	stop()
	<-done
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(dir, ".state-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
}

func TestABrokenFileIsNamedAndNotOverwritten(t *testing.T) {
	for name, content := range map[string]string{
		"no JSON":          "{",
		"another format":   `{"format":2,"parts":{"word":"x"}}`,
		"a part missing":   `{"format":1,"parts":{}}`,
		"a part is broken": `{"format":1,"parts":{"word":7}}`,
		"a part refuses":   `{"format":1,"parts":{"word":"poison"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), FileName)
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, _, err := Open(filepath.Dir(path), slog.New(slog.DiscardHandler), Part{"word", &word{}})
			if err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("got %v, want an error that names %s", err, path)
			}
			if b, err := os.ReadFile(path); err != nil || string(b) != content {
				t.Errorf("the file holds %q (%v)", b, err)
			}
		})
	}
}

func TestAFolderBelongsToOneAtATime(t *testing.T) {
	dir := t.TempDir()
	k, _ := open(t, dir, &word{})
	if _, _, err := Open(dir, slog.New(slog.DiscardHandler), Part{"word", &word{}}); err == nil {
		t.Error("the folder was taken twice")
	}
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	k, _ = open(t, dir, &word{})
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
}
