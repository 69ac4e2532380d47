package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/annotation/nginx"
)

// page is one generated file below docs/reference.
type page struct {
	name string
	text string
}

// pages lists everything that is generated.
func pages() []page {
	albPage := annotation.Page{
		Title: "Annotations of class alb",
		Intro: "Annotations of the AWS Load Balancer Controller on an Ingress (or on a Service, where the reference says so). " +
			"*Internal* says whether our own proxy carries one out, *external* whether an AWS load balancer does.",
		Registry: alb.Registry(), Internal: true, External: true,
	}
	return []page{
		{"annotations-alb.md", albPage.Markdown()},
		{"annotations-nginx.md", nginx.Page().Markdown()},
		{"attributes.md", attributesPage()},
		{"messages.md", messagesPage()},
	}
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
	var stale []error
	for _, p := range pages() {
		file, text := filepath.Join(dir, p.name), []byte(p.text)
		if !bytes.HasSuffix(text, []byte("\n")) {
			text = append(text, '\n')
		}
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
