package local

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// stateFile writes the state whenever it differs from what the file holds.
type stateFile struct {
	path    string
	written []byte
}

// write replaces the file in one step, so that readers see the old state or the new one and never a part.
func (f *stateFile) write(s State) error {
	if f.path == "" {
		return nil
	}
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the state: %w", err)
	}
	data = append(data, '\n')
	if bytes.Equal(data, f.written) {
		return nil
	}
	tmp, err := os.CreateTemp(filepath.Dir(f.path), ".gwanmun-state-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	if closeErr := tmp.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Chmod(tmp.Name(), 0o644) //nolint:gosec // others may read it: it holds no secrets
	}
	if err == nil {
		err = os.Rename(tmp.Name(), f.path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name()) // the first error counts
		return err
	}
	f.written = data
	return nil
}

// remove takes the file away when nothing is served any more.
func (f *stateFile) remove() {
	if f.path != "" && f.written != nil {
		_ = os.Remove(f.path) // somebody else may have done it
	}
}
