package testkit

import (
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gwanmun/gwanmun/internal/annotation"
	"github.com/gwanmun/gwanmun/internal/annotation/alb"
	"github.com/gwanmun/gwanmun/internal/annotation/nginx"
	"github.com/gwanmun/gwanmun/internal/annotation/nlb"
)

// declared lists every annotation of all classes.
func declared() []annotation.Declared {
	return slices.Concat(nginx.Registry.All(), alb.Registry().All(), nlb.Registry().All())
}

// Property 6: what a type accepts it prints so that it accepts it again, with the same meaning.
func TestPrintingAnAcceptedValueAndParsingItAgainChangesNothing(t *testing.T) {
	all := declared()
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom(all).Draw(t, "key")
		e := k.Declaration()
		raw := rapid.OneOf(
			rapid.SampledFrom([]string{e.Example, e.Default, "true", "0", "-1", "1.5", "10m", "5s", "a=b,c=d", "10.0.0.0/8", `{"type":"x"}`, "[]", "null"}),
			rapid.Map(rapid.SliceOfN(rapid.SampledFrom(pieces(e.Example)), 0, 8), func(p []string) string { return strings.Join(p, "") }),
			rapid.String(),
		).Draw(t, "raw")
		once, err := k.Canonical(raw)
		if err != nil {
			return
		}
		twice, err := k.Canonical(once)
		if err != nil || once != twice {
			t.Fatalf("%s%s: %q became %q, and that %q (%v)", e.FullKey, e.Suffix, raw, once, twice, err)
		}
	})
}

// pieces cuts an example at its signs, so that random values look like it.
func pieces(example string) []string {
	out := []string{"", ",", "=", " ", `\`, "0", "999999999999", "-"}
	start := 0
	for i := range len(example) {
		if strings.IndexByte(`,=:;/ "{}[]`, example[i]) >= 0 {
			out = append(out, example[start:i], example[i:i+1])
			start = i + 1
		}
	}
	return append(out, example[start:])
}

func TestEveryExampleIsAccepted(t *testing.T) {
	for _, k := range declared() {
		e := k.Declaration()
		if e.Example == "" {
			continue
		}
		if err := k.Check(e.Example); err != nil {
			t.Errorf("%s%s: the example %q is refused: %v", e.FullKey, e.Suffix, e.Example, err)
		}
	}
}

func TestEveryAnnotationHasACase(t *testing.T) {
	var text strings.Builder
	for _, file := range CaseFiles(t, "../../test/cases") {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(data)
	}
	all := text.String()
	for _, k := range declared() {
		e := k.Declaration()
		names := append([]string{e.Suffix}, e.Aliases...)
		if e.FullKey != "" {
			names = []string{e.FullKey}
		}
		found := false
		for _, n := range names {
			found = found || strings.Contains(all, n+":") || strings.Contains(all, n+"]") || e.IsFamily() && strings.Contains(all, n)
		}
		if !found {
			t.Errorf("no case mentions %s%s", e.FullKey, e.Suffix)
		}
	}
}
