package nginx

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gwanmun/gwanmun/internal/annotation"
)

func everyKey() []annotation.Declared {
	return slices.Concat(Registry.All(), ConfigRegistry.All())
}

func TestEveryEntryIsComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Registry.All() {
		e := k.Declaration()
		for _, name := range append([]string{e.Suffix}, e.Aliases...) {
			if seen[name] {
				t.Errorf("%s is declared twice", name)
			}
			seen[name] = true
		}
		if e.Doc == "" || e.Example == "" || e.Since == "" || e.Group == "" || e.Scope == "" || e.Merge == "" || len(e.Kinds) == 0 {
			t.Errorf("%s lacks a doc, example, version, group, scope, merge rule or kind", e.Suffix)
		}
		if e.Risk == annotation.NoRisk {
			t.Errorf("%s lacks a risk", e.Suffix)
		}
		if e.Internal.Level != annotation.Full && e.Internal.Why == "" {
			t.Errorf("%s does not say why it is not carried out", e.Suffix)
		}
		if e.Internal.Level == annotation.Full && e.WhileUnsupported != "" {
			t.Errorf("%s is carried out and still says what happens while it is not", e.Suffix)
		}
	}
}

func TestAllNamesOfTheReferenceAreDeclared(t *testing.T) {
	current := 0
	for _, k := range Registry.All() {
		if k.Declaration().Group != groupRemoved {
			current++
		}
	}
	if current < 136 {
		t.Errorf("the original has 136 current annotations, declared are %d", current)
	}
	for _, alias := range []string{"whitelist-source-range", "limit-whitelist"} {
		if _, ok := Registry.Lookup(Prefix + alias); !ok {
			t.Errorf("the old name %s is not known", alias)
		}
	}
}

func TestExamplesAndDefaultsParse(t *testing.T) {
	for _, k := range everyKey() {
		e := k.Declaration()
		if err := k.Check(e.Example); err != nil {
			t.Errorf("%s: the example %q does not parse: %v", e.Suffix, e.Example, err)
		}
		if e.Default != "" {
			if err := k.Check(e.Default); err != nil {
				t.Errorf("%s: the default %q does not parse: %v", e.Suffix, e.Default, err)
			}
		}
		for _, v := range e.Inert {
			if got, err := k.Canonical(v); err != nil || got != v {
				t.Errorf("%s: the inert value %q is not canonical: %q, %v", e.Suffix, v, got, err)
			}
		}
	}
}

// TestPrintingAnAcceptedValueKeepsIt is property 6 over the whole table.
func TestPrintingAnAcceptedValueKeepsIt(t *testing.T) {
	keys := everyKey()
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom(keys).Draw(t, "key")
		raw := rapid.OneOf(
			rapid.String(),
			rapid.Just(k.Declaration().Example),
			rapid.StringMatching(`[0-9]{1,12}[bkmgBKMG]?`),
			rapid.StringMatching(`[a-z/.$0-9 ,:*_-]{0,20}`),
			rapid.StringMatching(`([0-9]{1,3}\.){3}[0-9]{1,3}(/[0-9]{1,2})?(,[0-9a-f:]{2,10}/[0-9]{1,3})?`),
			rapid.SampledFrom([]string{"true", "T", "0", "on", "off", "https", "GRPC", "none", "CN=a", "a b", "a/b", "200,404"}),
		).Draw(t, "raw")
		checkStable(t, k, raw)
	})
}

func FuzzAnnotations(f *testing.F) {
	keys := everyKey()
	for i, k := range keys {
		f.Add(uint16(i), k.Declaration().Example)
	}
	for _, hostile := range []string{"\r\n", "\x00", "}", ";", "$", "$$", "%", "//", "(", "(?=a)", "9223372036854775808g", strings.Repeat("a", 70000)} {
		f.Add(uint16(0), hostile)
	}
	f.Fuzz(func(t *testing.T, i uint16, raw string) {
		checkStable(t, keys[int(i)%len(keys)], raw)
	})
}

func checkStable(t interface{ Fatalf(string, ...any) }, k annotation.Declared, raw string) {
	once, err := k.Canonical(raw)
	if (err == nil) != (k.Check(raw) == nil) {
		t.Fatalf("%s: Check and Canonical disagree about %q", k.Declaration().Suffix, raw)
	}
	if err != nil {
		return
	}
	twice, err := k.Canonical(once)
	if err != nil || twice != once {
		t.Fatalf("%s: %q became %q, and that %q (%v)", k.Declaration().Suffix, raw, once, twice, err)
	}
	if k.Declaration().Internal.Level == annotation.Full && strings.ContainsAny(once, "\r\n\x00") {
		t.Fatalf("%s: a control character got through in %q", k.Declaration().Suffix, once)
	}
}

func TestBlankValuesCountAsNotSet(t *testing.T) {
	got := Clean(map[string]string{
		Prefix + "app-root": "  \n ", Prefix + "canary": " true ", "other/key": "x", Prefix + "auth-realm": "a\n  b",
	})
	if len(got) != 2 || got[Prefix+"canary"] != "true" || got[Prefix+"auth-realm"] != "a\nb" {
		t.Errorf("got %q", got)
	}
}

func TestTheReferencePageIsStable(t *testing.T) {
	a, b := Page().Markdown(), Page().Markdown()
	c, d := ConfigPage().Markdown(), ConfigPage().Markdown()
	if a != b || c != d {
		t.Error("two renderings differ")
	}
	for _, k := range Registry.All() {
		if !strings.Contains(a, "### "+k.Declaration().Suffix+"\n") {
			t.Errorf("%s has no section", k.Declaration().Suffix)
		}
	}
}
