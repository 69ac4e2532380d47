package main

import (
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// manifest is the Ingress that our side serves: one host, TLS without a forced redirect, the origin as its only target.
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
  tls: [{hosts: [%[1]s], secretName: bench}]
  rules:
  - host: %[1]s
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: origin, port: {number: 80}}}}
---
apiVersion: v1
kind: Secret
metadata: {name: bench, namespace: default}
type: kubernetes.io/tls
data: {tls.crt: %[2]s, tls.key: %[3]s}
---
apiVersion: v1
kind: Service
metadata: {name: origin, namespace: default}
spec: {ports: [{port: 80, targetPort: %[5]s}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: origin-1, namespace: default, labels: {kubernetes.io/service-name: origin}}
addressType: IPv4
ports: [{name: "", port: %[5]s}]
endpoints: [{addresses: [%[4]s], conditions: {ready: true}}]
`

// startOurs runs the gwanmun binary in file mode.
func (b *bench) startOurs(p *peer, _ string) error {
	binary := b.options.gwanmun
	if binary == "" {
		binary = filepath.Join(b.dir, "gwanmun")
		if out, err := exec.Command("go", "build", "-o", binary, "./cmd/gwanmun").CombinedOutput(); err != nil {
			return fmt.Errorf("build gwanmun: %w: %s", err, out)
		}
	}
	p.version = versionOf(binary, "version")
	ip, port, err := net.SplitHostPort(b.origin)
	if err != nil {
		return err
	}
	text := fmt.Appendf(nil, manifest, host, base64.StdEncoding.EncodeToString(b.certPEM),
		base64.StdEncoding.EncodeToString(b.keyPEM), ip, port)
	file := filepath.Join(b.dir, "bench.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return err
	}
	_, httpPort, _ := net.SplitHostPort(p.http)
	_, httpsPort, _ := net.SplitHostPort(p.https)
	cmd := b.pinned(0, binary, "serve", "-f", file, "--http-port", httpPort, "--https-port", httpsPort)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	if extra := os.Getenv("PERF_GWANMUN_FLAGS"); extra != "" {
		cmd.Args = append(cmd.Args, strings.Fields(extra)...)
	}
	p.process, err = b.start("gwanmun", cmd, false)
	return err
}
