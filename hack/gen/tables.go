package main

import (
	"fmt"
	"strings"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

// attributesPage renders the attribute table, one section for each resource.
func attributesPage() string {
	var b strings.Builder
	b.WriteString("# Attributes\n\n")
	b.WriteString("<!-- Rendered from the attribute table by `make gen`; changes by hand are lost. -->\n\n")
	b.WriteString("Keys of load balancers, target groups and listeners, as `load-balancer-attributes`, `target-group-attributes` and\n" +
		"`listener-attributes.*` take them. *Proxy* says whether our own proxy carries the key out; AWS gets every key.\n")
	resource := model.AttributeResource("")
	for _, s := range model.Attributes() {
		if s.Resource != resource {
			resource = s.Resource
			fmt.Fprintf(&b, "\n## Of a %s\n\n| key | for | values | default | proxy | |\n|---|---|---|---|---|---|\n", resource)
		}
		kinds := make([]string, len(s.Types))
		for i, t := range s.Types {
			kinds[i] = string(t)
		}
		honoured := ""
		if s.Honoured {
			honoured = "yes"
		}
		value := s.Default
		if value != "" {
			value = "`" + value + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", s.Key, strings.Join(kinds, ", "), s.Expected(), value, honoured, s.Doc)
	}
	return b.String()
}

// messagesPage renders the message catalogue.
func messagesPage() string {
	var b strings.Builder
	b.WriteString("# Messages\n\n<!-- Rendered from the message catalogue by `make gen`; changes by hand are lost. -->\n\n")
	b.WriteString("Every message about an object has a number that never gets another meaning. An *error* says that something is not in\n" +
		"effect, a *warning* that it works otherwise than written, a *notice* that something is worth knowing.\n\n")
	b.WriteString("| code | level | message | what to do |\n|---|---|---|---|\n")
	for _, m := range diag.Catalogue() {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", m.Code, m.Level, cell(m.Text), cell(m.Remedy))
	}
	return b.String()
}

// cell makes text safe inside a Markdown table.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "\n", " ").Replace(s)
}
