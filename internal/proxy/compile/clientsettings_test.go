package compile_test

import (
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
)

func TestAListenerOfClassNginxTreatsClientsAsConfigured(t *testing.T) {
	u := nginxBase()
	for i := range u.Model.LoadBalancers[0].Listeners {
		u.Model.LoadBalancers[0].Listeners[i].Clients = &model.ClientSettings{
			KeepAliveMillis: 9000, KeepAliveRequests: 7, HeadMillis: 2000, BodyMillis: 3000, LineLimit: 16 << 10, HeadLimit: 1 << 30,
			Underscores: true, NoHTTP2: true,
		}
	}
	s, _ := apply(t, u)
	l := s.Listener("nginx", 443)
	if got := l.Settings; got.KeepAliveIdle != 9*time.Second || got.KeepAliveRequests != 7 || got.HeadTimeout != 2*time.Second ||
		got.BodyTimeout != 3*time.Second || got.HTTP2 {
		t.Errorf("got %+v", got)
	}
	if got := l.HTTP1; got.Limits.Field != 16<<10 || got.Limits.RequestLine != 16<<10 || got.Limits.Head != 256<<10 || !got.Policy.Underscores {
		t.Errorf("got %+v; heads are bounded whatever is asked for", got)
	}
	u = nginxBase()
	u.Model.LoadBalancers[0].Listeners[0].Clients = &model.ClientSettings{KeepAliveMillis: -1, KeepAliveRequests: 7, AnyField: true}
	s, _ = apply(t, u)
	if l := s.Listener("nginx", 80); l.Settings.KeepAliveRequests != 1 || l.HTTP1.Policy.DropInvalid {
		t.Errorf("got %+v", l.Settings)
	}
	plain, _ := apply(t, nginxBase())
	if l := plain.Listener("nginx", 80); l.Settings.KeepAliveIdle != 75*time.Second || l.Settings.KeepAliveRequests != 1000 ||
		!l.HTTP1.Policy.DropInvalid || l.HTTP1.Limits.Head != 32<<10 {
		t.Errorf("the defaults are %+v, %+v", l.Settings, l.HTTP1)
	}
}
