package controller

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"testing"
	"time"

	networkingv1 "k8s.io/api/networking/v1"

	"github.com/gwanmun/gwanmun/internal/proxy"
)

// nginxOptions are those of a controller for class nginx on free ports; the function asks the proxy for a host.
func (b *bench) nginxOptions() (Options, func(host string) int) {
	b.t.Helper()
	p, err := proxy.New(proxy.Options{})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := p.Shutdown(ctx); err != nil {
			b.t.Error(err)
		}
	})
	o := b.options()
	o.Cloud = nil
	any := netip.MustParseAddrPort("127.0.0.1:0")
	o.Nginx = &Nginx{Proxy: p, HTTP: any, HTTPS: any, Publish: []string{"127.0.0.7"}}
	return o, func(host string) int {
		for _, at := range p.Addresses() {
			if at.Port != 80 {
				continue
			}
			r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, "http://"+at.Address.String()+"/", nil)
			if err != nil {
				b.t.Fatal(err)
			}
			r.Host = host
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			answer, err := client.Do(r)
			if err != nil {
				return 0
			}
			_ = answer.Body.Close() // its status is all that is wanted
			return answer.StatusCode
		}
		return 0
	}
}

func TestClassNginxIsServedInProcessAndShowsTheProxysAddress(t *testing.T) {
	pod, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
	})}
	go func() { _ = server.Serve(pod) }() // it ends when it is closed
	t.Cleanup(func() { _ = server.Close() })
	slice := endpoints([]string{"127.0.0.1"})
	port := int32(pod.Addr().(*net.TCPAddr).Port) //nolint:forcetypeassert // a TCP listener has no other
	slice.Ports[0].Port = &port

	class := albClass()
	class.Name, class.Spec.Controller = "nginx", "k8s.io/ingress-nginx"
	b := newBench(t, class, webService(), slice)
	o, ask := b.nginxOptions()
	stop := b.start(o)
	b.create(ingress("front", "nginx", nil))
	b.until("the pod answers", func() bool { return ask("front.example") == http.StatusTeapot })
	if got := ask("other.example"); got != http.StatusNotFound {
		t.Errorf("another host answers %d, want 404", got)
	}
	address := func() string {
		ing, _ := get[networkingv1.Ingress](b, "front")
		if len(ing.Status.LoadBalancer.Ingress) == 0 {
			return ""
		}
		return ing.Status.LoadBalancer.Ingress[0].IP
	}
	b.until("the Ingress shows the address", func() bool { return address() == "127.0.0.7" })
	ing, _ := get[networkingv1.Ingress](b, "front")
	if len(ing.Finalizers) > 0 {
		t.Errorf("class nginx needs no finalizers, got %v", ing.Finalizers)
	}
	stop()
	if got := address(); got != "" {
		t.Errorf("the last replica has stopped, and the status shows %s still", got)
	}
}

func TestAFaultyIngressOfClassNginxIsToldWhatIsWrong(t *testing.T) {
	class := albClass()
	class.Name, class.Spec.Controller = "nginx", "k8s.io/ingress-nginx"
	b := newBench(t, class, webService(), endpoints(nil))
	o, _ := b.nginxOptions()
	b.start(o)
	b.create(ingress("front", "nginx", map[string]string{"nginx.ingress.kubernetes.io/proxy-body-size": "much"}))
	b.until("the mistake is told", func() bool { return slices.Contains(b.eventsOf("front"), "AnnotationParsingFailed") })
}
