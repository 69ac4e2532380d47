package proxy

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/echo"
	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
)

func forwardTo(group string) []model.Action {
	return []model.Action{{Type: model.ActionForward, Forward: &model.Forward{
		TargetGroups: []model.WeightedTargetGroup{{TargetGroup: group, Weight: 1}},
	}}}
}

func placed(s *Server, lb string, datagrams bool) netip.AddrPort {
	for _, p := range s.Addresses() {
		if p.LoadBalancer == lb && p.Datagrams == datagrams {
			return p.Address
		}
	}
	return netip.AddrPort{}
}

func TestAnApplicationLoadBalancerBehindANetworkOneSeesTheClient(t *testing.T) {
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.Header.Get("X-Forwarded-For")+" "+r.Header.Get("X-Forwarded-Port"))
	}))
	t.Cleanup(origin.Close)
	at := netip.MustParseAddrPort(origin.Listener.Addr().String())
	s := start(t, Options{})
	alb := compile.Unit{Key: "alb/web", Model: &model.Model{
		LoadBalancers: []model.LoadBalancer{{ID: "alb", Type: model.Application, Listeners: []model.Listener{
			{Port: 80, Protocol: model.HTTP, DefaultActions: forwardTo("web")},
		}}},
		TargetGroups: []model.TargetGroup{{
			ID: "web", Type: model.TargetIP, Protocol: model.TargetHTTP, Port: 80,
			Targets: []model.Target{{ID: at.Addr().String(), Port: int32(at.Port())}},
		}},
	}}
	front := compile.Unit{Key: "nlb/web", Model: &model.Model{
		LoadBalancers: []model.LoadBalancer{{ID: "front", Type: model.Network, Listeners: []model.Listener{
			{Port: 8080, Protocol: model.TCP, DefaultActions: forwardTo("alb")},
		}}},
		TargetGroups: []model.TargetGroup{{
			ID: "alb", Type: model.TargetALB, Protocol: model.TargetTCP, Port: 80,
			Targets: []model.Target{{ID: "alb", Port: 80, Address: "127.0.0.1:1"}},
		}},
	}}
	if diags := s.Apply([]compile.Unit{alb, front}, nil); len(diags) > 0 {
		t.Fatal(diags)
	}
	any := netip.MustParseAddrPort("127.0.0.1:0")
	if err := s.Place([]Placement{{LoadBalancer: "alb", Port: 80, Address: any}, {LoadBalancer: "front", Port: 8080, Address: any}}); err != nil {
		t.Fatal(err)
	}
	dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 9)}}
	client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DialContext: dialer.DialContext}}
	defer client.CloseIdleConnections()
	for range 3 { // on one connection
		r, err := client.Get("http://" + placed(s, "front", false).String() + "/")
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil || string(b) != "127.0.0.9 80" {
			t.Errorf("the target was told %q, %v", b, err)
		}
	}
	if h, _ := s.Health("alb"); h.Targets[0].Outstanding != 1 {
		t.Errorf("%d connections at the load balancer behind", h.Targets[0].Outstanding)
	}
	client.CloseIdleConnections()
	for range 500 {
		if h, _ := s.Health("alb"); h.Targets[0].Outstanding == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the connection is counted for ever")
}

func TestDatagramsOfANetworkLoadBalancerAreServed(t *testing.T) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	pod := echo.StartDatagrams(conn, echo.Identity{Pod: "dns-1"})
	t.Cleanup(func() { pod.Close() })
	s := start(t, Options{})
	unit := compile.Unit{Key: "nlb/dns", Model: &model.Model{
		LoadBalancers: []model.LoadBalancer{{ID: "nlb", Type: model.Network, Listeners: []model.Listener{
			{Port: 53, Protocol: model.UDP, DefaultActions: forwardTo("dns")},
		}}},
		TargetGroups: []model.TargetGroup{{
			ID: "dns", Type: model.TargetIP, Protocol: model.TargetUDP, Port: 53,
			Targets: []model.Target{{ID: "127.0.0.1", Port: int32(pod.Address().Port())}},
		}},
	}}
	if diags := s.Apply([]compile.Unit{unit}, nil); len(diags) > 0 {
		t.Fatal(diags)
	}
	list := PlacementsOf("nlb", &unit.Model.LoadBalancers[0].Listeners[0], netip.MustParseAddrPort("127.0.0.1:0"))
	if err := s.Place(list); err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	ask := func() string {
		c, err := net.Dial("udp", placed(s, "nlb", true).String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		var a echo.Answer
		for range 5 {
			if _, err := c.Write([]byte("x")); err != nil {
				t.Fatal(err)
			}
			c.SetReadDeadline(time.Now().Add(2 * time.Second))
			if json.NewDecoder(c).Decode(&a) == nil {
				break
			}
		}
		return a.Pod
	}
	before := placed(s, "nlb", true)
	if got := ask(); got != "dns-1" {
		t.Errorf("%q", got)
	}
	if err := s.Place(list); err != nil || placed(s, "nlb", true) != before {
		t.Errorf("the socket was not kept: %v", err)
	}
	busy := Placement{LoadBalancer: "nlb", Port: 54, Address: before, Datagrams: true}
	if err := s.Place(append(list, busy)); err == nil {
		t.Error("a taken address was bound")
	}
	if err := s.Place(nil); err != nil || placed(s, "nlb", true).IsValid() {
		t.Errorf("the socket outlives its place: %v", err)
	}
}
