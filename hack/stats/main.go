package main

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Lengths from which a file or a function is listed.
const (
	longFile     = 400
	longFunction = 60
)

func main() {
	root := flag.String("root", ".", "the repository")
	flag.Parse()
	files, err := read(*root)
	if err != nil {
		fmt.Fprintln(os.Stderr, "stats:", err)
		os.Exit(1)
	}
	report(files)
}

// file is what is counted of one Go file.
type file struct {
	name      string
	room      string
	lines     int
	test      bool
	functions []function
}

type function struct {
	name  string
	lines int
}

func read(root string) ([]file, error) {
	var out []file
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != "." && d.Name() != ".." {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		src, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		f, err := count(filepath.ToSlash(name), src)
		out = append(out, f)
		return err
	})
	return out, err
}

func count(name string, src []byte) (file, error) {
	room := "."
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		room = name[:i]
	}
	out := file{name: name, room: room, lines: bytes.Count(src, []byte("\n")), test: strings.HasSuffix(name, "_test.go")}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, src, parser.SkipObjectResolution)
	if err != nil {
		return out, err
	}
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok {
			out.functions = append(out.functions, function{
				fn.Name.Name, fset.Position(fn.End()).Line - fset.Position(fn.Pos()).Line + 1,
			})
		}
	}
	return out, nil
}

func report(files []file) {
	rooms := map[string][2]int{}
	var order []string
	var lengths, tests []int
	for _, f := range files {
		sums, seen := rooms[f.room]
		if !seen {
			order = append(order, f.room)
		}
		if f.test {
			sums[1] += f.lines
			tests = append(tests, f.lines)
		} else {
			sums[0] += f.lines
			lengths = append(lengths, f.lines)
		}
		rooms[f.room] = sums
	}
	slices.Sort(order)
	fmt.Printf("%-34s %7s %7s\n", "room", "code", "tests")
	var code, test int
	for _, room := range order {
		fmt.Printf("%-34s %7d %7d\n", room, rooms[room][0], rooms[room][1])
		code, test = code+rooms[room][0], test+rooms[room][1]
	}
	fmt.Printf("%-34s %7d %7d\n\n", "all", code, test)
	fmt.Printf("files:       %d, median %d lines, p90 %d\n", len(lengths), quantile(lengths, 50), quantile(lengths, 90))
	fmt.Printf("test files:  %d, median %d lines, p90 %d\n", len(tests), quantile(tests, 50), quantile(tests, 90))
	slices.SortFunc(files, func(a, b file) int { return cmp.Or(cmp.Compare(b.lines, a.lines), cmp.Compare(a.name, b.name)) })
	for _, f := range files {
		if f.lines > longFile {
			fmt.Printf("long file:   %s, %d lines\n", f.name, f.lines)
		}
	}
	for _, f := range files {
		for _, fn := range f.functions {
			if fn.lines > longFunction && !f.test {
				fmt.Printf("long function: %s in %s, %d lines\n", fn.name, f.name, fn.lines)
			}
		}
	}
}

// quantile is the smallest length that at least percent of the files do not exceed.
func quantile(lengths []int, percent int) int {
	if len(lengths) == 0 {
		return 0
	}
	slices.Sort(lengths)
	return lengths[min((len(lengths)*percent+99)/100, len(lengths))-1]
}
