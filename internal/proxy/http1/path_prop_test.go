package http1

import (
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// naiveNormal says what a normal path is, in the simplest words.
func naiveNormal(path string) (string, bool) {
	decoded, err := url.PathUnescape(path)
	if err != nil || strings.Contains(decoded, "\x00") && strings.Contains(path, "%00") {
		return "", false
	}
	var kept []string
	parts := strings.Split(decoded, "/")[1:]
	for i, part := range parts {
		last := i == len(parts)-1
		switch {
		case part == ".." && len(kept) == 0:
			return "", false
		case part == "..":
			kept = kept[:len(kept)-1]
		case part != "" && part != ".":
			kept = append(kept, part)
			continue
		}
		if last {
			kept = append(kept, "")
		}
	}
	return "/" + strings.Join(kept, "/"), true
}

func TestNormalPathsAreWhatTheNaiveDefinitionSays(t *testing.T) {
	piece := rapid.SampledFrom([]string{
		"/", "/", "//", ".", "..", "a", "b.c", "%2f", "%2F", "%2e", "%2E%2e", "%61", "%00", "%", "%zz", "%4", ";", "?", "%25", "é", "...",
	})
	rapid.Check(t, func(t *rapid.T) {
		path := "/" + strings.Join(rapid.SliceOfN(piece, 0, 12).Draw(t, "pieces"), "")
		want, wantOK := naiveNormal(path)
		normal, _, ok := normalise([]byte(path), nil)
		if ok != wantOK || ok && string(normal) != want {
			t.Fatalf("%q: %q %v, naively %q %v", path, normal, ok, want, wantOK)
		}
		appended, ok := AppendNormalPath([]byte("before"), []byte(path))
		if ok != wantOK || ok && string(appended) != "before"+want {
			t.Fatalf("%q appended: %q %v", path, appended, ok)
		}
	})
}
