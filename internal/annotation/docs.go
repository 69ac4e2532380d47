package annotation

import (
	"cmp"
	"fmt"
	"strings"
)

// Page is a reference page that is rendered from a registry. Equal registries give equal pages, so a page in the
// repository can be compared with what its registry says now.
type Page struct {
	Title string
	// Intro is Markdown between the title and the first table.
	Intro    string
	Registry *Registry
	// External and Internal say which realizers the dialect can have; only those are shown.
	External bool
	Internal bool
}

// Markdown renders the page: a table of all annotations first, then one section for each, under the headings of their
// groups, in declared order.
func (p Page) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n", p.Title)
	b.WriteString("<!-- Rendered from the annotation registry by `make gen`; changes by hand are lost. -->\n\n")
	if p.Intro != "" {
		b.WriteString(strings.TrimSpace(p.Intro) + "\n\n")
	}
	p.table(&b)
	group := ""
	for _, k := range p.Registry.All() {
		e := k.Declaration()
		if e.Group != group {
			group = e.Group
			fmt.Fprintf(&b, "## %s\n\n", cmp.Or(group, "Others"))
		}
		p.section(&b, k)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func (p Page) table(b *strings.Builder) {
	b.WriteString("| annotation | value | default |")
	rule := "|---|---|---|"
	if p.Internal {
		b.WriteString(" internal |")
		rule += "---|"
	}
	if p.External {
		b.WriteString(" external |")
		rule += "---|"
	}
	b.WriteString("\n" + rule + "\n")
	for _, k := range p.Registry.All() {
		e := k.Declaration()
		fmt.Fprintf(b, "| [`%s`](#%s) | %s | %s |", p.shown(e), p.anchor(e), cell(k.Expected()), code(e.Default))
		if p.Internal {
			fmt.Fprintf(b, " %s |", e.Internal.Level)
		}
		if p.External {
			fmt.Fprintf(b, " %s |", e.External.Level)
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
}

func (p Page) section(b *strings.Builder, k Declared) {
	e := k.Declaration()
	fmt.Fprintf(b, "### %s\n\n`%s`\n\n", p.shown(e), p.Registry.FullKey(e))
	if e.Doc != "" {
		b.WriteString(strings.TrimSpace(e.Doc) + "\n\n")
	}
	item := func(name, text string) {
		if text != "" {
			fmt.Fprintf(b, "- %s: %s\n", name, text)
		}
	}
	item("value", k.Expected())
	item("default", code(e.Default))
	item("example", code(e.Example))
	item("sits on", joinKinds(e.Kinds))
	item("acts on", string(e.Scope))
	item("among several objects", string(e.Merge))
	item("key of the controller's ConfigMap", code(e.ConfigMapKey))
	item("field of IngressClassParams", code(e.ParamsField))
	item("flag", code(e.Flag))
	item("other names", codes(e.Aliases))
	item("risk", e.Risk.String())
	item("when invalid", string(e.OnInvalid))
	p.support(item, e)
	item("since", e.Since)
	b.WriteString("\n")
}

func (p Page) support(item func(name, text string), e *Entry) {
	one := func(name string, s Support) {
		text := s.Level.String()
		if s.Why != "" {
			text += ": " + s.Why
		}
		item(name, text)
	}
	if p.Internal {
		one("internal", e.Internal)
	}
	if p.External {
		one("external", e.External)
	}
	if e.WhileUnsupported != "" {
		text := string(e.WhileUnsupported)
		if len(e.Inert) > 0 {
			text += ", unless the value is " + codes(e.Inert)
		}
		item("while not carried out", text)
	}
}

func (p Page) shown(e *Entry) string {
	name := cmp.Or(e.FullKey, e.Suffix)
	if e.IsFamily() {
		name += "*"
	}
	return name
}

// anchor is the fragment that GitHub gives the heading of a section.
func (p Page) anchor(e *Entry) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '-' || r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z':
			return r
		case 'A' <= r && r <= 'Z':
			return r - 'A' + 'a'
		}
		return -1
	}, p.shown(e))
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + cell(s) + "`"
}

func codes(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = code(s)
	}
	return strings.Join(out, ", ")
}

// cell keeps a text from ending its table cell or line.
func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "\r", " ", "\n", " ").Replace(s)
}
