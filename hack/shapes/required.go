package shapes

import (
	"fmt"
	"go/ast"
	"maps"
	"slices"
	"strings"
)

// required are the members that must be given, by "service.Shape".
func required() (map[string][]string, error) {
	out := map[string][]string{}
	for _, service := range services {
		all, err := functions(service, "validators.go")
		if err != nil {
			return nil, err
		}
		for _, f := range reached(all, validated(service, all)) {
			if list := requiredOf(f); len(list) > 0 && !f.list {
				out[service+"."+f.subject] = list
			}
		}
	}
	return out, nil
}

// validated are the functions that check the inputs of operations.
func validated(service string, all map[string]function) []string {
	var out []string
	if service == "ec2" {
		for _, op := range ec2Operations {
			out = append(out, "validateOp"+op+"Input")
		}
		return out
	}
	for name := range all {
		if strings.HasPrefix(name, "validateOp") && strings.HasSuffix(name, "Input") {
			out = append(out, name)
		}
	}
	return out
}

// requiredOf finds the names in `invalidParams.Add(smithy.NewErrParamRequired("Name"))`, sorted.
func requiredOf(f function) []string {
	var out []string
	ast.Inspect(f.decl.Body, func(n ast.Node) bool {
		if e, ok := n.(ast.Expr); ok {
			if text, ok := callOf(e, "smithy", "NewErrParamRequired"); ok {
				out = append(out, text)
			}
		}
		return true
	})
	slices.Sort(out)
	return slices.Compact(out)
}

// requiredFile is the Go file that holds the table.
func requiredFile(table map[string][]string) string {
	var b strings.Builder
	b.WriteString(header("members that a request must have"))
	b.WriteString("// requiredMembers holds the members that must be given wherever the structure is, by the SDK's module and the structure.\n" +
		"var requiredMembers = map[string][]string{\n")
	for _, k := range slices.Sorted(maps.Keys(table)) {
		fmt.Fprintf(&b, "\t%q: {%s},\n", k, quoted(table[k]))
	}
	b.WriteString("}\n")
	return b.String()
}

func quoted(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = fmt.Sprintf("%q", s)
	}
	return strings.Join(out, ", ")
}
