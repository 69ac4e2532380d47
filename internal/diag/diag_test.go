package diag

import (
	"regexp"
	"testing"
)

func TestEveryMessageIsComplete(t *testing.T) {
	seen := map[Code]bool{}
	form := regexp.MustCompile(`^GW[1-8]\d{3}$`)
	for _, m := range Catalogue() {
		if !form.MatchString(string(m.Code)) {
			t.Errorf("code %q is not GW and four digits in a known range", m.Code)
		}
		if seen[m.Code] {
			t.Errorf("code %s is given to two messages", m.Code)
		}
		seen[m.Code] = true
		if m.Text == "" || m.Remedy == "" || m.Level < Notice || m.Level > Error {
			t.Errorf("%s lacks a text, a remedy or a level", m.Code)
		}
	}
}

func TestArgumentsCannotForgeLines(t *testing.T) {
	d := New(AnnotationInvalid, Object{"Ingress", "shop", "web"}, "f", A("value", "a\r\nerror GW9999 forged"))
	for _, c := range d.String() {
		if c == '\n' || c == '\r' {
			t.Fatalf("a line break got through: %q", d.String())
		}
	}
}

func TestSortedDropsRepeats(t *testing.T) {
	var c Collector
	for range 2 {
		c.Add(AnnotationAlias, Object{"Ingress", "a", "b"}, "f", A("key", "x"), A("current", "y"))
	}
	if got := c.Sorted(); len(got) != 1 {
		t.Fatalf("want one diagnostic, got %v", got)
	}
}
