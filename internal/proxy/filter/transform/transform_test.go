package transform

import (
	"testing"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile/page"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

func TestTransformsRewriteHostAndTarget(t *testing.T) {
	url := func(regex, replace string) model.Transform {
		return model.Transform{Type: model.URLRewrite, Regex: regex, Replace: replace}
	}
	host := func(regex, replace string) model.Transform {
		return model.Transform{Type: model.HostHeaderRewrite, Regex: regex, Replace: replace}
	}
	for _, c := range []struct {
		say       string
		transform model.Transform
		host, url string
		status    int
	}{
		{"path and query are one text", url(`^/api/(.*)\?q=(\d+)$`, "/v2/$1/$2x"), "", "/v2/things/7x", 0},
		{"only the first place is replaced", url("things", "t"), "", "/api/t?q=7", 0},
		{"what is not found stays", url("^/web", "/x"), "", "", 0},
		{"a target must start with a slash", url("^/api", "api"), "", "", 500},
		{"a target must not hold blanks", url("/api", "/a b"), "", "", 500},
		{"the host is replaced", host(`^(.*)\.example$`, "$1.internal"), "a.internal", "", 0},
		{"a host must be one", host("a.example", "a/b"), "", "", 500},
	} {
		f, err := New([]model.Transform{c.transform}, page.Style{})
		if err != nil {
			t.Fatal(err)
		}
		x := &exchange.Exchange{}
		x.Request.Host, x.Request.Target = []byte("a.example"), []byte("/api/things?q=7")
		f.Request(x)
		if string(x.UpstreamHost) != c.host || string(x.UpstreamPath) != c.url || x.Response.Status != c.status {
			t.Errorf("%s: host %q, target %q, status %d", c.say, x.UpstreamHost, x.UpstreamPath, x.Response.Status)
		}
	}
}

func TestTransformsThatCannotBeCarriedOutAreRefused(t *testing.T) {
	one := model.Transform{Type: model.URLRewrite, Regex: "/", Replace: "/"}
	for _, list := range [][]model.Transform{
		{one, one}, {{Type: "other", Regex: "/"}}, {{Type: model.URLRewrite, Regex: "("}},
	} {
		if _, err := New(list, page.Style{}); err == nil {
			t.Errorf("%v is accepted", list)
		}
	}
}
