package testkit

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Expectations about the pod that answers.
const (
	same  = "same"
	other = "other"
)

// jar is a client of a case: its cookies, by name, and the pod that answered it last. Paths and domains of cookies do not
// matter here. The nil jar keeps nothing.
type jar struct {
	cookies map[string]string
	pod     string
	// location is where the last answer that was a redirect led to.
	location string
}

// jar returns the client of that name, nil for none.
func (f *front) jar(name string) *jar {
	if name == "" {
		return nil
	}
	if f.jars == nil {
		f.jars = map[string]*jar{}
	}
	if f.jars[name] == nil {
		f.jars[name] = &jar{cookies: map[string]string{}}
	}
	return f.jars[name]
}

// fill returns the request with the jar's cookies. Those that the line itself writes are sent too.
func (j *jar) fill(r *request) *request {
	if j == nil || len(j.cookies) == 0 {
		return r
	}
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(j.cookies)) {
		pairs = append(pairs, name+"="+j.cookies[name])
	}
	filled := *r
	filled.headers = append(slices.Clone(r.headers), "Cookie: "+strings.Join(pairs, "; "))
	return &filled
}

// take keeps the cookies of an answer and compares the pod with the one before.
func (j *jar) take(r *request, got *reply) []string {
	if j == nil {
		if r.compare != "" {
			return []string{r.compare + " needs a jar"}
		}
		return nil
	}
	for _, c := range (&http.Response{Header: got.header}).Cookies() {
		if c.MaxAge < 0 || !c.Expires.IsZero() && c.Expires.Before(time.Now()) {
			delete(j.cookies, c.Name)
			continue
		}
		j.cookies[c.Name] = c.Value
	}
	if place := got.header.Get("Location"); place != "" {
		j.location = place
	}
	seen, ok := got.echo()
	if !ok {
		return nil
	}
	before := j.pod
	j.pod = seen.Service + "/" + seen.Pod
	switch {
	case r.compare == same && before != j.pod, r.compare == other && before == j.pod, r.compare != "" && before == "":
		return []string{fmt.Sprintf("from %s, before from %q", j.pod, before)}
	}
	return nil
}
