package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gwanmun/gwanmun/internal/local"
)

// output collects what a command writes while it runs.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// serving runs serve with arguments until the test ends and gives the state file's content.
func serving(t *testing.T, args ...string) (local.State, func() int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "state.json")
	var out, errOut output
	ctx, cancel := context.WithCancel(context.Background())
	status := make(chan int, 1)
	args = append([]string{"serve", "-f", examples, "--http-port", "0", "--https-port", "0", "--state-file", path}, args...)
	go func() { status <- run(ctx, args, streams{strings.NewReader(""), &out, &errOut}) }()
	stop := sync.OnceValue(func() int {
		cancel()
		return <-status
	})
	t.Cleanup(func() { stop() })
	for start := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		data, err := os.ReadFile(path)
		if err == nil {
			var st local.State
			if err := json.Unmarshal(data, &st); err != nil {
				t.Fatal(err)
			}
			return st, stop
		}
		if time.Since(start) > 10*time.Second {
			t.Fatalf("no state file: %s%s", out.String(), errOut.String())
		}
	}
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	tr := &http.Transport{DisableKeepAlives: true}
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "apache.127.0.0.1.sslip.io"
	resp, err := tr.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// nginxAddress is where class nginx is served.
func nginxAddress(t *testing.T, st local.State) string {
	t.Helper()
	for _, lb := range st.LoadBalancers {
		if lb.Class == "nginx" {
			return lb.Listeners[0].Address
		}
	}
	t.Fatal("class nginx is not served")
	return ""
}

func TestServeServesUntilItIsInterrupted(t *testing.T) {
	logFile := filepath.Join(t.TempDir(), "access.log")
	st, stop := serving(t, "--access-log", logFile)
	if status, body := get(t, "http://"+nginxAddress(t, st)+"/x"); status != 200 || !strings.Contains(body, `"service": "apache"`) {
		t.Errorf("status %d, %s", status, body)
	}
	if status := stop(); status != statusFine {
		t.Errorf("the exit status is %d", status)
	}
	data, err := os.ReadFile(logFile)
	if err != nil || !strings.Contains(string(data), "/x") {
		t.Errorf("the access log is %q, %v", data, err)
	}
	goleak.VerifyNone(t)
}

func TestServeGivesMetrics(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // finds a free port
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	st, stop := serving(t, "--metrics-address", address, "--once")
	get(t, "http://"+nginxAddress(t, st)+"/")
	if status, body := get(t, "http://"+address+"/metrics"); status != 200 || !strings.Contains(body, "go_goroutines") || !strings.Contains(body, "requests") {
		t.Errorf("status %d, %.300s", status, body)
	}
	if status := stop(); status != statusFine {
		t.Errorf("the exit status is %d", status)
	}
	goleak.VerifyNone(t)
}

func TestServeRefusesWhatItCannotDo(t *testing.T) {
	for want, args := range map[string][]string{
		"--address":         {"serve", "-f", examples, "--address", "somewhere"},
		"--http-port":       {"serve", "-f", examples, "--http-port", "70000"},
		"no such file":      {"serve", "-f", "testdata/none", "--http-port", "0", "--https-port", "0"},
		"--access-log":      {"serve", "-f", examples, "--access-log", "testdata/none/x"},
		"--metrics-address": {"serve", "-f", examples, "--metrics-address", "nowhere"},

		"a port of its own": {"serve", "-f", examples, "--http-port", "8080", "--https-port", "8080"},
		// An address for documentation (RFC 5737), which no machine has: another port would not help.
		"choose another one with --address": {"serve", "-f", examples, "--address", "203.0.113.9"},
	} {
		if status, _, errOut := gwanmun(t, "", args...); status == statusFine || !strings.Contains(errOut, want) {
			t.Errorf("%v: status %d, %s", args, status, errOut)
		}
	}
	goleak.VerifyNone(t)
}

func TestTheDemoIsAllRight(t *testing.T) {
	status, out, errOut := gwanmun(t, "", "demo", "--files", examples)
	if status != statusFine || !strings.Contains(out, "0 answers wrong") {
		t.Errorf("status %d\n%s%s", status, out, errOut)
	}
	for _, want := range []string{
		"$ curl --resolve apache.127.0.0.1.sslip.io:", "200 from pod apache (Service apache)",
		"because rule 1 is of Ingress default/apache-domain, path /", "basic-auth answers 401", "308 to https://apache-tls.127.0.0.1.sslip.io:",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	goleak.VerifyNone(t)
}

func TestADemoThatIsNotRightSaysSo(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.yaml":       "apiVersion: v1\nkind: Service\nmetadata: {name: x}\n",
		"requests.txt": "# Wrong\nGET http://a.example/ -> 200 from x\nGET http://-/ via=no/one -> 200\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	status, out, _ := gwanmun(t, "", "demo", "--files", dir)
	for _, want := range []string{"the status is 404 in place of 200", "no pod answered", "no Ingress no/one is served", "2 answers wrong"} {
		if status != statusFault || !strings.Contains(out, want) {
			t.Errorf("status %d, %q is missing in\n%s", status, want, out)
		}
	}
	if status, _, errOut := gwanmun(t, "", "demo", "--files", t.TempDir()); status != statusFault || !strings.Contains(errOut, "requests.txt") {
		t.Errorf("status %d, %s", status, errOut)
	}
}
