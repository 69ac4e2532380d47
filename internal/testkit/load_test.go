package testkit

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// changesUnderLoad are changes of what requests are being sent through: settings, backends, endpoints, neighbours.
var changesUnderLoad = []string{
	"ingress: web\nannotations: {proxy-body-size: 8m}\nrules: [a.example/ -> echo]",
	"ingress: web\nannotations: {proxy-body-size: 9m}\nrules: [a.example/ -> web]",
	"ingress: web\nrules: [a.example/ -> echo, a.example/x exact -> web]",
	"ingress: web\nannotations: {use-regex: \"true\"}\nrules: [\"a.example/(x|y)? impl -> web\"]",
	"ingress: other\nrules: [b.example/ -> echo]",
	"ingress: other\nrules: [\"*.example/ -> web\"]\ndefault: echo",
	"ingress: group\nclass: alb\nannotations: {target-type: ip}\nrules: [a.example/ -> web]",
	"ingress: group\nclass: alb\nannotations: {target-type: ip, load-balancer-attributes: idle_timeout.timeout_seconds=30}\nrules: [a.example/ -> echo]",
	"apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: web-extra, labels: {kubernetes.io/service-name: web}}\n" +
		"addressType: IPv4\nports: [{port: 80}]\nendpoints: [{addresses: [10.200.0.1]}, {addresses: [10.200.0.2]}]",
	"apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: web-extra, labels: {kubernetes.io/service-name: web}}\n" +
		"addressType: IPv4\nports: [{port: 80}]\nendpoints: [{addresses: [10.200.0.3]}]",
}

func TestChangesUnderASteadyLoadLoseNoRequest(t *testing.T) {
	const clients, rounds = 4, 12
	w, err := newWorld(Options{Class: "nginx"})
	if err != nil {
		t.Fatal(err)
	}
	f := openFront(t, w.options)
	change := func(doc string) {
		loaded, err := load(doc, w.options)
		if err != nil || len(loaded.Diagnostics) > 0 {
			t.Fatalf("%s: %v %v", doc, err, loaded.Diagnostics)
		}
		w.results = nil
		w.apply([]any{loaded.Objects[0].Value}, nil)
		f.apply(t, w)
	}
	f.apply(t, w)
	for _, doc := range []string{"service: web", changesUnderLoad[0], changesUnderLoad[6]} {
		change(doc)
	}

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var sent, lost atomic.Int64
	var first sync.Once
	var tasks sync.WaitGroup
	for i := range clients {
		lb := []string{"nginx", "alb/default/group"}[i%2]
		address := ""
		for _, p := range f.server.Addresses() {
			if p.LoadBalancer == lb && p.Port == 80 {
				address = p.Address.String()
			}
		}
		tasks.Go(func() {
			client := &http.Client{Transport: &http.Transport{
				DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
					return (&net.Dialer{}).DialContext(ctx, "tcp", address)
				},
			}, Timeout: 10 * time.Second}
			defer client.CloseIdleConnections()
			for ctx.Err() == nil {
				sent.Add(1)
				if err := ask(client); err != nil {
					lost.Add(1)
					first.Do(func() { t.Errorf("%s: %v", lb, err) })
				}
			}
		})
	}
	for range rounds {
		for _, doc := range changesUnderLoad {
			before := sent.Load()
			change(doc)
			for deadline := time.Now().Add(5 * time.Second); sent.Load() < before+2*clients && time.Now().Before(deadline); {
				time.Sleep(time.Millisecond) // so that every change meets requests
			}
		}
	}
	stop()
	tasks.Wait()
	changes := rounds * len(changesUnderLoad)
	if n := lost.Load(); n > 0 {
		t.Errorf("%d of %d requests were lost during %d changes", n, sent.Load(), changes)
	}
	if n := sent.Load(); n < int64(changes) {
		t.Errorf("only %d requests were sent during %d changes: that is no load", n, changes)
	}
	t.Logf("%d requests during %d changes, %d lost", sent.Load(), changes, lost.Load())
}

// ask sends one request and wants the answer of a target, whole.
func ask(client *http.Client) error {
	response, err := client.Get("http://a.example/x")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK || response.Header.Get("X-Echo-Service") == "" {
		return fmt.Errorf("status %d: %.80q", response.StatusCode, body)
	}
	return nil
}
