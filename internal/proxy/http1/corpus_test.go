package http1

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/testkit/escapes"
)

// A corpus case is a message and what must become of it. The files say it so:
//
//	== title
//	GET / HTTP/1.1          lines end in CRLF, but one that ends in a backslash
//	A: {x*100}\x00          text may repeat, bytes may be escaped: \r \n \t \xHH \\
//
//	-> nginx: 400           who (all, nginx, elb, ...): what
//	-> elb: accept host=a
type corpusCase struct {
	file, title string
	input       []byte
	wants       []corpusWant
}

type corpusWant struct {
	who  string
	what []string
}

func readCorpus(t testing.TB, pattern string) []corpusCase {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no corpus in %s: %v", pattern, err)
	}
	var all []corpusCase
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split("\n"+string(text), "\n== ")[1:] {
			c := parseCase(t, part)
			c.file = filepath.Base(file)
			all = append(all, c)
		}
	}
	return all
}

func parseCase(t testing.TB, part string) corpusCase {
	t.Helper()
	title, rest, _ := strings.Cut(part, "\n")
	c := corpusCase{title: title}
	for _, line := range strings.Split(rest, "\n") {
		if expectation, ok := strings.CutPrefix(line, "-> "); ok {
			who, what, ok := strings.Cut(expectation, ": ")
			if !ok || strings.ContainsAny(who, " =") {
				who, what = "all", expectation // responses have one audience
			}
			c.wants = append(c.wants, corpusWant{who, splitWants(what)})
			continue
		}
		if len(c.wants) > 0 {
			if line != "" {
				t.Fatalf("%s: text behind expectations: %q", title, line)
			}
			continue
		}
		line, open := strings.CutSuffix(line, `\`)
		c.input = append(c.input, unescape(t, line)...)
		if !open {
			c.input = append(c.input, "\r\n"...)
		}
	}
	if len(c.wants) == 0 {
		t.Fatalf("%s: no expectations", title)
	}
	return c
}

// splitWants cuts "accept host=a fields=A: b|C: d keep" before every word that is one of ours.
func splitWants(what string) []string {
	var wants []string
	for _, word := range strings.Split(what, " ") {
		key, _, _ := strings.Cut(word, "=")
		if len(wants) == 0 || wantWords[key] {
			wants = append(wants, word)
		} else {
			wants[len(wants)-1] += " " + word
		}
	}
	return wants
}

var wantWords = wordSet(`accept more keep close closetarget expect noexpect noquery noupgrade upgrade length body
	bodylength bodyerror rest method target path query normal host authority proto class reason field nofield fields
	status kind switch phrase`)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

func unescape(t testing.TB, line string) []byte {
	t.Helper()
	out, err := escapes.Undo(line)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// checkWants compares facts about an accepted message with what a case wants.
func checkWants(t testing.TB, wants []string, facts map[string]string, fields []string) {
	t.Helper()
	for _, want := range wants {
		key, value, _ := strings.Cut(want, "=")
		expected := string(unescape(t, value))
		switch key {
		case "field":
			if !contains(fields, expected) {
				t.Errorf("no field %q in %q", expected, fields)
			}
		case "nofield":
			for _, f := range fields {
				if name, _, _ := strings.Cut(f, ":"); strings.EqualFold(name, expected) {
					t.Errorf("field %q is there", f)
				}
			}
		case "fields":
			if got := strings.Join(fields, "|"); got != expected {
				t.Errorf("fields are %q, not %q", got, expected)
			}
		default:
			got, known := facts[key]
			if !known {
				t.Errorf("no fact %q; facts: %q", key, facts)
				continue
			}
			if prefix, ok := strings.CutSuffix(expected, "*"); ok && key != "target" && key != "path" {
				if !strings.HasPrefix(got, prefix) {
					t.Errorf("%s is %q, not %q...", key, got, prefix)
				}
			} else if got != expected {
				t.Errorf("%s is %q, not %q", key, got, expected)
			}
		}
	}
}

func contains(list []string, s string) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}

func fact(format string, v any) string { return fmt.Sprintf(format, v) }
