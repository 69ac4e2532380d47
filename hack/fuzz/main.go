package main

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

var fuzzFunction = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`)

// target is one fuzz function with the package that holds it.
type target struct {
	dir  string
	name string
}

func main() {
	each := flag.String("time", "20s", "how long each target runs")
	only := flag.String("only", "", "run targets with this text in package or name")
	flag.Parse()
	targets, err := find(".")
	if err != nil {
		fmt.Fprintln(os.Stderr, "fuzz:", err)
		os.Exit(1)
	}
	failed := 0
	for _, t := range targets {
		if !strings.Contains(t.dir+"."+t.name, *only) {
			continue
		}
		fmt.Printf("== %s %s\n", t.dir, t.name)
		cmd := exec.Command("go", "test", "./"+t.dir, "-run", "^$", "-fuzz", "^"+t.name+"$", "-fuzztime", *each, "-fuzzminimizetime", "1x")
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Run(); err != nil {
			failed++
		}
	}
	if failed > 0 {
		fmt.Fprintf(os.Stderr, "fuzz: %d of %d targets failed\n", failed, len(targets))
		os.Exit(1)
	}
}

func find(root string) ([]target, error) {
	var out []target
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(p, "_test.go") {
			return err
		}
		src, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		for _, m := range fuzzFunction.FindAllSubmatch(src, -1) {
			out = append(out, target{filepath.ToSlash(filepath.Dir(p)), string(m[1])})
		}
		return nil
	})
	return out, err
}
