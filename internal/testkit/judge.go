package testkit

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gwanmun/gwanmun/internal/echo"
)

// judge says what is wrong with a reply, or nothing.
func (r *request) judge(got *reply) []string {
	var out []string
	if got.status != r.status && r.status != -1 {
		out = append(out, fmt.Sprintf("status %d", got.status))
	}
	seen, isEcho := got.echo()
	if r.from != "" {
		service, pod, _ := strings.Cut(r.from, "/")
		switch {
		case !isEcho:
			out = append(out, "no target answered: "+got.short())
		case seen.Service != service || pod != "" && seen.Pod != pod:
			out = append(out, "from "+seen.Service+"/"+seen.Pod)
		}
	} else if isEcho && !slices.ContainsFunc(r.wants, func(w want) bool { return strings.HasPrefix(w.key, "mix[") }) {
		out = append(out, "a target answered: "+seen.Service+"/"+seen.Pod)
	}
	for _, w := range r.wants {
		if strings.HasPrefix(w.key, "mix[") || observed(w.key) {
			continue
		}
		value, there, err := got.value(w.key, seen, isEcho)
		switch {
		case err != nil:
			out = append(out, err.Error())
		case w.op == "!" && there:
			out = append(out, fmt.Sprintf("%s is there: %q", w.key, value))
		case w.op == "!":
		case !there:
			out = append(out, w.key+" is not there")
		case w.op == "=" && value != w.value, w.op == "~=" && !strings.Contains(value, w.value):
			out = append(out, fmt.Sprintf("%s is %q", w.key, value))
		}
	}
	return out
}

// value finds what an expectation speaks of.
func (p *reply) value(key string, seen echo.Answer, isEcho bool) (value string, there bool, err error) {
	kind, name := key, ""
	if k, rest, ok := strings.Cut(key, "["); ok {
		kind, name = k, strings.TrimSuffix(rest, "]")
	}
	switch kind {
	case "response":
		values := p.header.Values(name)
		return strings.Join(values, " | "), len(values) > 0, nil
	case "trailer":
		values := p.trailer.Values(name)
		return strings.Join(values, " | "), len(values) > 0, nil
	case "location":
		values := p.header.Values("Location")
		return strings.Join(values, " | "), len(values) > 0, nil
	case "body":
		return string(p.body), true, nil
	case "connection":
		return p.connection.value(name)
	case "certificate":
		return strings.Join(p.certificate, ","), len(p.certificate) > 0, nil
	}
	if !isEcho {
		return "", false, fmt.Errorf("%s: no target answered: %s", key, p.short())
	}
	switch kind {
	case "header", "sent-trailer":
		fields := seen.Headers
		if kind == "sent-trailer" {
			fields = seen.Trailers
		}
		for field, values := range fields {
			if strings.EqualFold(field, name) {
				return strings.Join(values, " | "), true, nil
			}
		}
		return "", false, nil
	case "path":
		return seen.Path, true, nil
	case "host":
		return seen.Host, true, nil
	case "method":
		return seen.Method, true, nil
	case "proto":
		return seen.Proto, true, nil
	case "tls":
		return strconv.FormatBool(seen.TLS), true, nil
	case "tls-version":
		return seen.TLSVersion, seen.TLS, nil
	case "size":
		return strconv.FormatInt(seen.BodySize, 10), true, nil
	}
	return "", false, fmt.Errorf("unknown expectation %q", key)
}

// echo reads the answer of a target; false when the answer was made by the proxy. A HEAD request and a steered size have
// no JSON, but the pod's name is in a field too.
func (p *reply) echo() (echo.Answer, bool) {
	var a echo.Answer
	body := p.body
	if len(body) > 5 && strings.HasPrefix(p.header.Get("Content-Type"), "application/grpc") {
		body = body[5:] // one message
	}
	if err := json.Unmarshal(body, &a); err == nil && a.Service != "" {
		return a, true
	}
	a = echo.Answer{Service: p.header.Get("X-Echo-Service"), Pod: p.header.Get("X-Echo-Pod")}
	return a, a.Service != ""
}

// short is the beginning of a reply, for failures.
func (p *reply) short() string {
	body := string(p.body)
	if len(body) > 120 {
		body = body[:120] + "..."
	}
	return fmt.Sprintf("status %d, body %q", p.status, body)
}

// mix checks how often each Service answered.
func (r *request) mix(counts map[string]int) []string {
	var out []string
	for _, w := range r.wants {
		name, ok := strings.CutPrefix(w.key, "mix[")
		if !ok {
			continue
		}
		low, high, _ := strings.Cut(w.value, "..")
		from, err1 := strconv.Atoi(low)
		to, err2 := strconv.Atoi(high)
		if n := counts[strings.TrimSuffix(name, "]")]; err1 != nil || err2 != nil || n < from || n > to {
			out = append(out, fmt.Sprintf("%s%d times, want %s", w.key, n, w.value))
		}
	}
	return out
}
