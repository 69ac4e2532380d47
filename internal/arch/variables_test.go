package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// packageVariables names the variables at package level.
func packageVariables(files map[string]*ast.File) map[string]bool {
	out := map[string]bool{}
	for _, f := range files {
		for _, v := range declaredVariables(f) {
			out[v.name.Name] = true
		}
	}
	return out
}

type variable struct {
	name *ast.Ident
	kind ast.Expr
}

func declaredVariables(f *ast.File) []variable {
	var out []variable
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR {
			continue
		}
		for _, s := range g.Specs {
			v := s.(*ast.ValueSpec)
			for i, n := range v.Names {
				kind := v.Type
				if kind == nil && i < len(v.Values) {
					kind = v.Values[i]
				}
				if n.Name != "_" {
					out = append(out, variable{n, kind})
				}
			}
		}
	}
	return out
}

// stateful finds package variables whose type alone makes them state: locks, atomics, pools, channels.
func stateful(f *ast.File) []*ast.Ident {
	names := importNames(f)
	var out []*ast.Ident
	for _, v := range declaredVariables(f) {
		kind := v.kind
		for {
			switch k := kind.(type) {
			case *ast.CompositeLit:
				kind = k.Type
				continue
			case *ast.UnaryExpr:
				kind = k.X
				continue
			case *ast.StarExpr:
				kind = k.X
				continue
			case *ast.IndexExpr:
				kind = k.X
				continue
			case *ast.CallExpr:
				// make(chan T) is state; a call of a function gives a table.
				if fun, ok := k.Fun.(*ast.Ident); ok && fun.Name == "make" {
					kind = k.Args[0]
					continue
				}
			}
			break
		}
		switch k := kind.(type) {
		case *ast.ChanType:
			out = append(out, v.name)
		case *ast.SelectorExpr:
			if x, ok := k.X.(*ast.Ident); ok && (names[x.Name] == "sync" || names[x.Name] == "sync/atomic") {
				out = append(out, v.name)
			}
		}
	}
	return out
}

// mutations finds assignments to package variables: v = x, v[i] = x, v.f = x, v++, delete(v, k), clear(v), &v. Names that
// a function declares itself do not count for that function.
func mutations(f *ast.File, variables map[string]bool) []*ast.Ident {
	var out []*ast.Ident
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		local := localNames(fn)
		hit := func(e ast.Expr) {
			if id := rootOf(e); id != nil && variables[id.Name] && !local[id.Name] {
				out = append(out, id)
			}
		}
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				if n.Tok != token.DEFINE {
					for _, l := range n.Lhs {
						hit(l)
					}
				}
			case *ast.IncDecStmt:
				hit(n.X)
			case *ast.UnaryExpr:
				if n.Op == token.AND {
					if _, isName := n.X.(*ast.Ident); isName {
						hit(n.X)
					}
				}
			case *ast.CallExpr:
				if fun, ok := n.Fun.(*ast.Ident); ok && len(n.Args) > 0 && slices.Contains([]string{"delete", "clear"}, fun.Name) {
					hit(n.Args[0])
				}
			}
			return true
		})
	}
	return out
}

// rootOf is the variable at the start of an expression such as v.f[i].
func rootOf(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil
		}
	}
}

// localNames are the names that a function declares anywhere: parameters, results, := and var.
func localNames(fn *ast.FuncDecl) map[string]bool {
	out := map[string]bool{}
	fields := func(l *ast.FieldList) {
		if l == nil {
			return
		}
		for _, f := range l.List {
			for _, n := range f.Names {
				out[n.Name] = true
			}
		}
	}
	fields(fn.Recv)
	ast.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncType:
			fields(n.Params)
			fields(n.Results)
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE {
				for _, l := range n.Lhs {
					if id, ok := l.(*ast.Ident); ok {
						out[id.Name] = true
					}
				}
			}
		case *ast.RangeStmt:
			for _, e := range []ast.Expr{n.Key, n.Value} {
				if id, ok := e.(*ast.Ident); ok && n.Tok == token.DEFINE {
					out[id.Name] = true
				}
			}
		case *ast.ValueSpec:
			for _, id := range n.Names {
				out[id.Name] = true
			}
		}
		return true
	})
	return out
}

func TestImpureCodeIsFound(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"import \"time\"\nfunc f() { time.Now() }", "time.Now"},
		{"import clock \"time\"\nfunc f() { clock.Sleep(1) }", "time.Sleep"},
		{"import \"time\"\nfunc f(t time.Time) time.Duration { return t.Sub(t) }", ""},
		{"import \"math/rand/v2\"\nfunc f() int { return rand.IntN(3) }", "math/rand/v2.IntN"},
		{"import \"math/rand/v2\"\nfunc f() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }", ""},
		{"import \"context\"\nfunc f() { context.Background() }", "context.Background"},
		{"import \"os\"\nvar _ = os.Args", "import os"},
		{"func f() { go f() }", "a goroutine"},
		{"var n int\nfunc f() { n++ }", "the variable n can change"},
		{"var m = map[string]int{}\nfunc f() { m[\"a\"] = 1 }", "the variable m can change"},
		{"var m = map[string]int{}\nfunc f() { m := map[string]int{}; m[\"a\"] = 1 }", ""},
		{"var m = map[string]int{\"a\": 1}\nfunc f() int { return m[\"a\"] }", ""},
		{"import \"sync\"\nvar lock sync.Mutex", "the variable lock can change"},
		{"import \"sync\"\nvar pool = &sync.Pool{}", "the variable pool can change"},
		{"import \"sync/atomic\"\nvar p atomic.Pointer[int]", "the variable p can change"},
		{"var c = make(chan int)", "the variable c can change"},
		{"import \"errors\"\nvar errX = errors.New(\"x\")", ""},
	} {
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, "a.go", "package a\n"+c.src, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, x := range findings(fset, map[string]*ast.File{"a.go": f}, true) {
			got = append(got, x.what)
		}
		if strings.Join(got, "; ") != c.want {
			t.Errorf("%s\ngot %v, want %q", c.src, got, c.want)
		}
	}
}
