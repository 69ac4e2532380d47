package annotation

import (
	"strings"
	"testing"
)

// parses says what a type makes of a text, printed again; "!" when it refuses it.
func parses[T any](t Type[T], raw string) string {
	v, err := t.Parse(raw)
	if err != nil {
		return "!"
	}
	return t.Format(v)
}

func TestValueTypes(t *testing.T) {
	size := func(raw string) string { return parses(Size{}, raw) }
	text := func(raw string) string { return parses(Text{}, raw) }
	sources := func(raw string) string { return parses(Sources{}, raw) }
	url := func(raw string) string { return parses(URL{Schemes: []string{"http", "https"}}, raw) }
	urlOrPath := func(raw string) string { return parses(URL{Schemes: []string{"https"}, Path: true}, raw) }
	variables := func(raw string) string { return parses(URL{Schemes: []string{"https"}, Variables: true}, raw) }
	words := func(raw string) string { return parses(Words{Words: []string{"error", "timeout"}}, raw) }
	codes := func(raw string) string { return parses(Codes{Min: 400, Max: 599}, raw) }
	names := func(raw string) string { return parses(HeaderNames{}, raw) }
	regex := func(raw string) string { return parses(Regex{}, raw) }
	ref := func(raw string) string { return parses(Ref{}, raw) }
	qualified := func(raw string) string { return parses(Ref{Qualified: true}, raw) }
	for _, c := range []struct {
		parse     func(string) string
		raw, want string
	}{
		{size, "8m", "8m"},
		{size, "8M", "8m"},
		{size, "1024k", "1m"},
		{size, "0", "0"},
		{size, "7b", "7"},
		{size, "3g", "3g"},
		{size, "8Mi", "!"},
		{size, "", "!"},
		{size, "m", "!"},
		{size, "-1", "!"},
		{size, "+1", "!"},
		{size, "1.5m", "!"},
		{size, "9223372036854775807", "9223372036854775807"},
		{size, "9223372036854775807k", "!"},
		{text, "a b", "a b"},
		{text, "a\nb", "!"},
		{text, "\x7f", "!"},
		{text, strings.Repeat("a", maxText+1), "!"},
		{sources, "10.1.2.3/8, ::1", "10.0.0.0/8,::1/128"},
		{sources, "0.0.0.0/0,::/0", "0.0.0.0/0,::/0"},
		{sources, "10.0.0.1,10.0.0.1/32", "10.0.0.1/32"},
		{sources, "10.0.0.0/33", "!"},
		{sources, " , ", "!"},
		{sources, "fe80::1%eth0", "!"},
		{url, "https://a.example/x?y=1", "https://a.example/x?y=1"},
		{url, "javascript:alert(1)", "!"},
		{url, "//a.example/", "!"},
		{url, "/path", "!"},
		{url, "http://", "!"},
		{url, "http://user@a.example/", "!"},
		{url, "http://a.example/\r\nX: y", "!"},
		{url, "http://a.example/$x", "!"},
		{url, `http://a.example/"`, "!"},
		{urlOrPath, "/path", "/path"},
		{urlOrPath, "//evil.example", "!"},
		{urlOrPath, "http://a.example", "!"},
		{variables, "https://a.example$request_uri", "https://a.example$request_uri"},
		{variables, "ftp://$host", "!"},
		{words, "timeout  error timeout", "timeout error"},
		{words, "errors", "!"},
		{words, " ", "!"},
		{codes, "503, 404,404", "404,503"},
		{codes, "200", "!"},
		{codes, "", "!"},
		{names, "X-A, X-B", "X-A,X-B"},
		{names, "X A", "!"},
		{names, "*", "!"},
		{names, "a:b", "!"},
		{regex, "^a(b|c)$", "^a(b|c)$"},
		{regex, "a(?=b)", "!"},
		{regex, "(", "!"},
		{regex, strings.Repeat("a", maxRegex+1), "!"},
		{ref, "name", "name"},
		{ref, "ns/name", "ns/name"},
		{ref, "a/b/c", "!"},
		{ref, "../x", "!"},
		{ref, "", "!"},
		{qualified, "name", "!"},
		{qualified, "ns/name", "ns/name"},
	} {
		if got := c.parse(c.raw); got != c.want {
			t.Errorf("%q: got %q, want %q", c.raw, got, c.want)
		}
	}
}

func TestExamineKnowsAliasesAndInertValues(t *testing.T) {
	list := Declare(Sources{}, Entry{Suffix: "allow", Aliases: []string{"white"}, Inert: []string{"0.0.0.0/0,::/0"}})
	flag := Declare(Bool{}, Entry{Suffix: "flag", Inert: []string{"false"}})
	r := NewRegistry("x/", list, flag)
	found := r.Examine(map[string]string{"x/white": "::/0, 0.0.0.0/0", "x/flag": "F", "x/unknown": "", "y/flag": "maybe"})
	if len(found) != 2 || found[0].Name != "x/flag" || found[1].Name != "x/white" || !found[0].Inert() || !found[1].Inert() {
		t.Errorf("got %+v", found)
	}
	found = r.Examine(map[string]string{"x/white": "nonsense", "x/allow": "nonsense"})
	if len(found) != 1 || found[0].Name != "x/allow" || found[0].Err == nil || found[0].Inert() {
		t.Errorf("the current name must win and be invalid: %+v", found)
	}
}

func TestAReferencePageNamesEverything(t *testing.T) {
	k := Declare(Bool{}, Entry{
		Suffix: "some-key", Group: "Some group", Kinds: []Kind{Ingress}, Default: "false", Doc: "What it does.", Example: "true",
		Internal: Support{Partly, "only sometimes"}, WhileUnsupported: DenyRule, Inert: []string{"false"}, Since: "0.1.0",
	})
	family := Declare(StringList{}, Entry{Suffix: "some.", Kinds: []Kind{Ingress, Service}, External: Support{Level: Full}})
	got := Page{Title: "T", Intro: "I", Registry: NewRegistry("x/", k, family), Internal: true, External: true}.Markdown()
	for _, want := range []string{
		"# T\n", "\nI\n", "[`some-key`](#some-key)", "## Some group\n", "### some-key\n", "`x/some-key`", "What it does.",
		"- internal: partly: only sometimes\n", "unless the value is `false`", "## Others\n", "### some.*\n", "[`some.*`](#some)",
		"- sits on: Ingress or Service\n", "- external: yes\n", "| partly | no |",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}
