package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gwanmun/gwanmun/internal/testkit/ports"
)

// manifest is what our side serves: one host with TLS and without a forced redirect, gRPC below /bench.Echo, paths below
// /shop rewritten by a regular expression, and a network load balancer.
const manifest = `apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: bench
  namespace: default
  annotations: {nginx.ingress.kubernetes.io/ssl-redirect: "false"}
spec:
  ingressClassName: nginx
  tls: [{hosts: [{host}], secretName: bench}]
  rules:
  - host: {host}
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: origin, port: {number: 80}}}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: calls
  namespace: default
  annotations: {nginx.ingress.kubernetes.io/ssl-redirect: "false", nginx.ingress.kubernetes.io/backend-protocol: GRPC}
spec:
  ingressClassName: nginx
  tls: [{hosts: [{host}], secretName: bench}]
  rules:
  - host: {host}
    http:
      paths:
      - {path: /bench.Echo, pathType: Prefix, backend: {service: {name: calls, port: {number: 80}}}}
---
apiVersion: v1
kind: Secret
metadata: {name: bench, namespace: default}
type: kubernetes.io/tls
data: {tls.crt: {certificate}, tls.key: {key}}
---
{service-origin}---
{service-calls}`

const policyManifest = `---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  namespace: default
  annotations:
    nginx.ingress.kubernetes.io/ssl-redirect: "false"
{annotations}spec:
  ingressClassName: nginx
  tls: [{hosts: [{host}], secretName: bench}]
  rules:
  - host: {host}
    http:
      paths:
      - {path: "/shop/(.*)", pathType: ImplementationSpecific, backend: {service: {name: {backend}, port: {number: 80}}}}
`

// annotations are what asks for a policy.
var annotations = map[policy][]string{
	rewritten: {`use-regex: "true"`, `rewrite-target: /$1`, `proxy-body-size: 8m`},
	sticky:    {`affinity: cookie`, `session-cookie-name: bench`},
	shared:    {`enable-cors: "true"`},
	limited:   {`limit-rps: "1000000"`},
	guarded:   {`auth-url: "http://{http-origin}/authorize"`, `auth-response-headers: X-User`, `auth-keepalive: "320"`},
}

const serviceManifest = `apiVersion: v1
kind: Service
metadata: {name: {name}, namespace: default}
spec: {ports: [{port: 80, targetPort: {port}}]}
---
` + sliceManifest

const sliceManifest = `apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: {name}-{n}, namespace: default, labels: {kubernetes.io/service-name: {name}}}
addressType: IPv4
ports: [{name: "", port: {port}}]
endpoints: [{addresses: [{ip}], conditions: {ready: true}}]
`

const networkManifest = `---
apiVersion: v1
kind: Service
metadata:
  name: network
  namespace: default
  annotations:
    service.beta.kubernetes.io/aws-load-balancer-type: external
    service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: ip
spec:
  type: LoadBalancer
  ports:
  - {name: bytes, port: {bytes-port}, targetPort: {bytes-target}, protocol: TCP}
  - {name: udp, port: {udp-port}, targetPort: {udp-target}, protocol: UDP}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: network-1, namespace: default, labels: {kubernetes.io/service-name: network}}
addressType: IPv4
ports: [{name: bytes, port: {bytes-target}, protocol: TCP}, {name: udp, port: {udp-target}, protocol: UDP}]
endpoints: [{addresses: [127.0.0.1], conditions: {ready: true}}]
`

const hostManifest = `---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: {name}, namespace: default, labels: {turn: "{turn}"}}
spec:
  ingressClassName: nginx
  rules:
  - host: {name}.example
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: origin, port: {number: 80}}}}
      - {path: /turn-{turn}, pathType: Prefix, backend: {service: {name: origin, port: {number: 80}}}}
`

// startOurs runs the gwanmun binary in file mode.
func (b *bench) startOurs(p *peer, s setting) error {
	p.version = versionOf(b.options.gwanmun, "version")
	if i := strings.IndexByte(p.version, '\n'); i > 0 {
		p.version = p.version[:i]
	}
	file := filepath.Join(b.dir, "bench.yaml")
	write := func(turn int) error {
		// A rename, as everybody replaces files that others read.
		if err := os.WriteFile(file+".new", b.manifest(p, s, turn), 0o600); err != nil {
			return err
		}
		return os.Rename(file+".new", file)
	}
	if err := write(0); err != nil {
		return err
	}
	state := filepath.Join(b.dir, "state.json")
	_ = os.Remove(state) // of the setting before
	args := []string{"serve", "-f", file, "--http-port", ports.Of(p.http), "--https-port", ports.Of(p.https), "--state-file", state}
	if s.log {
		args = append(args, "--access-log", b.dir+"/gwanmun-access.log")
	}
	cmd := b.pinned(s.place(), b.options.gwanmun, append(args, strings.Fields(os.Getenv("PERF_GWANMUN_FLAGS"))...)...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS="+strconv.Itoa(s.cores))
	var err error
	if p.process, err = b.start("gwanmun", cmd, false); err != nil {
		return err
	}
	p.swap = write
	if err := p.process.listens(p.http); err != nil {
		return err
	}
	if s.name != plain.name {
		return nil
	}
	return p.network(state)
}

// manifest is what gwanmun serves in a setting; turn makes it a different one.
func (b *bench) manifest(p *peer, s setting, turn int) []byte {
	service := func(name, address string) string {
		ip, port, _ := net.SplitHostPort(address)
		return string(fill(serviceManifest, "{name}", name, "{n}", "1", "{ip}", ip, "{port}", port))
	}
	text := fill(manifest, "{host}", host, "{certificate}", base64.StdEncoding.EncodeToString(b.certPEM),
		"{key}", base64.StdEncoding.EncodeToString(b.keyPEM), "{service-origin}", service("origin", b.origin.http),
		"{service-calls}", service("calls", b.origin.grpc))
	if s.policy != 0 {
		text = append(text, b.shop(s)...)
	}
	if s.name == plain.name {
		text = append(text, fill(networkManifest, "{bytes-port}", ports.Of(p.bytes), "{bytes-target}", ports.Of(b.origin.bytes),
			"{udp-port}", ports.Of(p.udp), "{udp-target}", ports.Of(b.origin.udp))...)
	}
	for i, name := range s.names() {
		if i > 0 {
			turn = 0 // one Ingress changes, as in life
		}
		text = append(text, fill(hostManifest, "{name}", strings.TrimSuffix(name, ".example"), "{turn}", fmt.Sprint(turn))...)
	}
	return text
}

// shop is the Ingress with the policies of a setting; where clients are to keep their target, there are two.
func (b *bench) shop(s setting) []byte {
	var lines strings.Builder
	for p := rewritten; p <= guarded; p <<= 1 {
		if s.policy&p == 0 {
			continue
		}
		for _, line := range annotations[p] {
			lines.WriteString("    nginx.ingress.kubernetes.io/" + strings.ReplaceAll(line, "{http-origin}", b.origin.http) + "\n")
		}
	}
	backend, more := "origin", ""
	if s.policy&sticky != 0 {
		backend = "pair"
		more = "---\n" + string(fill(serviceManifest, "{name}", "pair", "{n}", "1", "{ip}", "127.0.0.1", "{port}", ports.Of(b.origin.http))) + "---\n" +
			string(fill(sliceManifest, "{name}", "pair", "{n}", "2", "{ip}", "127.0.0.1", "{port}", ports.Of(b.origin.second)))
	}
	return append(fill(policyManifest, "{host}", host, "{annotations}", lines.String(), "{backend}", backend), more...)
}

// network finds the address of the network load balancer, whose ports are those of the Service.
func (p *peer) network(state string) error {
	var text []byte
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		var err error
		if text, err = os.ReadFile(state); err == nil {
			break
		}
		if time.Now().After(deadline) {
			return err
		}
	}
	var served struct {
		LoadBalancers []struct {
			Listeners []struct {
				Protocol string `json:"protocol"`
				Address  string `json:"address"`
			} `json:"listeners"`
		} `json:"loadBalancers"`
	}
	if err := json.Unmarshal(text, &served); err != nil {
		return fmt.Errorf("%s: %w", state, err)
	}
	for _, lb := range served.LoadBalancers {
		for _, l := range lb.Listeners {
			switch l.Protocol {
			case "TCP":
				p.bytes = l.Address
			case "UDP":
				p.udp = l.Address
			}
		}
	}
	return nil
}
