package compile_test

import (
	"testing"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
)

func TestCiphersOfAHostThatAreNotSpokenAreToldOfItsIngress(t *testing.T) {
	source := model.Source{Kind: "Ingress", Namespace: "default", Name: "web", Field: "metadata.annotations[x]"}
	u := nginxBase()
	u.Model.LoadBalancers[0].Listeners[1].HostCiphers = []model.HostCiphers{
		{Host: "a.example", Ciphers: "ECDHE-RSA-AES128-SHA:DHE-RSA-AES128-SHA", Source: source},
		{Host: "b.example", Ciphers: "DHE-RSA-AES128-SHA", Source: source},
	}
	s, diags := apply(t, u)
	said := map[diag.Code]int{}
	for _, d := range diags {
		if d.Object.Name == "web" && d.Field == source.Field {
			said[d.Code]++
		}
	}
	if said[diag.CiphersNotSpoken.Code] != 1 || said[diag.NoCipherSpoken.Code] != 1 {
		t.Errorf("said: %v", diags)
	}
	l := s.Listener("nginx", 443)
	if own := l.HostCiphers("A.example."); own == nil || len(own.Suites) != 1 || !l.HasHostCiphers() {
		t.Errorf("a.example has %+v", own)
	}
	if own := l.HostCiphers("b.example"); own != nil {
		t.Errorf("b.example has %+v, and nothing of its list is spoken", own)
	}
	gone, _ := apply(t, nginxBase())
	if gone.Listener("nginx", 443).HasHostCiphers() {
		t.Error("a host that asks for nothing has ciphers of its own")
	}
}
