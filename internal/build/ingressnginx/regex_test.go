package ingressnginx

import (
	"regexp"
	"testing"
)

func TestGroupsAreReferredToByNumber(t *testing.T) {
	re := regexp.MustCompile(`(?i)/(?P<first>a)/(b)/(?P<third>c)`)
	for target, want := range map[string]struct{ replace, missing string }{
		"/x":               {"/x", ""},
		"/$1/$2":           {"/$1/$2", ""},
		"/$third-$first":   {"/$3-$1", ""},
		"/$first$third":    {"/$1$3", ""},
		"/$9":              {"/$9", ""},
		"/$10":             {"/$10", ""},
		"/$unknown/x":      {"", "unknown"},
		"/$first_and_more": {"", "first_and_more"},
	} {
		if replace, missing := numberGroups(target, re); replace != want.replace || missing != want.missing {
			t.Errorf("%s: got %q and %q", target, replace, missing)
		}
	}
}

func TestGlobsOfPathsMatchNothingElse(t *testing.T) {
	for path, want := range map[string]string{"/a": "/a", "/a*": `/a\*`, "/a?b": `/a\?b`, `/a\b`: `/a\\b`} {
		if got := escapeGlob(path); got != want {
			t.Errorf("%s became %s", path, got)
		}
	}
}
