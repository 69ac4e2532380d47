package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

const node = `
apiVersion: v1
kind: Node
metadata: {name: node-1}
status:
  capacity: {cpu: "4", memory: 8Gi, pods: "20"}
  allocatable: {cpu: "4", memory: 8Gi, pods: "20"}
  conditions: [{type: Ready, status: "True"}]
`

// One cluster lives through the whole test, and through one restart, because starts are what takes the time.
func TestAClusterWorksAndIsThereAgainAfterARestart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	readyFile := filepath.Join(t.TempDir(), "ready")
	b := start(t, "--state-dir", dir, "--ready-file", readyFile)

	secondStartIsRefused(t, dir, readyFile)
	filesArePrivate(t, b, readyFile)
	deploymentsBecomePodsOnNodes(b)
	strangersAreRefused(t, b)

	b.terminate()
	b.wait()
	nothingIsLeft(t, b, dir, readyFile)

	again := start(t, "--state-dir", dir, "--exit-with-parent")
	if again.server != b.server {
		t.Errorf("server %s before, %s after the restart", b.server, again.server)
	}
	again.mustKubectl("wait", "--for=jsonpath={.status.replicas}=2", "deployment/web", "--timeout=60s")
	tokensOfServiceAccountsAreKnown(t, again)
	if err := again.stdin.Close(); err != nil {
		t.Fatal(err)
	}
	again.wait()

	brokenDataIsCalledDamaged(t, dir)
}

func TestAStopDuringTheStartIsAsCleanAsALaterOne(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	b := launch(t, "--state-dir", dir)
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		log, _ := os.ReadFile(filepath.Join(dir, "kubebox.log"))
		if strings.Contains(string(log), "Serving securely") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the API server does not serve:\n%s", log)
		}
	}
	b.terminate()
	b.wait()
}

func secondStartIsRefused(t *testing.T, dir, readyFile string) {
	t.Helper()
	line := mustFail(t, "--state-dir", dir, "--ready-file", readyFile)
	if !strings.Contains(line, dir+" is in use by another kubebox (process ") || !strings.Contains(line, "--state-dir") {
		t.Errorf("a second start says %q", line)
	}
}

func filesArePrivate(t *testing.T, b *box, readyFile string) {
	t.Helper()
	info, err := os.Stat(b.kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("kubeconfig has mode %s", info.Mode())
	}
	ready, err := os.ReadFile(readyFile)
	if err != nil || !strings.HasPrefix(string(ready), "READY kubeconfig="+b.kubeconfig+" server="+b.server+" ") {
		t.Errorf("ready file: %q, %v", ready, err)
	}
}

func deploymentsBecomePodsOnNodes(b *box) {
	b.t.Helper()
	b.mustKubectl("create", "deployment", "web", "--image=example.invalid/web", "--replicas=2")
	b.mustKubectl("wait", "--for=jsonpath={.status.unavailableReplicas}=2", "deployment/web", "--timeout=60s")
	if sets := b.mustKubectl("get", "replicasets", "-l", "app=web", "-o", "name"); strings.Count(sets, "replicaset.apps/web-") != 1 {
		b.t.Errorf("replica sets: %q", sets)
	}
	b.mustKubectl("wait", "--for=jsonpath={.status.conditions[0].reason}=Unschedulable", "pod", "-l", "app=web", "--timeout=60s")
	b.apply(node)
	b.mustKubectl("wait", "--for=jsonpath={.spec.nodeName}=node-1", "pod", "-l", "app=web", "--timeout=60s")
}

func strangersAreRefused(t *testing.T, b *box) {
	t.Helper()
	if out, err := b.kubectl("get", "pods", "--as=stranger"); err == nil || !strings.Contains(out, `User "stranger" cannot list resource "pods"`) {
		t.Errorf("a stranger lists pods: %v\n%s", err, out)
	}
	for name, c := range map[string]struct {
		token  string
		status int
		says   string
	}{
		"nobody in particular":  {"", http.StatusForbidden, "system:anonymous"},
		"someone with no token": {"invented", http.StatusUnauthorized, "Unauthorized"},
	} {
		if status, body := get(t, b, "/api/v1/pods", c.token); status != c.status || !strings.Contains(body, c.says) {
			t.Errorf("%s gets %d:\n%s", name, status, body)
		}
	}
}

func tokensOfServiceAccountsAreKnown(t *testing.T, b *box) {
	t.Helper()
	token := strings.TrimSpace(b.mustKubectl("create", "token", "default"))
	status, body := get(t, b, "/api/v1/pods", token)
	if status != http.StatusForbidden || !strings.Contains(body, "system:serviceaccount:default:default") {
		t.Errorf("a service account gets %d:\n%s", status, body)
	}
}

// get asks the API server without a client certificate.
func get(t *testing.T, b *box, path, token string) (status int, body string) {
	t.Helper()
	text, err := os.ReadFile(b.kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`certificate-authority-data: (\S+)`).FindSubmatch(text)
	if found == nil {
		t.Fatal("no certificate authority in the kubeconfig")
	}
	authority, err := base64.StdEncoding.DecodeString(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.server+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := (&http.Client{Transport: transport, Timeout: patience}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	all, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(all)
}

// nothingIsLeft looks for what a stopped kubebox must not leave behind.
func nothingIsLeft(t *testing.T, b *box, dir, readyFile string) {
	t.Helper()
	for _, gone := range []string{readyFile, filepath.Join(dir, "run")} {
		if _, err := os.Stat(gone); !os.IsNotExist(err) {
			t.Errorf("%s is still there: %v", gone, err)
		}
	}
	server, err := url.Parse(b.server)
	if err != nil {
		t.Fatal(err)
	}
	if l, err := net.Listen("tcp", server.Host); err != nil {
		t.Errorf("the port is not free: %v", err)
	} else {
		l.Close()
	}
}

func brokenDataIsCalledDamaged(t *testing.T, dir string) {
	t.Helper()
	file, err := os.OpenFile(filepath.Join(dir, "etcd", "member", "snap", "db"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write(make([]byte, 16<<10)); err != nil {
		t.Fatal(err)
	}
	file.Close()
	line := mustFail(t, "--state-dir", dir)
	if !strings.Contains(line, dir+" is damaged") || !strings.Contains(line, "delete it to start afresh") {
		t.Errorf("it says %q", line)
	}
}
