package nginx

import (
	"strings"

	"github.com/gwanmun/gwanmun/internal/annotation"
)

// since is the version that first carried the whole table.
const since = "0.1.0"

// Headings of the reference page.
const (
	groupRouting   = "Routing and rewriting"
	groupRedirect  = "Redirects"
	groupBasicAuth = "Basic authentication"
	groupExtAuth   = "External authentication"
	groupAccess    = "Access control"
	groupLimits    = "Rate limits"
	groupClientTLS = "TLS towards clients"
	groupProxy     = "Towards targets"
	groupProxySSL  = "TLS towards targets"
	groupBalance   = "Load balancing"
	groupCanary    = "Canaries"
	groupAffinity  = "Session affinity"
	groupCORS      = "CORS"
	groupErrors    = "Error pages and headers"
	groupMirror    = "Mirroring"
	groupTelemetry = "Logs and traces"
	groupWAF       = "Web application firewall"
	groupSnippets  = "Snippets"
	groupRemoved   = "Removed by ingress-nginx"
)

var (
	full     = annotation.Support{Level: annotation.Full}
	later    = annotation.Support{Level: annotation.No, Why: "a later release of Gwanmun will carry it out"}
	never    = annotation.Support{Level: annotation.No, Why: "Gwanmun never runs nginx configuration text"}
	noUse    = annotation.Support{Level: annotation.No, Why: "it means nothing to Gwanmun's data plane, which needs no such setting"}
	ownOrder = annotation.Support{Level: annotation.No, Why: "the strongest cipher that both sides know is always taken, in the proxy's own order"}
	dropped  = annotation.Support{Level: annotation.No, Why: "ingress-nginx itself no longer knows it"}

	off   = []string{"off"}
	falsy = []string{"false"}
)

// partly is support with a restriction.
func partly(why string) annotation.Support {
	return annotation.Support{Level: annotation.Partly, Why: why}
}

// declare makes a key with what all annotations of this dialect share.
func declare[T any](t annotation.Type[T], e annotation.Entry) *annotation.Key[T] {
	e.Kinds = []annotation.Kind{annotation.Ingress}
	e.External = annotation.Support{Level: annotation.No, Why: "class nginx is served by our own data plane only"}
	if e.Scope == "" {
		e.Scope = annotation.ScopeRule
	}
	if e.Merge == "" {
		e.Merge = annotation.MergeOwn
	}
	if e.Since == "" {
		e.Since = since
	}
	return annotation.Declare(t, e)
}

// Character classes of the value grammars, besides letters and digits.
const (
	basic       = "-._~/:"
	basicSpace  = basic + " "
	extended    = basic + ", "
	urlChars    = basic + ",?&="
	urlVariable = extended + "?&=$"
	variable    = "-_${}"
	headerChars = "-_, "
)

func basicText(what string) annotation.Chars { return annotation.Chars{Also: basic, What: what} }

func onOff() annotation.Enum { return annotation.Enum{Words: []string{"on", "off"}} }

// seconds are whole seconds; the bound keeps milliseconds within 32 bits.
func seconds(from int64) annotation.Int { return annotation.Int{Min: from, Max: 2147483} }

// count is any whole number that fits 32 bits.
func count() annotation.Int { return annotation.Int{Min: 0, Max: 1<<31 - 1} }

// Clean keeps what the dialect reads of an object's annotations: keys with its prefix whose values are not blank. Every
// line of a value is trimmed; a value of which nothing is left counts as not set.
func Clean(annotations map[string]string) map[string]string {
	var out map[string]string
	for key, raw := range annotations {
		if !strings.HasPrefix(key, Prefix) {
			continue
		}
		value := trimLines(raw)
		if value == "" {
			continue
		}
		if out == nil {
			out = map[string]string{}
		}
		out[key] = value
	}
	return out
}

func trimLines(raw string) string {
	if !strings.ContainsRune(raw, '\n') {
		return strings.TrimSpace(raw)
	}
	lines := strings.Split(raw, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimSpace(l)
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
