package local

import (
	"net/netip"
	"testing"

	"github.com/gwanmun/gwanmun/internal/model"
)

func redirects(port, host string) []model.Action {
	return []model.Action{{Type: model.ActionRedirect, Redirect: &model.Redirect{Protocol: "HTTPS", Port: port, Host: host, StatusCode: 301}}}
}

func TestRedirectsLeadToWhereAListenerReallyIs(t *testing.T) {
	m := &model.Model{LoadBalancers: []model.LoadBalancer{{ID: "alb/web", Listeners: []model.Listener{
		{Port: 80, DefaultActions: redirects("443", ""), Rules: []model.Rule{
			{Priority: 1, Actions: redirects("443", "elsewhere.example")},
			{Priority: 2, Actions: redirects("#{port}", "")},
			{Priority: 3, Actions: redirects("8443", "#{host}")},
		}},
		{Port: 443},
		{Port: 8443},
	}}}}
	given := map[listenerKey]netip.AddrPort{
		{"alb/web", 443}:  netip.MustParseAddrPort("127.0.0.9:18443"),
		{"alb/web", 8443}: netip.MustParseAddrPort("127.0.0.9:8443"),
	}
	l := visible(m, given).LoadBalancers[0].Listeners[0]
	for what, c := range map[string]struct {
		got  []model.Action
		want string
	}{
		"the moved listener":            {l.DefaultActions, "18443"},
		"another host":                  {l.Rules[0].Actions, "443"},
		"the port that the client used": {l.Rules[1].Actions, "#{port}"},
		"a listener that did not move":  {l.Rules[2].Actions, "8443"},
		"the model that was handed in":  {m.LoadBalancers[0].Listeners[0].DefaultActions, "443"},
	} {
		if got := c.got[0].Redirect.Port; got != c.want {
			t.Errorf("the redirect to %s goes to port %s, want %s", what, got, c.want)
		}
	}
}
