package arch

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// pureLevel is the highest level whose rooms are functions of their arguments alone.
const pureLevel = 2

// finding is one use of something that is refused.
type finding struct {
	file string
	line int
	what string
}

func TestPureRoomsAreFunctionsOfTheirArguments(t *testing.T) {
	rows, excuses := importTable(t), readExceptions(t)
	for _, p := range ourPackages(t) {
		r, ok := rowOf(rows, p.Room)
		pure := ok && r.level <= pureLevel
		files := map[string]*ast.File{}
		fset := token.NewFileSet()
		for _, name := range p.files() {
			f, err := parser.ParseFile(fset, path(name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files[name] = f
		}
		for _, f := range findings(fset, files, pure) {
			if !excuses.excuse(f.file, f.what) {
				t.Errorf("%s:%d: %s (see ARCHITECTURE.md)", f.file, f.line, f.what)
			}
		}
	}
	for i, r := range excuses.rows {
		if !excuses.used[i] && !strings.HasPrefix(r[1], "over ") {
			t.Errorf("the exception %v is no longer needed", r)
		}
	}
}

// findings lists what is refused in the files of one package, in order.
func findings(fset *token.FileSet, files map[string]*ast.File, pure bool) []finding {
	var out []finding
	add := func(file string, pos token.Pos, what string) {
		out = append(out, finding{file, fset.Position(pos).Line, what})
	}
	variables := packageVariables(files)
	for file, f := range files {
		names := importNames(f)
		if pure {
			for _, i := range f.Imports {
				if p, _ := strconv.Unquote(i.Path.Value); slices.Contains(worldly, p) {
					add(file, i.Pos(), "import "+p)
				}
			}
			for _, m := range mutations(f, variables) {
				add(file, m.Pos(), "the variable "+m.Name+" can change")
			}
			for _, v := range stateful(f) {
				add(file, v.Pos(), "the variable "+v.Name+" can change")
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				if pure {
					add(file, n.Pos(), "a goroutine")
				}
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && refused(names[x.Name], n.Sel.Name, pure) {
					add(file, n.Pos(), names[x.Name]+"."+n.Sel.Name)
				}
			}
			return true
		})
	}
	slices.SortFunc(out, func(a, b finding) int {
		return strings.Compare(fmt.Sprintf("%s %6d", a.file, a.line), fmt.Sprintf("%s %6d", b.file, b.line))
	})
	return out
}

// worldly are packages that no pure room imports.
var worldly = []string{"os", "os/exec", "os/signal", "net", "net/http", "log", "log/slog", "syscall"}

// refusedEverywhere and refusedInPure are names by import path. Of math/rand only what makes a source is fine.
var (
	refusedEverywhere = map[string][]string{
		"net/http": {"DefaultClient", "DefaultTransport", "DefaultServeMux", "Get", "Post", "PostForm", "Head", "Handle", "HandleFunc"},
	}
	refusedInPure = map[string][]string{
		"time":    {"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"},
		"context": {"Background", "TODO"},
	}
	randSources = []string{"New", "NewSource", "NewPCG", "NewChaCha8", "NewZipf", "Rand", "Source", "PCG", "ChaCha8", "Zipf"}
)

func refused(pkg, name string, pure bool) bool {
	if slices.Contains(refusedEverywhere[pkg], name) {
		return true
	}
	if pkg == "math/rand" || pkg == "math/rand/v2" {
		return pure && !slices.Contains(randSources, name)
	}
	return pure && slices.Contains(refusedInPure[pkg], name)
}

// importNames maps the name that a file uses for an import to its path.
func importNames(f *ast.File) map[string]string {
	out := map[string]string{}
	for _, i := range f.Imports {
		p, _ := strconv.Unquote(i.Path.Value)
		name := p[strings.LastIndexByte(p, '/')+1:]
		if p == "math/rand/v2" {
			name = "rand"
		}
		if i.Name != nil {
			name = i.Name.Name
		}
		out[name] = p
	}
	return out
}
