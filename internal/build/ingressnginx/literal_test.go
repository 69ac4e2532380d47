package ingressnginx

import "testing"

func TestTheLiteralStartCoversWhateverAnExpressionCouldMatch(t *testing.T) {
	for expr, want := range map[string]string{
		"/private(?!x)":         "/private",
		"/admins?(?=/)":         "/admin",
		"/admins*(?=/)":         "/admin",
		"/admins{0,2}(?=/)":     "/admin",
		"/admins+(?=/)":         "/admins",
		"/straße?(?=x)":         "/straß",
		"/?(?=x)":               "/",
		"/a(?!x)|/b":            "/",
		"/a(?=/|$)":             "/a",
		`/a\(|/b(?=x)`:          "/",
		"/a[(]x|/b(?=x)":        "/",
		"/a[^](]|/b(?=x)":       "/",
		"/a[[:alpha:](]|/b(?!)": "/",
		`/a[\](]|/b(?!)`:        "/",
		`/a\Q(\E|/b(?!)`:        "/",
		"/a[x":                  "/a",
		"/a)|/b":                "/",
		"/plain":                "/plain",
	} {
		if got := literalStart(expr); got != want {
			t.Errorf("%s: want %s, got %s", expr, want, got)
		}
	}
}
