package servicenlb

import (
	"testing"

	"github.com/gwanmun/gwanmun/internal/lookup"
)

func TestTargetsLetTheLoadBalancerIn(t *testing.T) {
	const (
		bare  = "aws-load-balancer-disable-nlb-sg: 'true'\n"
		ip    = "aws-load-balancer-nlb-target-type: ip\n"
		world = "aws-load-balancer-scheme: internet-facing\n"
		from  = "load-balancer-source-ranges: 10.9.0.0/16\n"
		merge = "aws-load-balancer-enable-tcp-udp-listener: 'true'\n"
		quic  = "aws-load-balancer-quic-enabled-ports: '80'\n"
		check = "aws-load-balancer-healthcheck-port: '9000'\n"
		tcp   = "ports: [{port: 80, targetPort: 8080, nodePort: 30080}]"
		udp   = "ports: [{port: 80, protocol: UDP, targetPort: 8080, nodePort: 30080}]"
		both  = "ports: [{name: a, port: 80, targetPort: 8080, nodePort: 30080}, {name: b, port: 80, protocol: UDP, targetPort: 8080, nodePort: 30081}]"
	)
	for name, c := range map[string]struct{ annotations, spec, want string }{
		"node port":                       {"", tcp, "backend TCP:30080"},
		"target port":                     {ip, tcp, "backend TCP:8080"},
		"named target port":               {ip, "ports: [{port: 80, targetPort: web, nodePort: 30080}]", "backend TCP:web"},
		"another port for checks":         {check, tcp, "backend TCP:30080 TCP:9000"},
		"the same port for checks":        {ip + "aws-load-balancer-healthcheck-port: '8080'", tcp, "backend TCP:8080"},
		"UDP":                             {"", udp, "backend UDP:30080 TCP:30080"},
		"UDP, another port for checks":    {check, udp, "backend UDP:30080 TCP:9000"},
		"QUIC":                            {quic, udp, "backend UDP:30080 TCP:30080"},
		"TCP and UDP":                     {merge, both, "backend UDP:30080 TCP:30080"},
		"TCP and QUIC":                    {merge + quic, both, "backend UDP:30080 TCP:30080"},
		"own groups":                      {"aws-load-balancer-security-groups: sg-1", tcp, ""},
		"bare, nodes, internal":           {bare, tcp, "10.0.0.0/16 TCP:30080"},
		"bare, nodes, internet":           {bare + world, tcp, "0.0.0.0/0 TCP:30080"},
		"bare, nodes, ranges":             {bare + from, tcp, "10.9.0.0/16 TCP:30080, 10.0.1.0/24 TCP:30080"},
		"bare, nodes, everyone":           {bare + "load-balancer-source-ranges: 0.0.0.0/0", tcp, "0.0.0.0/0 TCP:30080"},
		"bare, nodes, other checks":       {bare + check, tcp, "10.0.0.0/16 TCP:30080, 10.0.1.0/24 TCP:9000"},
		"bare, pods":                      {bare + ip + from, tcp, "10.0.1.0/24 TCP:8080"},
		"bare, pods, other checks":        {bare + ip + check, tcp, "10.0.1.0/24 TCP:8080, 10.0.1.0/24 TCP:9000"},
		"bare, pods, client addresses":    {bare + ip + from + "aws-load-balancer-target-group-attributes: preserve_client_ip.enabled=true", tcp, "10.9.0.0/16 TCP:8080, 10.0.1.0/24 TCP:8080"},
		"bare, nodes, without addresses":  {bare + from + "aws-load-balancer-target-group-attributes: preserve_client_ip.enabled=false", tcp, "10.0.1.0/24 TCP:30080"},
		"bare, UDP":                       {bare + ip, udp, "10.0.0.0/16 UDP:8080, 10.0.1.0/24 TCP:8080"},
		"bare, UDP, ranges":               {bare + ip + from, udp, "10.9.0.0/16 UDP:8080, 10.0.1.0/24 TCP:8080"},
		"bare, QUIC":                      {bare + ip + quic, udp, "10.0.0.0/16 UDP:8080, 10.0.1.0/24 TCP:8080"},
		"bare, TCP and UDP":               {bare + ip + merge, both, "10.0.0.0/16 TCP:8080 UDP:8080"},
		"bare, TCP and UDP, ranges":       {bare + ip + merge + from, both, "10.9.0.0/16 TCP:8080 UDP:8080, 10.0.1.0/24 TCP:8080"},
		"bare, IPv6":                      {bare + ip + "aws-load-balancer-ip-address-type: dualstack", tcp + "\nipFamilies: [IPv6]", "2600:1f13:837:8500::/64 TCP:8080"},
		"bare, IPv6 nodes, internet":      {bare + world + "aws-load-balancer-ip-address-type: dualstack", tcp + "\nipFamilies: [IPv6]", "::/0 TCP:30080"},
		"bare, not managed":               {bare + "aws-load-balancer-manage-backend-security-group-rules: 'false'", tcp, ""},
		"bare, managed whatever the flag": {bare + ip, tcp, "10.0.1.0/24 TCP:8080"},
	} {
		t.Run(name, func(t *testing.T) {
			u := newWorld(Options{External: true}, service(t, "web", c.annotations, c.spec)).unit("web")
			if u.Model == nil {
				t.Fatalf("no model: %v %v", u.Diagnostics, u.Missing)
			}
			if got := networkText(u.Model.TargetGroups[0].Binding.Networking); got != c.want {
				t.Errorf("want %q, got %q", c.want, got)
			}
		})
	}
}

func TestTheRangesOfTheVPCAreAskedForOnlyWhereClientsComeFromIt(t *testing.T) {
	for annotations, want := range map[string]int{
		"": 0, "aws-load-balancer-disable-nlb-sg: 'true'": 1,
		"aws-load-balancer-disable-nlb-sg: 'true'\naws-load-balancer-nlb-target-type: ip": 0,
	} {
		w := newWorld(Options{}, service(t, "web", annotations, ""))
		answers := cloudOf("web")
		delete(answers, lookup.Question{Kind: lookup.VPC})
		w.Lookups = lookup.NewTable(answers)
		if u := w.unit("web"); len(u.Missing) != want || (u.Model == nil) != (want > 0) {
			t.Errorf("%q: missing %v", annotations, u.Missing)
		}
	}
}
