package model

import (
	"fmt"
	"reflect"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
	"sigs.k8s.io/yaml"
)

// awkward are texts that a printer gets wrong easily.
var awkward = []string{
	"true", "No", "on", "y", "null", "~", "0x1F", "1_000", "12:30:45", "1e3", ".inf", "2026-11-20", "<<", "=", "-", "- a", "a: b", "a #b",
	" a", "a ", "a:", "#a", "*a", "&a", "!a", "%a", "@a", "`a", "[a]", "{a}", "a, b", "'", `"`, `\`, `a\nb`, "a\nb", "a\nb\n", "a\n\nb\n\n",
	"\n", "\n\n", " a\nb", "a\n b", "a\n\tb", "\ta\nb", "a \nb", "a\r\nb", "\x00", "\x7f", "\u0085", "\u2028", "\ufeff", "\ufffd", "관문", "😀", "\xff", "a\xffb",
	"10.0.0.0/8", "10.0.0.1", "::1", "fd00::/8", "200-299", "(?i)^/foo$", `\*`, "#{host}", "/#{path}", "?", "? a", "|", ">", "---", "...", "<secret 00000000>",
}

// anyText draws short strings, awkward ones among them.
func anyText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom(awkward),
		rapid.StringMatching(`[a-z0-9/*.:# -]{0,12}`),
		rapid.String(),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 4), func(b []byte) string { return string(b) }),
	)
}

// fill draws any value of v's type. Empty lists stay nil: the text form does not tell the two apart.
func fill(t *rapid.T, v reflect.Value, label string) {
	if rapid.IntRange(0, 3).Draw(t, label+"?") == 0 {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), label+"."+v.Type().Field(i).Name)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), label)
	case reflect.Slice:
		if isBytes(v.Type()) {
			if s := anyText().Draw(t, label); s != "" {
				v.SetBytes([]byte(s))
			}
			return
		}
		if n := rapid.IntRange(0, 2).Draw(t, label+"#"); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				fill(t, v.Index(i), fmt.Sprint(label, i))
			}
		}
	case reflect.String:
		v.SetString(anyText().Draw(t, label))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, label))
	case reflect.Int32:
		v.SetInt(int64(rapid.Int32().Draw(t, label)))
	case reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, label))
	default:
		t.Fatalf("%s has kind %s, which the text form does not know", label, v.Kind())
	}
}

func anyModel(t *rapid.T) *Model {
	m := &Model{}
	v := reflect.ValueOf(m).Elem()
	fill(t, v.Field(rapid.IntRange(0, v.NumField()-1).Draw(t, "part")), "model")
	return m
}

func TestParsingWhatWasPrintedGivesTheSameModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyModel(t)
		text := Print(m, WithSecrets())
		back, err := Parse(text)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if d := cmp.Diff(m, back); d != "" {
			t.Fatalf("%s\n%s", d, text)
		}
	})
}

func TestPrintedModelsAreYAML(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyModel(t)
		for _, text := range [][]byte{Print(m, WithSecrets()), Print(m, ForCases())} {
			sameAsYAML(t, text)
		}
	})
}

func TestAwkwardTextsAreYAML(t *testing.T) {
	for _, s := range awkward {
		m := &Model{TargetGroups: []TargetGroup{{ID: s, HealthCheck: &HealthCheck{Path: s}, Tags: []Tag{{s, s}}}}}
		sameAsYAML(t, Print(m))
	}
}

// sameAsYAML compares our reading of a text with a full YAML parser's.
func sameAsYAML(t interface{ Fatalf(string, ...any) }, text []byte) {
	n, err := readDocument(string(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var theirs any
	if err := yaml.UnmarshalStrict(text, &theirs); err != nil {
		t.Fatalf("not YAML: %v\n%s", err, text)
	}
	if d := cmp.Diff(generic(n), theirs); d != "" {
		t.Fatalf("%s\n%s", d, text)
	}
}

// generic is a node as a YAML parser would give it.
func generic(n *node) any {
	switch n.kind {
	case listNode:
		out := []any{}
		for _, item := range n.items {
			out = append(out, generic(item))
		}
		return out
	case mapNode:
		out := map[string]any{}
		for i, key := range n.keys {
			out[key] = generic(n.items[i])
		}
		return out
	}
	if f, err := strconv.ParseFloat(n.text, 64); err == nil && !n.quoted {
		return f
	}
	if !n.quoted && (n.text == "true" || n.text == "false") {
		return n.text == "true"
	}
	// JSON, which sigs.k8s.io/yaml goes through, cannot hold what is not UTF-8.
	return string([]rune(n.text))
}

func FuzzParseModel(f *testing.F) {
	f.Add([]byte(smallText))
	f.Add([]byte("targetGroups:\n- id: |\n    a\n\n   b\n"))
	f.Add([]byte("targetGroups: [{tags: {a: 'b'}}, !!binary \"/w==\"]"))
	for _, s := range awkward {
		f.Add([]byte("targetGroups:\n  - id: " + s + "\n"))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := Parse(text)
		if err != nil {
			return
		}
		again := Print(m, WithSecrets())
		back, err := Parse(again)
		if err != nil || !cmp.Equal(m, back) {
			t.Fatalf("%v\n%s\n%s", err, again, cmp.Diff(m, back))
		}
	})
}
