package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gwanmun/gwanmun/hack/shapes"
	"github.com/gwanmun/gwanmun/internal/cli"
)

// page is one generated file: a path and what it holds.
type page struct {
	name string
	text string
}

// pages lists everything that is generated: docs/reference, and the tables of internal/elbapi/wire. The pages of annotations and
// of the ConfigMap are what `gwanmun docs` prints.
func pages(root string) ([]page, error) {
	in := func(name string) string { return filepath.Join(root, "docs", "reference", name) }
	out := []page{{in("attributes.md"), attributesPage()}, {in("messages.md"), messagesPage()}, {in("metrics.md"), metricsPage()}}
	for _, p := range []struct {
		name    string
		command []string
	}{
		{"annotations-alb.md", []string{"docs", "annotations", "alb"}},
		{"annotations-nginx.md", []string{"docs", "annotations", "nginx"}},
		{"annotations-nlb.md", []string{"docs", "annotations", "nlb"}},
		{"configmap-nginx.md", []string{"docs", "configmap"}},
	} {
		var text, faults bytes.Buffer
		if status := cli.Main(p.command, strings.NewReader(""), &text, &faults); status != 0 {
			return nil, fmt.Errorf("%s: status %d: %s", strings.Join(p.command, " "), status, faults.String())
		}
		out = append(out, page{in(p.name), text.String()})
	}
	tables, err := shapes.Files()
	if err != nil {
		return nil, err
	}
	for _, t := range tables {
		out = append(out, page{filepath.Join(root, t.Path), t.Text})
	}
	return out, nil
}

func main() {
	check := flag.Bool("check", false, "compare with what is there, write nothing")
	root := flag.String("root", ".", "the folder of go.mod")
	flag.Parse()
	if err := run(*root, *check); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(root string, check bool) error {
	all, err := pages(root)
	if err != nil {
		return err
	}
	var stale []error
	for _, p := range all {
		file, text := p.name, []byte(strings.TrimRight(p.text, "\n")+"\n")
		have, err := os.ReadFile(file)
		if err == nil && bytes.Equal(have, text) {
			continue
		}
		if check {
			stale = append(stale, fmt.Errorf("%s is not what the declarations say: run `make gen`", file))
			continue
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, text, 0o644); err != nil {
			return err
		}
		fmt.Println("wrote", file)
	}
	return errors.Join(stale...)
}
