package keyring

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// File keeps a Set in a file that only its owner may read, for who has no cluster to keep it in.
type File struct {
	path   string
	keeper *Keeper
	now    func() time.Time
	set    *Set
}

// OpenFile reads the Set of a file, or makes the file with a fresh one, and hands the Ring to the Keeper. A file that
// cannot be read as a Set is an error, not a reason to lose sessions. now is the clock; time.Now when nil.
func OpenFile(path string, k *Keeper, now func() time.Time) (*File, error) {
	if now == nil {
		now = time.Now
	}
	f := &File{path: path, keeper: k, now: now}
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if f.set, err = NewSet(rand.Reader, now()); err == nil {
			err = f.write(f.set)
		}
	case err == nil:
		f.set, err = ParseSet(text)
	}
	if err != nil {
		return nil, fmt.Errorf("open the keys in %s: %w", path, err)
	}
	if err := f.hand(); err != nil {
		return nil, err
	}
	return f, f.Rotate()
}

// Rotate rotates the Set when it is time.
func (f *File) Rotate() error {
	next, err := f.set.Rotate(rand.Reader, f.now())
	if err != nil || next == f.set {
		return err
	}
	if err := f.write(next); err != nil {
		return fmt.Errorf("write the keys to %s: %w", f.path, err)
	}
	f.set = next
	return f.hand()
}

// Run rotates the Set whenever it is time until ctx ends; failed is told of what goes wrong.
func (f *File) Run(ctx context.Context, failed func(error)) {
	look := time.NewTicker(time.Minute)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
			if err := f.Rotate(); err != nil {
				failed(err)
			}
		}
	}
}

func (f *File) hand() error {
	ring, err := f.set.Ring()
	if err != nil {
		return err
	}
	f.keeper.Set(ring)
	return nil
}

// write replaces the file as a whole, so that no crash leaves a part of it.
func (f *File) write(s *Set) error {
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return err
	}
	fresh := f.path + ".new"
	if err := os.WriteFile(fresh, s.Format(), 0o600); err != nil {
		return err
	}
	return os.Rename(fresh, f.path)
}
