package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
)

func main() {
	root := flag.String("root", "../..", "the module to look at")
	ship := flag.String("shipped", "./cmd/...", "pattern of the packages that are shipped; empty: none")
	flag.Parse()
	if err := run(*root, *ship); err != nil {
		fmt.Fprintln(os.Stderr, "licences:", err)
		os.Exit(1)
	}
}

// run judges the modules that the packages of the pattern ship are built from as shipped, and all others that any test or
// tool of the module needs as test-only.
func run(root, ship string) error {
	var shipped map[string]*module
	if ship != "" {
		var err error
		if shipped, err = modules(root, "list", "-deps", "-json=Dir,Standard,Module", ship); err != nil {
			return err
		}
	}
	all, err := modules(root, "list", "-deps", "-test", "-json=Dir,Standard,Module", "./...")
	if err != nil {
		return err
	}
	var problems []error
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, m := range sorted(all) {
		_, ships := shipped[m.Path]
		ids, err := judge(m, ships)
		use := "tests"
		if ships {
			use = "shipped"
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", m.Path, m.Version, use, strings.Join(ids, " "))
		if err != nil {
			problems = append(problems, fmt.Errorf("%s %s (%s): %w", m.Path, m.Version, use, err))
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if len(all) == 0 {
		return errors.New("no modules found")
	}
	return errors.Join(problems...)
}
