package local

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/echo"
	"github.com/gwanmun/gwanmun/internal/manifest"
	"github.com/gwanmun/gwanmun/internal/objects"
)

func ask(t *testing.T, url string) (echo.Answer, error) {
	t.Helper()
	tr := &http.Transport{DisableKeepAlives: true}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := tr.RoundTrip(req)
	if err != nil {
		return echo.Answer{}, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return echo.Answer{}, err
	}
	var a echo.Answer
	return a, json.Unmarshal(data, &a)
}

func TestNodePortsLeadToAllPodsInTurn(t *testing.T) {
	defer goleak.VerifyNone(t)
	machine := thisMachine()
	nodes, claims := claimNodes(machine)
	for _, c := range claims {
		defer c.Close()
	}
	l, _ := manifest.NewLoader([]string{manifests(t, "a.yaml", pods+"apiVersion: v1\nkind: Service\nmetadata: {name: nodes}\nspec: {type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: http}]}\n")}, nil, manifest.Limits{}).Load()
	var c diag.Collector
	r := newRunner(machine, nil)
	r.lag = 0
	defer r.close()
	set := objects.NewSet()
	for _, o := range l.Objects {
		set.Put(o.Value)
	}
	slices, stale := r.ensure(standIns(l, nodes, &c), &c)
	if len(slices) != 4 || len(stale) != 0 {
		t.Fatalf("%d EndpointSlices, %d stale; %v", len(slices), len(stale), c.Sorted())
	}
	for _, s := range slices {
		set.Put(s)
	}
	f := newForwarders(nodes)
	defer f.close()
	f.ensure(set, &c)
	if len(f.open) != len(nodes) {
		t.Fatalf("%d node ports are open; %v", len(f.open), c.Sorted())
	}
	for at := range f.open {
		seen := map[string]int{}
		for range 4 {
			a, err := ask(t, "http://"+at.at.String()+"/")
			if err != nil {
				t.Fatal(err)
			}
			seen[a.Pod]++
			if a.Service != "nodes" {
				t.Errorf("Service %s answered", a.Service)
			}
		}
		if len(seen) != 2 {
			t.Errorf("node port %v leads to %v", at, seen)
		}
	}
	f.ensure(objects.NewSet(), &c)
	if len(f.open) != 0 {
		t.Error("node ports of a Service that is gone stay open")
	}
}

func TestProcessesNeverShareANode(t *testing.T) {
	machine := thisMachine()
	if !machine.many {
		t.Skip("one loopback address")
	}
	first, claims := claimNodes(machine)
	second, more := claimNodes(machine)
	for _, c := range append(claims, more...) {
		defer c.Close()
	}
	seen := map[string]bool{}
	for _, n := range append(first, second...) {
		if seen[n.address.String()] {
			t.Errorf("%v is taken twice", n.address)
		}
		seen[n.address.String()] = true
	}
}
