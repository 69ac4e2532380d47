package shapes

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// function is a function of the SDK's code.
type function struct {
	decl *ast.FuncDecl
	// subject is the name of the type of its first parameter, without package, pointers and slices.
	subject string
	// list says that the first parameter is a slice or a pointer to one.
	list bool
}

// functions reads a file of a service module. Functions without parameters, and methods, are left out.
func functions(service, file string) (map[string]function, error) {
	dir, err := moduleDir("github.com/aws/aws-sdk-go-v2/service/" + service)
	if err != nil {
		return nil, err
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, file), nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("reading %s of %s: %w", file, service, err)
	}
	out := map[string]function{}
	for _, d := range parsed.Decls {
		decl, ok := d.(*ast.FuncDecl)
		if !ok || decl.Recv != nil || len(decl.Type.Params.List) == 0 {
			continue
		}
		subject, list := typeName(decl.Type.Params.List[0].Type)
		out[decl.Name.Name] = function{decl, subject, list}
	}
	return out, nil
}

// moduleDir is where the go command keeps a module that go.mod names.
func moduleDir(module string) (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		return "", fmt.Errorf("go list -m %s: %w", module, err)
	}
	dir := strings.TrimSpace(string(out))
	if dir == "" {
		return "", fmt.Errorf("module %s is not in the module cache: run `go mod download`", module)
	}
	return dir, nil
}

func typeName(e ast.Expr) (name string, list bool) {
	switch t := e.(type) {
	case *ast.StarExpr:
		return typeName(t.X)
	case *ast.ArrayType:
		name, _ = typeName(t.Elt)
		return name, true
	case *ast.SelectorExpr:
		return t.Sel.Name, false
	case *ast.Ident:
		return t.Name, false
	}
	return "", false
}

// reached is every function that the first ones call, directly or not, and they themselves.
func reached(all map[string]function, first []string) map[string]function {
	out := map[string]function{}
	var visit func(name string)
	visit = func(name string) {
		f, ok := all[name]
		if _, seen := out[name]; seen || !ok {
			return
		}
		out[name] = f
		for _, callee := range calls(f.decl.Body) {
			visit(callee)
		}
	}
	for _, name := range first {
		visit(name)
	}
	return out
}

// calls are the names of the functions that a piece of code calls.
func calls(n ast.Node) []string {
	var out []string
	ast.Inspect(n, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if id, ok := call.Fun.(*ast.Ident); ok {
				out = append(out, id.Name)
			}
		}
		return true
	})
	return out
}

// member is the first selector on a variable in a piece of code: F for v.F.
func member(n ast.Node, variable string) string {
	var out string
	ast.Inspect(n, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && out == "" {
			if id, ok := s.X.(*ast.Ident); ok && id.Name == variable {
				out = s.Sel.Name
			}
		}
		return out == ""
	})
	return out
}

// callOf is the string that is the first argument of a call of a method, if the expression is one.
func callOf(e ast.Expr, receiver string, methods ...string) (string, bool) {
	call, ok := e.(*ast.CallExpr)
	if !ok || len(call.Args) == 0 {
		return "", false
	}
	s, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	id, ok := s.X.(*ast.Ident)
	if !ok || id.Name != receiver {
		return "", false
	}
	for _, m := range methods {
		if s.Sel.Name == m {
			return literal(call.Args[0])
		}
	}
	return "", false
}

func literal(e ast.Expr) (string, bool) {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(l.Value)
	return text, err == nil
}
