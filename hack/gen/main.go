package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gwanmun/gwanmun/internal/cli"
)

// page is one generated file below docs/reference.
type page struct {
	name string
	text string
}

// pages lists everything that is generated. The annotation pages are what `gwanmun docs annotations` prints.
func pages() ([]page, error) {
	out := []page{{"attributes.md", attributesPage()}, {"messages.md", messagesPage()}}
	for _, class := range []string{"alb", "nginx"} {
		var text, faults bytes.Buffer
		if status := cli.Main([]string{"docs", "annotations", class}, strings.NewReader(""), &text, &faults); status != 0 {
			return nil, fmt.Errorf("docs annotations %s: status %d: %s", class, status, faults.String())
		}
		out = append(out, page{"annotations-" + class + ".md", text.String()})
	}
	return out, nil
}

func main() {
	check := flag.Bool("check", false, "compare with what is there, write nothing")
	dir := flag.String("dir", "docs/reference", "where the pages are")
	flag.Parse()
	if err := run(*dir, *check); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(dir string, check bool) error {
	all, err := pages()
	if err != nil {
		return err
	}
	var stale []error
	for _, p := range all {
		file, text := filepath.Join(dir, p.name), []byte(strings.TrimRight(p.text, "\n")+"\n")
		have, err := os.ReadFile(file)
		if err == nil && bytes.Equal(have, text) {
			continue
		}
		if check {
			stale = append(stale, fmt.Errorf("%s is not what the declarations say: run `make gen`", file))
			continue
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, text, 0o644); err != nil {
			return err
		}
		fmt.Println("wrote", file)
	}
	return errors.Join(stale...)
}
