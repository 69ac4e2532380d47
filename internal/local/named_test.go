package local

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

func TestMessagesAboutPortsNameTheObjectThatTheLoadBalancerCameFrom(t *testing.T) {
	m := &model.Model{LoadBalancers: []model.LoadBalancer{
		{ID: "nginx"},
		{ID: "nlb/shop/tcp", Sources: []model.SettingSource{
			{Setting: "a", Source: model.Source{Kind: "Service", Namespace: "shop", Name: "other"}},
			{Source: model.Source{Kind: "Service", Namespace: "shop", Name: "tcp"}},
		}},
	}}
	about := func(kind, name string) diag.Diagnostic {
		return diag.New(diag.LocalListenFailed, diag.Object{Kind: kind, Name: name}, "", diag.A("port", 80), diag.A("reason", "x"))
	}
	got := named(m, []diag.Diagnostic{about(loadBalancerKind, "nginx"), about(loadBalancerKind, "nlb/shop/tcp"), about("File", "nlb/shop/tcp")})
	want := []diag.Object{
		{Kind: loadBalancerKind, Name: "nginx"}, {Kind: "Service", Namespace: "shop", Name: "tcp"}, {Kind: "File", Name: "nlb/shop/tcp"},
	}
	for i := range want {
		if d := cmp.Diff(want[i], got[i].Object); d != "" {
			t.Error(d)
		}
	}
}
