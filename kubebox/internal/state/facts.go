package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// format is the layout of the folder. A kubebox refuses folders of a later layout.
const format = 1

// Facts are what the first start decides and later ones keep.
type Facts struct {
	// Format is the layout of the folder, 0 when it is new.
	Format int `json:"format"`
	// Port is the API server's last port; used again when it is free and the user asks for none.
	Port int `json:"port"`
	// ServiceCIDR is where cluster IPs come from. It cannot change while Services hold addresses of it.
	ServiceCIDR string `json:"serviceCIDR"`
	// Version is the Kubernetes version that wrote the data last, for people who look.
	Version string `json:"version"`
}

func readFacts(path string) (Facts, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Facts{}, nil
	}
	if err != nil {
		return Facts{}, err
	}
	var facts Facts
	if err := json.Unmarshal(text, &facts); err != nil {
		return Facts{}, fmt.Errorf("state.json: %w", err)
	}
	if facts.Format != format {
		return Facts{}, fmt.Errorf("state.json has format %d, this kubebox knows %d", facts.Format, format)
	}
	return facts, nil
}

func writeFacts(path string, facts Facts) error {
	facts.Format = format
	text, err := json.MarshalIndent(facts, "", "  ")
	if err != nil {
		return fmt.Errorf("write state.json: %w", err)
	}
	return WriteFile(path, append(text, '\n'))
}

// WriteFile replaces a file as a whole, readable by its owner only: a reader sees the old content or the new one.
func WriteFile(path string, content []byte) error {
	next := path + ".next"
	if err := os.WriteFile(next, content, 0o600); err != nil {
		return err
	}
	return os.Rename(next, path)
}
