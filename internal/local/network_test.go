package local

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/echo"
)

// network is a Service with a network load balancer for TCP and UDP, and its pods.
const network = `
apiVersion: v1
kind: Service
metadata: {name: dns, annotations: {service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: ip}}
spec:
  type: LoadBalancer
  loadBalancerClass: service.k8s.aws/nlb
  selector: {app: dns}
  ports: [{name: web, port: 5380, targetPort: 8080}, {name: dns, port: 5353, targetPort: 5353, protocol: UDP}]
---
apiVersion: v1
kind: Pod
metadata: {name: dns-1, labels: {app: dns}}
spec:
  containers: [{name: dns, image: dns}]
`

func TestExplainShowsNetworkLoadBalancers(t *testing.T) {
	dir := manifests(t, "network.yaml", network)
	for url, want := range map[string]string{
		"udp://dns.example:5353":     "datagrams of protocol UDP are forwarded",
		"tcp://dns.example:5380":     "every connection of protocol TCP is forwarded",
		"http://dns.example:5380/":   "sent to target group nlb/default/dns/dns:5380",
		"udp://dns.example:5353/any": "(pod dns-1)",
	} {
		x, err := Explain([]string{dir}, nil, Classes{}, Question{URL: url})
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		if text := x.String(); !strings.Contains(text, want) {
			t.Errorf("%s lacks %q:\n%s", url, want, text)
		}
	}
	for _, bad := range []string{"udp://dns.example", "udp://dns.example:5380", "tcp://dns.example:5353", "quic://dns.example:5353"} {
		if _, err := Explain([]string{dir}, nil, Classes{}, Question{URL: bad}); err == nil {
			t.Errorf("%q was explained", bad)
		}
	}
}

func TestANetworkLoadBalancerOfFilesCarriesStreamsAndDatagrams(t *testing.T) {
	for name, manifest := range map[string]string{
		"ip": network, "instance": strings.Replace(network, "target-type: ip", "target-type: instance", 1),
	} {
		t.Run(name, func(t *testing.T) {
			s := serveDir(t, Options{Sources: []string{manifests(t, "network.yaml", manifest)}})
			at := map[bool]string{}
			for _, p := range s.proxy.Addresses() {
				if p.LoadBalancer == "nlb/default/dns" {
					at[p.Datagrams] = p.Address.String()
				}
			}
			if at[false] == "" || at[true] == "" {
				t.Fatalf("served at %v", at)
			}
			c, err := net.Dial("udp", at[true])
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			var a echo.Answer
			for range 5 {
				if _, err := c.Write([]byte("hello")); err != nil {
					t.Fatal(err)
				}
				if err := c.SetReadDeadline(time.Now().Add(2 * time.Second)); err != nil {
					t.Fatal(err)
				}
				if err = json.NewDecoder(c).Decode(&a); err == nil {
					break
				}
			}
			if a.Pod != "dns-1" || a.Path != "hello" {
				t.Errorf("%+v, %v", a, err)
			}
		})
	}
}

func TestLoadBalancersUseTheTargetsOfTheirZoneOnly(t *testing.T) {
	const prefix = "service.beta.kubernetes.io/aws-load-balancer-"
	own := ""
	ask := func(name, setting, zone string, want bool) {
		t.Run(name, func(t *testing.T) {
			dir := manifests(t, "network.yaml", strings.Replace(network, "annotations: {", "annotations: {"+setting, 1))
			s := serveDir(t, Options{Sources: []string{dir}, Zone: zone})
			for _, g := range s.State().TargetGroups {
				for _, target := range g.Targets {
					own = target.Zone
				}
			}
			address := ""
			for _, p := range s.proxy.Addresses() {
				if p.LoadBalancer == "nlb/default/dns" && !p.Datagrams {
					address = p.Address.String()
				}
			}
			c, err := net.Dial("tcp", address)
			if errors.Is(err, syscall.ECONNRESET) && !want {
				return // the end may come before dialling is over
			}
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
				t.Fatal(err)
			}
			_, _ = c.Write([]byte("GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n")) // it may be reset already
			b := make([]byte, 8)
			if _, err = io.ReadFull(c, b); (err == nil && string(b) == "HTTP/1.1") != want {
				t.Errorf("%q, %v; the target is in zone %q", b, err, own)
			}
		})
	}
	never, across := prefix+"target-group-attributes: load_balancing.cross_zone.enabled=false, ", prefix+"cross-zone-load-balancing-enabled: \"true\", "
	ask("all zones", never, "", true)
	if own == "" {
		t.Fatal("the target has no zone")
	}
	ask("its own zone", never, own, true)
	ask("another zone", never, "elsewhere", false)
	ask("its own zone by default", "", own, true)
	ask("another zone by default", "", "elsewhere", false)
	ask("another zone with cross-zone load balancing", across, "elsewhere", true)
}
