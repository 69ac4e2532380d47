package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// module is a module that packages come from, with the folders of those packages.
type module struct {
	Path    string
	Version string
	Dir     string
	folders map[string]bool
}

// systems are the operating systems that we build for; each brings modules of its own.
var systems = []string{"linux", "darwin"}

// modules asks the go command for packages and gathers their modules, the main one left out.
func modules(root string, args ...string) (map[string]*module, error) {
	found := map[string]*module{}
	for _, system := range systems {
		cmd := exec.Command("go", args...)
		cmd.Dir = root
		cmd.Env = append(os.Environ(), "GOOS="+system)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("GOOS=%s go %s: %w\n%s", system, strings.Join(args, " "), err, stderr.String())
		}
		if err := gather(out, found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// gather reads what go list says and adds the modules it names to found.
func gather(out []byte, found map[string]*module) error {
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			Dir      string
			Standard bool
			Module   *struct {
				Path, Version, Dir string
				Main               bool
				Replace            *struct{ Path, Version, Dir string }
			}
		}
		if err := d.Decode(&p); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if p.Standard || p.Module == nil || p.Module.Main {
			continue
		}
		m := found[p.Module.Path]
		if m == nil {
			m = &module{Path: p.Module.Path, Version: p.Module.Version, Dir: p.Module.Dir, folders: map[string]bool{}}
			found[m.Path] = m
		}
		// A licence file anywhere between a package and its module's root holds for that package.
		for dir := p.Dir; len(dir) >= len(m.Dir) && dir != ""; dir = filepath.Dir(dir) {
			m.folders[dir] = true
		}
	}
}

func sorted(all map[string]*module) []*module {
	return slices.SortedFunc(maps.Values(all), func(a, b *module) int { return strings.Compare(a.Path, b.Path) })
}
