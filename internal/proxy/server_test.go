package proxy

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/wire"
	"github.com/gwanmun/gwanmun/internal/testkit/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// buffer is a writer for the access log that may be read meanwhile.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func start(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		time.Sleep(3 * wire.Tick) // the clock stops at its next tick
	})
	return s
}

func backend(t *testing.T, name string) model.Target {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, name, " ", r.Header.Get("X-Real-Ip"))
	}))
	t.Cleanup(s.Close)
	a := netip.MustParseAddrPort(strings.TrimPrefix(s.URL, "http://"))
	return model.Target{ID: a.Addr().String(), Port: int32(a.Port()), Pod: name}
}

// base is the load balancer of class nginx.
func base() compile.Unit {
	return compile.Unit{Key: "nginx/base", Model: &model.Model{LoadBalancers: []model.LoadBalancer{{
		ID: "nginx", Type: model.Application, Dialect: model.DialectNginx,
		Listeners: []model.Listener{
			{Port: 80, Protocol: model.HTTP, DefaultActions: []model.Action{{
				Type: model.ActionFixedResponse, FixedResponse: &model.FixedResponse{StatusCode: 404},
			}}},
		},
	}}}}
}

// host is a host of class nginx with one Service.
func host(name, group string, targets ...model.Target) compile.Unit {
	return compile.Unit{Key: "nginx/host/" + name, Model: &model.Model{
		LoadBalancers: []model.LoadBalancer{{ID: "nginx", Dialect: model.DialectNginx, Listeners: []model.Listener{{
			Port: 80, Protocol: model.HTTP, Rules: []model.Rule{{
				Priority:   1,
				Conditions: []model.Condition{{Field: model.HostHeader, Values: []string{name}}},
				Actions: []model.Action{{Type: model.ActionForward, Forward: &model.Forward{
					TargetGroups: []model.WeightedTargetGroup{{TargetGroup: group, Weight: 1}},
				}}},
				Policy: &model.Policy{BodyLimit: 1 << 20, RequestBuffering: true, BackendName: "default-web-80"},
				Source: model.Source{Kind: "Ingress", Namespace: "default", Name: "web"},
			}},
		}}}},
		TargetGroups: []model.TargetGroup{{
			ID: group, Type: model.TargetIP, Protocol: model.TargetHTTP, Port: 80, Targets: targets,
		}},
	}}
}

func get(t *testing.T, s *Server, name string) (int, string) {
	t.Helper()
	req, err := http.NewRequest("GET", "http://"+s.Addresses()[0].Address.String()+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = name
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

var loopback = []Placement{{LoadBalancer: "nginx", Port: 80, Address: netip.MustParseAddrPort("127.0.0.1:0")}}

func TestUnitsAreServedChangedAndTakenOut(t *testing.T) {
	var log buffer
	registry := prometheus.NewPedanticRegistry()
	s := start(t, Options{AccessLog: &log, Metrics: registry})
	if err := s.Place(loopback); err != nil {
		t.Fatal(err)
	}
	one := backend(t, "one")
	if s.SetTargets("nginx/default/web/80", []model.Target{one}) {
		t.Error("targets were taken for a group that nobody has")
	}
	if diags := s.Apply([]compile.Unit{base(), host("a.example", "nginx/default/web/80", one)}, nil); len(diags) > 0 {
		t.Fatal(diags)
	}
	if code, body := get(t, s, "a.example"); code != 200 || body != "one 127.0.0.1" {
		t.Errorf("%d %q", code, body)
	}
	if code, _ := get(t, s, "b.example"); code != 404 {
		t.Errorf("unknown host: %d", code)
	}
	two := backend(t, "two")
	s.SetTargets("nginx/default/web/80", []model.Target{two})
	if _, body := get(t, s, "a.example"); body != "two 127.0.0.1" {
		t.Errorf("after a change of targets: %q", body)
	}
	if state, ok := s.Health("nginx/default/web/80"); !ok || len(state.Targets) == 0 || state.Targets[0].Pod != "two" {
		t.Errorf("%+v", state)
	}
	if text := s.Explain("nginx", 80, compile.Probe{Host: "a.example"}).String(); !strings.Contains(text, "nginx/default/web/80") {
		t.Errorf("explained: %s", text)
	}
	s.Apply([]compile.Unit{host("b.example", "nginx/default/web/80", two)}, []string{"nginx/host/a.example"})
	if code, body := get(t, s, "b.example"); code != 200 || body != "two 127.0.0.1" {
		t.Errorf("a new host on the same group: %d %q", code, body)
	}
	s.Apply(nil, []string{"nginx/host/b.example"})
	if code, _ := get(t, s, "b.example"); code != 404 {
		t.Errorf("after it went: %d", code)
	}
	if _, ok := s.Health("nginx/default/web/80"); ok {
		t.Error("the group outlived its last user")
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	requests := 0.0
	for _, f := range families {
		if f.GetName() == "nginx_ingress_controller_requests" {
			for _, m := range f.GetMetric() {
				requests += m.GetCounter().GetValue()
			}
		}
	}
	if requests != 3 {
		t.Errorf("%v requests counted for the Ingress, want 3", requests)
	}
	for range 100 {
		if strings.Count(log.String(), "\n") == 5 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if text := log.String(); strings.Count(text, "\n") != 5 || !strings.Contains(text, `"GET / HTTP/1.1" 200`) {
		t.Errorf("access log:\n%s", text)
	}
}

func TestAServerWithoutSnapshotAnswersNothing(t *testing.T) {
	s := start(t, Options{})
	if err := s.Place(loopback); err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", s.Addresses()[0].Address.String())
	if err != nil {
		return // broken off already
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(3 * time.Second))
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("an answer came")
	}
	if trace := s.Explain("nginx", 80, compile.Probe{}); trace.Listening {
		t.Error("explained as if it listened")
	}
}

// TestALoadOfChangesLosesNoRequest applies one unit after the other while requests run, as a cluster would.
func TestALoadOfChangesLosesNoRequest(t *testing.T) {
	s := start(t, Options{})
	if err := s.Place(loopback); err != nil {
		t.Fatal(err)
	}
	targets := []model.Target{backend(t, "one"), backend(t, "two"), backend(t, "three")}
	s.Apply([]compile.Unit{base(), host("a.example", "g1", targets[0])}, nil)
	var wrong []string
	var mu sync.Mutex
	var tasks sync.WaitGroup
	done := make(chan bool)
	sent := 0
	for range 4 {
		tasks.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				code, body := get(t, s, "a.example")
				mu.Lock()
				if sent++; code != 200 {
					wrong = append(wrong, fmt.Sprint(code, body))
				}
				mu.Unlock()
			}
		})
	}
	for i := range 100 {
		group := fmt.Sprintf("g%d", 1+i%3)
		target := targets[i%3]
		s.Apply([]compile.Unit{host("a.example", group, target), host(fmt.Sprintf("h%d.example", i), group, target)}, nil)
		time.Sleep(3 * time.Millisecond)
	}
	close(done)
	tasks.Wait()
	if len(wrong) > 0 {
		t.Errorf("%d of %d requests went wrong, first: %s", len(wrong), sent, wrong[0])
	}
	if sent < 100 {
		t.Errorf("only %d requests were sent", sent)
	}
}
