package testkit

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gwanmun/gwanmun/internal/proxy"
)

// Whatever the objects, requests get an answer, and the explanation of each is what happened.
func TestRandomWorldsAnswerAsExplained(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := emptyWorld(rt)
		for range rapid.IntRange(2, 10).Draw(rt, "objects") {
			w.apply([]any{randomObject(rt, w.options)}, nil)
		}
		f, err := startFront(w.options)
		if err != nil {
			rt.Fatal(err)
		}
		defer func() {
			if err := f.close(); err != nil {
				rt.Fatal(err)
			}
		}()
		if err := f.take(w); err != nil {
			rt.Fatal(err)
		}
		// Network load balancers have no requests to explain.
		places := slices.DeleteFunc(f.server.Addresses(), func(p proxy.Placement) bool { return strings.HasPrefix(p.LoadBalancer, "nlb/") })
		for range rapid.IntRange(1, 8).Draw(rt, "requests") {
			at := rapid.SampledFrom(places).Draw(rt, "at")
			r := randomRequest(rt, map[bool]string{true: "https", false: "http"}[at.Port == 443])
			got, err := r.send(at.Address)
			if err != nil {
				rt.Fatalf("%s: %v", r.line, err)
			}
			if problems := f.explained(r, at, got); len(problems) > 0 {
				rt.Fatalf("%s %d: %s: %v", at.LoadBalancer, at.Port, r.line, problems)
			}
		}
	})
}

func randomRequest(t *rapid.T, scheme string) *request {
	host := rapid.SampledFrom([]string{"a.example", "a.example", "a.example", "A.example", "b.example", "c.example", "x.a.example", "www.a.example", "a.example:8080", "1.2.3.4"}).Draw(t, "host")
	path := rapid.SampledFrom([]string{"/", "/x", "/x/", "/x/y", "/x/y/z", "/xx", "/X", "/v12", "//x", "/x/../x/y", "/x%2Fy", "/x?y=/x/y", "/%41", "/x/./y?"}).Draw(t, "path")
	line := fmt.Sprintf("%s %s://%s%s", rapid.SampledFrom([]string{"GET", "POST", "HEAD", "OPTIONS"}).Draw(t, "method"), scheme, host, path)
	for _, argument := range []string{`-H "X-Canary: always"`, `-H "Cookie: a=b"`, "user=ann:secret", "user=ann:wrong", "body=2KiB", `-H "X-Forwarded-For: 9.9.9.9"`} {
		if rapid.IntRange(0, 3).Draw(t, argument) == 0 {
			line += " " + argument
		}
	}
	r, err := readRequest(line + " -> 200")
	if err != nil {
		t.Fatal(err)
	}
	// One password is enough.
	seen := false
	r.headers = slices.DeleteFunc(r.headers, func(h string) bool {
		again := seen && h[0] == 'A'
		seen = seen || h[0] == 'A'
		return again
	})
	return r
}
