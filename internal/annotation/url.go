package annotation

import (
	"errors"
	"net/url"
	"slices"
	"strings"
)

// URL takes an absolute URL of one of the Schemes, or, with Path, also a path that begins with one slash. The text is
// kept as written.
type URL struct {
	Schemes []string
	Path    bool
	// Variables allows nginx variables such as $host anywhere; they are not looked at.
	Variables bool
}

// Parse checks the text.
func (t URL) Parse(raw string) (string, error) {
	if len(raw) > maxText {
		return "", errors.New("too long")
	}
	if strings.IndexFunc(raw, func(r rune) bool { return r <= 0x20 || r == 0x7f || r == '"' || r == '\\' || r == '\ufffd' }) >= 0 {
		return "", errors.New("it holds a blank, a quote or a control character")
	}
	if !t.Variables && strings.Contains(raw, "$") {
		return "", errors.New("variables are not allowed")
	}
	if t.Path && strings.HasPrefix(raw, "/") && !strings.HasPrefix(raw, "//") {
		return raw, nil
	}
	u, err := url.Parse(raw)
	if err != nil && !t.Variables {
		return "", errors.New("not a URL")
	}
	if err != nil || t.Variables && strings.Contains(raw, "$") {
		return raw, t.checkScheme(raw)
	}
	if u.Host == "" || !slices.Contains(t.Schemes, strings.ToLower(u.Scheme)) {
		return "", errors.New("it needs " + strings.Join(t.Schemes, " or ") + " and a host")
	}
	if u.User != nil {
		return "", errors.New("it holds a user name")
	}
	return raw, nil
}

// checkScheme looks at the beginning only, for texts whose variables make them no URL yet.
func (t URL) checkScheme(raw string) error {
	scheme, rest, ok := strings.Cut(raw, "://")
	if (!ok || rest == "" || !slices.Contains(t.Schemes, strings.ToLower(scheme))) && !strings.HasPrefix(raw, "$") {
		return errors.New("it needs " + strings.Join(t.Schemes, " or ") + " and a host")
	}
	return nil
}

// Format is the URL.
func (URL) Format(v string) string { return v }

// Expected names the schemes.
func (t URL) Expected() string {
	s := "a URL with " + strings.Join(t.Schemes, " or ")
	if t.Path {
		s += ", or a path"
	}
	return s
}
