package keep

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Source is a part of the state.
type Source interface {
	// Version changes with each change.
	Version() uint64
	// Snapshot is the part as JSON.
	Snapshot() ([]byte, error)
	// Restore replaces the part by what Snapshot gave.
	Restore(snapshot []byte) error
}

// Part is a source and its name in the file.
type Part struct {
	Name   string
	Source Source
}

// FileName is the file's name in the folder.
const FileName = "state.json"

// format is the version of the file's form. It grows when older programs could not read the file.
const format = 1

// pause is how long changes are collected before they are written.
const pause = 200 * time.Millisecond

// file is what is written. All parts are in one file, so that they fit together after a crash.
type file struct {
	Format int                        `json:"format"`
	Parts  map[string]json.RawMessage `json:"parts"`
}

// Keeper writes the state when it has changed. All methods may be called from any goroutine.
type Keeper struct {
	dir    string
	parts  []Part
	log    *slog.Logger
	unlock func()

	mu       sync.Mutex
	versions []uint64
}

// Open takes a folder, makes it if it is missing, and restores the parts, in their order, from the file in it. It says whether
// there was one. Only one keeper at a time can have a folder.
func Open(dir string, log *slog.Logger, parts ...Part) (k *Keeper, restored bool, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, false, fmt.Errorf("making the state folder: %w", err)
	}
	unlock, err := lock(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, false, err
	}
	k = &Keeper{dir: dir, parts: parts, log: log, unlock: unlock}
	restored, err = k.restore()
	if err != nil {
		unlock()
		return nil, false, err
	}
	k.versions = k.current()
	if !restored {
		k.versions[0]-- // what is there now is not in the file yet
	}
	return k, restored, nil
}

func (k *Keeper) path() string { return filepath.Join(k.dir, FileName) }

func (k *Keeper) restore() (bool, error) {
	text, err := os.ReadFile(k.path())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading the state: %w", err)
	}
	broken := func(err error) (bool, error) {
		return false, fmt.Errorf("the state in %s cannot be read: %w; move the file away to begin with nothing", k.path(), err)
	}
	var f file
	if err := json.Unmarshal(text, &f); err != nil {
		return broken(err)
	}
	if f.Format != format {
		return broken(fmt.Errorf("it has format %d, this program reads format %d", f.Format, format))
	}
	for _, p := range k.parts {
		if f.Parts[p.Name] == nil {
			return broken(fmt.Errorf("part %q is missing", p.Name))
		}
	}
	for _, p := range k.parts {
		if err := p.Source.Restore(f.Parts[p.Name]); err != nil {
			return broken(fmt.Errorf("part %q: %w", p.Name, err))
		}
	}
	return true, nil
}

func (k *Keeper) current() []uint64 {
	out := make([]uint64, len(k.parts))
	for i, p := range k.parts {
		out[i] = p.Source.Version()
	}
	return out
}

// Run writes changes, at most 200 ms after they were made, until the context ends. What cannot be written is logged and tried
// again.
func (k *Keeper) Run(ctx context.Context) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := k.Save()
		if err != nil && !failing {
			k.log.Error("the state cannot be kept", "error", err)
		}
		failing = err != nil
	}
}

// Save writes the state now, if it has changed since it was last written.
func (k *Keeper) Save() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.current() // before the snapshots: what changes meanwhile is written next time
	same := true
	for i := range now {
		same = same && now[i] == k.versions[i]
	}
	if same {
		return nil
	}
	f := file{Format: format, Parts: map[string]json.RawMessage{}}
	for _, p := range k.parts {
		text, err := p.Source.Snapshot()
		if err != nil {
			return fmt.Errorf("part %q: %w", p.Name, err)
		}
		f.Parts[p.Name] = text
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b) // names of a map come sorted
	e.SetIndent("", " ")
	if err := e.Encode(f); err != nil {
		return err
	}
	if err := replace(k.path(), b.Bytes()); err != nil {
		return err
	}
	k.versions = now
	return nil
}

// Close writes what has changed and gives the folder free.
func (k *Keeper) Close() error {
	err := k.Save()
	k.unlock()
	return err
}

// replace writes a file so that after a crash either the old content is there or the new one. It holds private keys, so that
// nobody else may read it.
func replace(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".state-*") // with mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
