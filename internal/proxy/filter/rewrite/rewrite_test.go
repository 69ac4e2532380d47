package rewrite

import (
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

func TestRewriteReplacesTheWholePathAndKeepsTheQuery(t *testing.T) {
	for _, c := range []struct {
		say, regex, replace, path, query, want string
	}{
		{"a group is put in", "/app(/|$)(.*)", "/$2", "/app/x", "", "/x"},
		{"an empty group leaves the slash", "/app(/|$)(.*)", "/$2", "/app", "", "/"},
		{"the query stays", "/app(.*)", "/v2$1", "/app/x", "a=b&c", "/v2/x?a=b&c"},
		{"a constant replaces everything", "/app", "/fixed", "/app/x/y", "", "/fixed"},
		{"the expression is searched anywhere, without regard to case", "/App", "/y", "/deep/aPP", "", "/y"},
		{"what is not found stays", "/app", "/y", "/other", "", ""},
		{"one digit is read", "/(a)", "/$12", "/a", "", "/a2"},
		{"a group that is not there is empty", "/(a)", "/x$3y", "/a", "", "/xy"},
		{"named groups work", "/(?P<rest>.*)", "/z/$rest", "/q", "", "/z/q"},
		{"what a URI cannot hold is escaped again", "/(.*)", "/$1", "/a b?c#d%e\xc3\xa9", "", "/a%20b%3Fc%23d%25e%C3%A9"},
		{"so is what has no place in a path", "/(.*)", "/$1", "/a\"<>[]'\\^`{|}~", "", "/a%22%3C%3E[]'%5C%5E%60%7B%7C%7D~"},
		{"a query without a byte goes", "/(.*)", "/$1", "/a", "?", "/a"},
		{"line ends cannot get through", "/([^z]*)", "/$1", "/a\r\nX: y", "", "/a%0D%0AX:%20y"},
		{"a slash is put in front", "/(.*)", "$1", "/x", "", "/x"},
	} {
		f, err := New(&model.Rewrite{Regex: c.regex, Replace: c.replace})
		if err != nil {
			t.Fatalf("%s: %v", c.say, err)
		}
		x := &exchange.Exchange{}
		x.Request.NormalPath = []byte(c.path)
		// A lone "?" stands for a query without a byte.
		x.Request.Query, x.Request.HasQuery = []byte(strings.TrimPrefix(c.query, "?")), c.query != ""
		f.Request(x)
		if string(x.UpstreamPath) != c.want {
			t.Errorf("%s: %q, want %q", c.say, x.UpstreamPath, c.want)
		}
	}
}

func TestRewriteRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, c := range []model.Rewrite{
		{Regex: "(", Replace: "/"},
		{Regex: "/(?=x)", Replace: "/"},
		{Regex: "/", Replace: "/$host"},
		{Regex: string(make([]byte, 2000)), Replace: "/"},
	} {
		if f, err := New(&c); err == nil {
			t.Errorf("%.20q with %q gives %v", c.Regex, c.Replace, f)
		}
	}
}
