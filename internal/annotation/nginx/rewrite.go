package nginx

import (
	"errors"
	"net/url"
	"strings"

	"github.com/gwanmun/gwanmun/internal/annotation"
)

// Routing and rewriting.
var (
	RewriteTarget = declare[string](Target{}, annotation.Entry{
		Suffix: "rewrite-target", Group: groupRouting, Scope: annotation.ScopeHost, Risk: annotation.Medium,
		Internal: full, Example: "/$2",
		Doc: "The path sent to the target. `$1` to `$9` are what the groups of the Ingress path caught; the query is kept. " +
			"When the value differs from the path, all paths of the host, in all Ingresses, become regular expressions " +
			"that compare without regard to case and are anchored at their start only.",
	})
	UseRegex = declare(annotation.Bool{}, annotation.Entry{
		Suffix: "use-regex", Group: groupRouting, Scope: annotation.ScopeHost, Default: "false", Risk: annotation.Low,
		Internal: full, Example: "true",
		Doc: "Paths are regular expressions. It acts on all paths of the host, in all Ingresses: longer paths are tried " +
			"first, the first match wins, case does not matter, and only the start is anchored.",
	})
	AppRoot = declare[string](LocalPath{}, annotation.Entry{
		Suffix: "app-root", Group: groupRouting, Scope: annotation.ScopeHost, Merge: annotation.MergeFirst,
		Risk: annotation.Medium, Internal: full, Example: "/app",
		Doc: "Requests for exactly `/` of the host are answered with 302 to this path.",
	})
	ServerAlias = declare[[]string](aliases{}, annotation.Entry{
		Suffix: "server-alias", Group: groupRouting, Scope: annotation.ScopeHost, Merge: annotation.MergeFirst,
		Risk: annotation.High, Internal: later, OnInvalid: annotation.DropObject, Example: "www.example.com,example.net",
		Doc: "Further names of the host.",
	})
	UpstreamVhost = declare(basicText("a host name"), annotation.Entry{
		Suffix: "upstream-vhost", Group: groupRouting, Risk: annotation.Low, Internal: full, Example: "internal.example",
		Doc: "The Host header that the target gets in place of the client's.",
	})
	XForwardedPrefix = declare[string](Target{}, annotation.Entry{
		Suffix: "x-forwarded-prefix", Group: groupRouting, Risk: annotation.Medium, Internal: later, Example: "/app",
		Doc: "X-Forwarded-Prefix towards the target when the path is rewritten.",
	})

	rewriteKeys = []annotation.Declared{RewriteTarget, UseRegex, AppRoot, ServerAlias, UpstreamVhost, XForwardedPrefix}
)

// Target is a path that may refer to groups of the Ingress path: "/x/$1", "/$name".
type Target struct{}

// Parse checks the characters and that every "$" begins a reference. nginx takes "$1" to "$9" as groups; "$0" and a "$"
// before anything but a name are errors there.
func (Target) Parse(raw string) (string, error) {
	chars := annotation.Chars{Also: basic + "$", What: ""}
	if _, err := chars.Parse(raw); err != nil {
		return "", err
	}
	if len(raw) > 1<<10 {
		return "", errors.New("too long")
	}
	for i := range len(raw) {
		if raw[i] != '$' {
			continue
		}
		if i+1 == len(raw) || !startsReference(raw[i+1]) {
			return "", errors.New("a $ is not followed by the number (1 to 9) or name of a group")
		}
	}
	return raw, nil
}

func startsReference(c byte) bool {
	return '1' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
}

// Format is the path.
func (Target) Format(v string) string { return v }

// Expected describes targets.
func (Target) Expected() string {
	return "a path in which $1 to $9 stand for groups of the Ingress path"
}

// LocalPath is a path of the same host, with an optional query.
type LocalPath struct{}

// Parse checks that the text is a path and nothing that a browser would take for another host.
func (LocalPath) Parse(raw string) (string, error) {
	if !strings.HasPrefix(raw, "/") || strings.HasPrefix(raw, "//") {
		return "", errors.New("it does not begin with one slash")
	}
	if len(raw) > 4<<10 {
		return "", errors.New("too long")
	}
	if strings.IndexFunc(raw, func(r rune) bool { return r <= 0x20 || r >= 0x7f || r == '\\' || r == '"' || r == '#' || r == '$' }) >= 0 {
		return "", errors.New("it holds a character that a redirect must not have")
	}
	if _, err := url.ParseRequestURI(raw); err != nil {
		return "", errors.New("not a path")
	}
	return raw, nil
}

// Format is the path.
func (LocalPath) Format(v string) string { return v }

// Expected describes local paths.
func (LocalPath) Expected() string { return "a path that begins with one slash" }

// aliases is a list of host names and regular expressions ("~^...").
type aliases struct{}

// Parse splits and checks the names.
func (aliases) Parse(raw string) ([]string, error) {
	names, err := annotation.StringList{}.Parse(raw)
	if err != nil || len(names) == 0 {
		return nil, errors.New("there is no name in it")
	}
	plain := annotation.Chars{Also: "-._*", What: ""}
	for _, n := range names {
		if expr, ok := strings.CutPrefix(n, "~"); ok {
			if err := annotation.CheckRegex(expr); err != nil {
				return nil, err
			}
			continue
		}
		if _, err := plain.Parse(n); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// Format joins with commas.
func (aliases) Format(v []string) string { return strings.Join(v, ",") }

// Expected describes aliases.
func (aliases) Expected() string { return "a comma-separated list of host names" }
