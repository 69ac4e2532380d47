package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gwanmun/gwanmun/internal/testkit/ports"
)

// host is the name that is served.
const host = "soak.example"

// origins is how many targets there are; at least one of them is always registered.
const origins = 4

// world is the proxy with everything around it.
type world struct {
	options options
	dir     string
	origins [origins]*origin
	roots   *x509.CertPool
	ca      *x509.Certificate
	caKey   *ecdsa.PrivateKey
	serial  int64

	process              *exec.Cmd
	ended                chan error
	http, https, metrics string
	network              string

	mu      sync.Mutex
	counts  map[kind]int64
	faults  []string
	faulty  int64
	changes map[string]int
	samples []sample
}

func newWorld(o options) (*world, error) {
	dir, err := os.MkdirTemp("", "gwanmun-soak-")
	if err != nil {
		return nil, err
	}
	w := &world{options: o, dir: dir, counts: map[kind]int64{}, changes: map[string]int{}, roots: x509.NewCertPool(), ended: make(chan error, 1)}
	if w.caKey, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "soak"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(48 * time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &w.caKey.PublicKey, w.caKey)
	if err != nil {
		return nil, err
	}
	if w.ca, err = x509.ParseCertificate(der); err != nil {
		return nil, err
	}
	w.roots.AddCert(w.ca)
	for i := range w.origins {
		if w.origins[i], err = newOrigin(i); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// start writes the first manifests and runs the binary.
func (w *world) start(ctx context.Context) error {
	addresses, err := ports.Free(4)
	if err != nil {
		return err
	}
	w.http, w.https, w.metrics, w.network = addresses[0], addresses[1], addresses[2], addresses[3]
	for _, write := range []error{
		w.write("certificate.yaml", w.certificate()), w.write("services.yaml", w.services()),
		w.write("endpoints.yaml", w.endpoints([]int{0, 1, 2, 3})), w.write("rules.yaml", rules(0)),
	} {
		if write != nil {
			return write
		}
	}
	state := filepath.Join(w.dir, "state.json")
	w.process = exec.Command(w.options.gwanmun, "serve", "-f", filepath.Join(w.dir, "manifests"), "--http-port", ports.Of(w.http),
		"--https-port", ports.Of(w.https), "--metrics-address", w.metrics, "--state-file", state)
	log, err := os.Create(filepath.Join(w.dir, "gwanmun.log"))
	if err != nil {
		return err
	}
	w.process.Stdout, w.process.Stderr = log, log
	if err := w.process.Start(); err != nil {
		return err
	}
	go func() { w.ended <- w.process.Wait() }()
	for ctx.Err() == nil {
		select {
		case err := <-w.ended:
			return fmt.Errorf("gwanmun ended at once: %v (see %s)", err, log.Name())
		case <-time.After(50 * time.Millisecond):
		}
		if c, err := net.Dial("tcp", w.http); err == nil {
			_ = c.Close() // it only showed that somebody listens
			return w.findNetwork(state)
		}
	}
	return ctx.Err()
}

// findNetwork reads where the network load balancer is served.
func (w *world) findNetwork(state string) error {
	var served struct {
		LoadBalancers []struct {
			Listeners []struct{ Protocol, Address string }
		}
	}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		text, err := os.ReadFile(state)
		if err != nil || json.Unmarshal(text, &served) != nil {
			continue
		}
		for _, lb := range served.LoadBalancers {
			for _, l := range lb.Listeners {
				if l.Protocol == "TCP" {
					w.network = l.Address
					return nil
				}
			}
		}
	}
	return errors.New("no TCP listener in the state file")
}

func (w *world) stop() {
	if w.process != nil && w.process.Process != nil {
		_ = w.process.Process.Signal(os.Interrupt) // it may have ended
		select {
		case <-w.ended:
		case <-time.After(20 * time.Second):
			_ = w.process.Process.Kill() // as above
		}
	}
	for _, o := range w.origins {
		if o != nil {
			o.close()
		}
	}
	_ = os.RemoveAll(w.dir) // what is left is in the system's place for such things
}

// write replaces a manifest in one step.
func (w *world) write(name, text string) error {
	dir := filepath.Join(w.dir, "manifests")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// certificate is a Secret with a new certificate of the authority that clients trust.
func (w *world) certificate() string {
	w.serial++
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // the system has no randomness
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1 + w.serial), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(48 * time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, w.ca, &key.PublicKey, w.caKey)
	if err != nil {
		panic(err) // as above
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err) // a key that was just made
	}
	encode := func(kind string, der []byte) string {
		return base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return "apiVersion: v1\nkind: Secret\nmetadata: {name: soak, namespace: default}\ntype: kubernetes.io/tls\ndata:\n  tls.crt: " +
		encode("CERTIFICATE", der) + "\n  tls.key: " + encode("PRIVATE KEY", secret) + "\n"
}

func (w *world) services() string {
	return strings.NewReplacer("{network}", ports.Of(w.network)).Replace(`apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec: {ports: [{port: 80, targetPort: http}]}
---
apiVersion: v1
kind: Service
metadata:
  name: network
  namespace: default
  annotations: {service.beta.kubernetes.io/aws-load-balancer-type: external, service.beta.kubernetes.io/aws-load-balancer-nlb-target-type: ip}
spec:
  type: LoadBalancer
  ports: [{name: bytes, port: {network}, targetPort: bytes}]
`)
}

// endpoints registers some of the origins. Each has a slice of its own, since their ports differ.
func (w *world) endpoints(which []int) string {
	var b strings.Builder
	for _, i := range which {
		fmt.Fprintf(&b, `apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-%[1]d, namespace: default, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: "", port: %[2]s}]
endpoints: [{addresses: [127.0.0.1], conditions: {ready: true}}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: network-%[1]d, namespace: default, labels: {kubernetes.io/service-name: network}}
addressType: IPv4
ports: [{name: bytes, port: %[3]s}]
endpoints: [{addresses: [127.0.0.1], conditions: {ready: true}}]
---
`, i, ports.Of(w.origins[i].http), ports.Of(w.origins[i].bytes))
	}
	return b.String()
}

// rules is the Ingress: one path that never changes, and some that come and go.
func rules(turn int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: soak
  namespace: default
  annotations: {nginx.ingress.kubernetes.io/ssl-redirect: "false", nginx.ingress.kubernetes.io/proxy-body-size: "%dm"}
spec:
  ingressClassName: nginx
  tls: [{hosts: [%[2]s], secretName: soak}]
  rules:
  - host: %[2]s
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
`, 1+turn%7, host)
	for i := range turn % 20 {
		fmt.Fprintf(&b, "      - {path: /turn-%d/%d, pathType: Exact, backend: {service: {name: web, port: {number: 80}}}}\n", turn, i)
	}
	for i := range turn % 5 {
		fmt.Fprintf(&b, "  - host: h%d-%d.example\n    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}\n", turn, i)
	}
	return b.String()
}
