package main

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/testkit/recorder"
	"github.com/gwanmun/gwanmun/internal/testkit/selfsigned"
)

// house is a proxy of ours with one load balancer for every kind of listener, each with a target of its own.
type house struct {
	server  *proxy.Server
	fronts  []*front
	targets []*recorder.Recorder
	// network is a network load balancer's TCP listener, networkTLS the one that ends TLS.
	network, networkTLS string
}

// kinds are the load balancers. Ports 80 speak plain HTTP, ports 443 TLS.
var kinds = []struct {
	name string
	who  []string
	// tls says that the port for TLS takes part; what a mode of ELB changes is not different there.
	tls bool
}{
	{"nginx", []string{"nginx", "all"}, true},
	{"monitor", []string{"monitor", "alb", "all"}, false},
	{"defensive", []string{"defensive", "alb", "all"}, true},
	{"strictest", []string{"strictest", "alb", "all"}, false},
}

// ownedNginx and ownedALB are the fields that a client must not be able to set.
var (
	ownedNginx = []string{
		"x-forwarded-*", "x-real-ip", "x-scheme", "x-original-url", "x-original-method", "x-original-uri", "ssl-client-*", "x-auth-request-redirect",
		"proxy",
	}
	ownedALB = []string{"x-forwarded-proto", "x-forwarded-port", "x-amzn-oidc-*", "x-amzn-mtls-*", "x-amzn-tls-*", "proxy"}
)

// openHouse starts it. options may change what the proxy is started with; raw is the network load balancer's target, or
// nothing.
func openHouse(options proxy.Options, raw netip.AddrPort) (*house, error) {
	s, err := proxy.New(options)
	if err != nil {
		return nil, err
	}
	h := &house{server: s}
	chain, key, err := selfsigned.Certificate("a.example")
	if err != nil {
		return nil, err
	}
	var units []compile.Unit
	var places []proxy.Placement
	loopback := netip.MustParseAddrPort("127.0.0.1:0")
	for _, k := range kinds {
		plain := &front{name: k.name, who: k.who}
		secure := &front{name: k.name + " tls", who: k.who, secure: true}
		owned := ownedALB
		if k.name == "nginx" {
			owned = ownedNginx
		}
		for _, f := range []*front{plain, secure} {
			r, err := recorder.Start(recorder.Options{Owned: owned, Forged: "forged", Answer: f.answer})
			if err != nil {
				return nil, err
			}
			f.target = r
			if h.targets = append(h.targets, r); k.tls || !f.secure {
				h.fronts = append(h.fronts, f)
			}
		}
		units = append(units, compile.Unit{Key: k.name, Model: loadBalancer(k.name, chain, key, plain, secure)})
		places = append(places, proxy.Placement{LoadBalancer: k.name, Port: 80, Address: loopback},
			proxy.Placement{LoadBalancer: k.name, Port: 443, Address: loopback})
	}
	if raw.IsValid() {
		units = append(units, compile.Unit{Key: "network", Model: networkBalancer(raw, chain, key)})
		places = append(places, proxy.Placement{LoadBalancer: "network", Port: 80, Address: loopback},
			proxy.Placement{LoadBalancer: "network", Port: 443, Address: loopback})
	}
	for _, d := range s.Apply(units, nil) {
		if d.Level != diag.Notice {
			return nil, fmt.Errorf("%v", d)
		}
	}
	if err := s.Place(places); err != nil {
		return nil, err
	}
	for _, p := range s.Addresses() {
		if p.LoadBalancer == "network" && p.Port == 443 {
			h.networkTLS = p.Address.String()
		} else if p.LoadBalancer == "network" {
			h.network = p.Address.String()
		}
		for _, f := range h.fronts {
			if f.who[0] == p.LoadBalancer && f.secure == (p.Port == 443) {
				f.address = p.Address.String()
			}
		}
	}
	return h, nil
}

// answer gives the scripted answer to "/r", the agreement to "/ws", and the echo to everything else.
func (f *front) answer(q *recorder.Request) *recorder.Answer {
	switch {
	case q.Target == "/r":
		return f.scripted.Load()
	case q.Target == "/ws":
		if _, ok := q.Get("upgrade"); ok {
			return &recorder.Answer{Pieces: [][]byte{[]byte("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")}, Stay: true}
		}
	}
	return nil
}

func (h *house) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := h.server.Shutdown(ctx)
	for _, r := range h.targets {
		r.Close()
	}
	return err
}

// loadBalancer has rules that show whether a request was read as it should be: /admin and secret.example are forbidden,
// /redirect goes to HTTPS, everything else to the target.
func loadBalancer(name string, chain, key []byte, plain, secure *front) *model.Model {
	lb := model.LoadBalancer{ID: name, Name: name, Type: model.Application}
	policy := &model.Policy{BodyLimit: -1}
	away := []model.Action{{Type: model.ActionRedirect, Redirect: &model.Redirect{
		Protocol: "HTTPS", Host: "#{host}", Port: "443", Path: "/#{path}", Query: "#{query}", StatusCode: 301,
	}}}
	awayPolicy := policy
	switch name {
	case "nginx":
		lb.Dialect = model.DialectNginx
		policy = &model.Policy{BodyLimit: 1 << 20, RequestBuffering: true}
		awayPolicy = &model.Policy{BodyLimit: 1 << 20, SSLRedirect: &model.SSLRedirect{StatusCode: 308}}
		away = nil
	default:
		lb.Attributes = []model.Attribute{{Key: "routing.http.desync_mitigation_mode", Value: name}}
	}
	forbidden := []model.Action{{Type: model.ActionFixedResponse, FixedResponse: &model.FixedResponse{
		StatusCode: 403, ContentType: "text/plain", MessageBody: "forbidden",
	}}}
	m := &model.Model{Certificates: []model.Certificate{{ID: "cert-" + name, Hosts: []string{"a.example"}, Chain: chain, Key: key}}}
	for port, f := range map[int32]*front{80: plain, 443: secure} {
		l := model.Listener{Port: port, Protocol: model.HTTP, DefaultActions: forwardTo(name, port), DefaultPolicy: policy}
		if f.secure {
			l.Protocol, l.DefaultCertificate = model.HTTPS, "cert-"+name
		}
		away := away
		if away == nil {
			away = forwardTo(name, port) // nginx redirects on the way to a target
		}
		l.Rules = []model.Rule{
			{Priority: 1, Conditions: []model.Condition{{Field: model.PathPattern, Values: []string{"/admin", "/admin/*"}}}, Actions: forbidden, Policy: policy},
			{Priority: 2, Conditions: []model.Condition{{Field: model.HostHeader, Values: []string{"secret.example"}}}, Actions: forbidden, Policy: policy},
			{Priority: 3, Conditions: []model.Condition{{Field: model.PathPattern, Values: []string{"/redirect*"}}}, Actions: away, Policy: awayPolicy},
		}
		lb.Listeners = append(lb.Listeners, l)
		at := netip.MustParseAddrPort(f.target.Address())
		m.TargetGroups = append(m.TargetGroups, model.TargetGroup{
			ID: fmt.Sprintf("%s-%d", name, port), Type: model.TargetIP, Protocol: model.TargetHTTP, Port: 80,
			Targets: []model.Target{{ID: at.Addr().String(), Port: int32(at.Port())}},
		})
	}
	m.LoadBalancers = []model.LoadBalancer{lb}
	return m
}

func forwardTo(name string, port int32) []model.Action {
	return []model.Action{{Type: model.ActionForward, Forward: &model.Forward{
		TargetGroups: []model.WeightedTargetGroup{{TargetGroup: fmt.Sprintf("%s-%d", name, port), Weight: 1}},
	}}}
}

func networkBalancer(raw netip.AddrPort, chain, key []byte) *model.Model {
	return &model.Model{
		Certificates: []model.Certificate{{ID: "cert-network", Hosts: []string{"a.example"}, Chain: chain, Key: key}},
		LoadBalancers: []model.LoadBalancer{{ID: "network", Name: "network", Type: model.Network, Listeners: []model.Listener{
			{Port: 80, Protocol: model.TCP, DefaultActions: forwardTo("network", 80)},
			{Port: 443, Protocol: model.TLS, DefaultActions: forwardTo("network", 80), DefaultCertificate: "cert-network"},
		}}},
		TargetGroups: []model.TargetGroup{{
			ID: "network-80", Type: model.TargetIP, Protocol: model.TargetTCP, Port: 80,
			Targets: []model.Target{{ID: raw.Addr().String(), Port: int32(raw.Port())}},
		}},
	}
}
