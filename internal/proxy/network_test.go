package proxy

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
)

// nlb is a network load balancer with a TCP and a TLS listener in front of one target group.
func nlb(group string, targets ...model.Target) compile.Unit {
	forward := []model.Action{{Type: model.ActionForward, Forward: &model.Forward{
		TargetGroups: []model.WeightedTargetGroup{{TargetGroup: group, Weight: 1}},
	}}}
	return compile.Unit{Key: "nlb/default/web", Model: &model.Model{
		LoadBalancers: []model.LoadBalancer{{ID: "nlb", Name: "web", Type: model.Network, Listeners: []model.Listener{
			{Port: 80, Protocol: model.TCP, DefaultActions: forward}, {Port: 443, Protocol: model.TLS, DefaultActions: forward},
		}}},
		TargetGroups: []model.TargetGroup{{ID: group, Type: model.TargetIP, Protocol: model.TargetTCP, Port: 80, Targets: targets}},
	}}
}

// selfMade is a certificate for names without one.
func selfMade(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Unix(4000000000, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func networkPlaces() []Placement {
	any := netip.MustParseAddrPort("127.0.0.1:0")
	return []Placement{{LoadBalancer: "nlb", Port: 80, Address: any}, {LoadBalancer: "nlb", Port: 443, Address: any}}
}

// through asks over a new connection.
func through(t *testing.T, s *Server, scheme string) string {
	t.Helper()
	port := map[string]int32{"http": 80, "https": 443}[scheme]
	for _, p := range s.Addresses() {
		if p.Port != port {
			continue
		}
		client := &http.Client{
			Timeout:   20 * time.Second,
			Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
		}
		resp, err := client.Get(scheme + "://" + p.Address.String() + "/")
		if err != nil {
			t.Error(err)
			return ""
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Error(err)
		}
		return strings.TrimSpace(string(b))
	}
	t.Fatalf("no listener on port %d", port)
	return ""
}

func TestANetworkLoadBalancerIsServedCountedAndExplained(t *testing.T) {
	var log buffer
	registry := prometheus.NewPedanticRegistry()
	own := selfMade(t)
	s := start(t, Options{AccessLog: &log, Metrics: registry, DefaultCertificate: &own})
	one := backend(t, "one")
	if diags := s.Apply([]compile.Unit{nlb("tg", one)}, nil); len(diags) > 0 {
		t.Fatal(diags)
	}
	if err := s.Place(networkPlaces()); err != nil {
		t.Fatal(err)
	}
	for _, scheme := range []string{"http", "https"} {
		if got := through(t, s, scheme); got != "one" {
			t.Errorf("%s: %q", scheme, got)
		}
	}
	text := s.Explain("nlb", 80, compile.Probe{}).String()
	if !strings.Contains(text, "sent to target group tg\n  at one of "+one.ID) {
		t.Errorf("explained: %s", text)
	}
	samples := func() map[string]float64 {
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]float64{}
		for _, f := range families {
			for _, m := range f.GetMetric() {
				out[f.GetName()] += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
		return out
	}
	for range 500 {
		if samples()["aws_networkelb_active_flow_count"] == 0 && strings.Contains(log.String(), "\n") {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	got := samples()
	if got["aws_networkelb_new_flow_count_total"] != 2 || got["aws_networkelb_active_flow_count"] != 0 || got["aws_networkelb_processed_bytes_total"] < 200 ||
		got["aws_networkelb_healthy_host_count"] != 1 || got["aws_applicationelb_new_connection_count_total"] != 0 {
		t.Errorf("counted: %v", got)
	}
	if text := log.String(); strings.Count(text, "\n") != 1 || !strings.HasPrefix(text, "tls 2.0 ") {
		t.Errorf("access log:\n%s", text)
	}
	s.Apply(nil, []string{"nlb/default/web"})
	if _, ok := s.Health("tg"); ok {
		t.Error("the group outlived its load balancer")
	}
}

// TestChangesOfANetworkLoadBalancerLoseNoConnection changes target group, targets and listener while connections come.
func TestChangesOfANetworkLoadBalancerLoseNoConnection(t *testing.T) {
	s := start(t, Options{})
	targets := []model.Target{backend(t, "one"), backend(t, "two"), backend(t, "three")}
	s.Apply([]compile.Unit{nlb("g0", targets[0])}, nil)
	if err := s.Place(networkPlaces()[:1]); err != nil {
		t.Fatal(err)
	}
	var tasks sync.WaitGroup
	done := make(chan bool)
	for range 4 {
		tasks.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-done:
					if n < 10 {
						t.Errorf("only %d connections were made", n)
					}
					return
				default:
				}
				if got := through(t, s, "http"); got == "" {
					t.Error("no answer")
				}
			}
		})
	}
	for i := range 100 {
		s.Apply([]compile.Unit{nlb(fmt.Sprintf("g%d", i%3), targets[i%3])}, nil)
		s.SetTargets(fmt.Sprintf("g%d", i%3), []model.Target{targets[(i+1)%3], targets[(i+2)%3]})
		time.Sleep(3 * time.Millisecond)
	}
	close(done)
	tasks.Wait()
}
