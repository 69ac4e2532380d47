package local

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"github.com/gwanmun/gwanmun/internal/diag"
	"github.com/gwanmun/gwanmun/internal/echo"
)

// serveDir serves a directory on free ports and follows it until the test ends; nothing may be left then.
func serveDir(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		end, stop := context.WithTimeout(context.Background(), 5*time.Second)
		defer stop()
		if err := s.Close(end); err != nil {
			t.Errorf("close: %v", err)
		}
		goleak.VerifyNone(t)
	})
	return s
}

// send sends a request to where it is served now.
func send(t *testing.T, s *Server, method, url string) *Outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	st := s.State()
	o, err := (&Request{Method: method, URL: url}).Send(ctx, &st)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// eventually waits until f holds; a second is what is promised, more is for busy test machines.
func eventually(t *testing.T, what string, f func() bool) time.Duration {
	t.Helper()
	start := time.Now()
	for !f() {
		if time.Since(start) > 5*time.Second {
			t.Fatalf("%s did not come about", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
	return time.Since(start)
}

func TestEveryExampleAnswersAsItSays(t *testing.T) {
	s := serveDir(t, Options{Sources: []string{examples}, Classes: Classes{WatchWithoutClass: true}})
	st := s.State()
	sent := 0
	err := filepath.WalkDir(examples, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.Name() != "requests.txt" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		groups, err := ParseRequests(string(text))
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for _, g := range groups {
			for i := range g.Requests {
				r := &g.Requests[i]
				sent++
				ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
				o, err := r.Send(ctx, &st)
				cancel()
				if err != nil {
					t.Errorf("%s: %s: %v", path, r.URL, err)
				} else if faults := r.Faults(o); len(faults) > 0 {
					t.Errorf("%s: %s: %s", path, r.URL, strings.Join(faults, "; "))
				}
				if why, err := s.Why(r); err != nil || why == "" {
					t.Errorf("%s: %s: no reason: %v", path, r.URL, err)
				}
			}
		}
		return nil
	})
	if err != nil || sent < 15 {
		t.Errorf("%d requests were sent: %v", sent, err)
	}
}

func TestAllTargetsOfAnALBGetHealthyAndTheirTurn(t *testing.T) {
	s := serveDir(t, Options{Sources: []string{filepath.Join(examples, "ecsdemo-frontend")}})
	healthy := func() bool {
		st := s.State()
		for _, g := range st.TargetGroups {
			for _, target := range g.Targets {
				if target.Health != "healthy" {
					return false
				}
			}
		}
		return len(st.TargetGroups) == 1 && len(st.TargetGroups[0].Targets) == 3
	}
	eventually(t, "health of all targets", healthy)
	pods := map[string]bool{}
	st := s.State()
	for range 6 {
		o, err := (&Request{Method: "GET", URL: "http://-/", Via: "alb-test/ecsdemo-frontend"}).Send(context.Background(), &st)
		if err != nil {
			t.Fatal(err)
		}
		pods[o.Echo.Pod] = true
	}
	if len(pods) != 3 {
		t.Errorf("the pods that answered are %v", pods)
	}
}

func TestAChangeIsServedWithinASecond(t *testing.T) {
	dir := manifests(t, "a.yaml", pods+ingress)
	var out bytes.Buffer
	s := serveDir(t, Options{Sources: []string{dir}, Out: &syncWriter{w: &out}})
	if o := send(t, s, "GET", "http://a.example/"); o.Status != 200 {
		t.Fatalf("status %d", o.Status)
	}
	second := strings.NewReplacer("a.example", "b.example", "name: web}\nspec:\n  ing", "name: second}\nspec:\n  ing").Replace(ingress)
	put(t, filepath.Join(dir, "b.yaml"), second)
	took := eventually(t, "a new Ingress", func() bool { return send(t, s, "GET", "http://b.example/").Status == 200 })
	t.Logf("a new Ingress was served after %v", took.Round(time.Millisecond))

	put(t, filepath.Join(dir, "b.yaml"), strings.Replace(second, "path: /,", "path: /only,", 1))
	took = eventually(t, "a changed path", func() bool { return send(t, s, "GET", "http://b.example/").Status == 404 })
	t.Logf("a changed path was served after %v", took.Round(time.Millisecond))

	put(t, filepath.Join(dir, "b.yaml"), "apiVersion: v1\n  kind: Service\n")
	eventually(t, "the message about a broken file", func() bool {
		for _, d := range s.State().Diagnostics {
			if d.Code == string(diag.ManifestSyntax.Code) {
				return true
			}
		}
		return false
	})
	if o := send(t, s, "GET", "http://b.example/only"); o.Status != 200 {
		t.Errorf("while its file is broken the Ingress answers %d", o.Status)
	}
	if err := os.Remove(filepath.Join(dir, "b.yaml")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the end of an Ingress", func() bool { return send(t, s, "GET", "http://b.example/only").Status == 404 })
	put(t, filepath.Join(dir, "a.yaml"), strings.Replace(pods, "replicas: 2", "replicas: 0", 1)+ingress)
	eventually(t, "a Service without pods", func() bool { return send(t, s, "GET", "http://a.example/").Status == 503 })
	put(t, filepath.Join(dir, "a.yaml"), strings.Replace(pods, "replicas: 2", "replicas: 1", 1)+ingress)
	eventually(t, "a Service with a pod again", func() bool { return send(t, s, "GET", "http://a.example/").Status == 200 })
}

// syncWriter makes a buffer safe for the server's goroutine and the test's.
type syncWriter struct {
	mu sync.Mutex
	w  *bytes.Buffer
}

func (s *syncWriter) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}

func (s *syncWriter) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.String()
}

// steadyLoad sends requests for a.example without a pause until the returned function is called, which says how many were
// sent. Each one that is not answered by Service web is a lost one and fails the test.
func steadyLoad(t *testing.T, s *Server) (stop func() int64) {
	t.Helper()
	st := s.State()
	address := st.LoadBalancers[0].Listeners[0].Address
	tr := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}, MaxIdleConnsPerHost: 8}
	one := func() error {
		req, err := http.NewRequest(http.MethodGet, "http://a.example/x", nil)
		if err != nil {
			return err
		}
		resp, err := tr.RoundTrip(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		var a echo.Answer
		if err := json.NewDecoder(resp.Body).Decode(&a); err != nil || resp.StatusCode != 200 || a.Service != "web" {
			return fmt.Errorf("status %d, %w", resp.StatusCode, err)
		}
		return nil
	}
	var sent atomic.Int64
	var workers sync.WaitGroup
	end := make(chan struct{})
	for range 4 {
		workers.Go(func() {
			for {
				select {
				case <-end:
					return
				default:
				}
				sent.Add(1)
				if err := one(); err != nil {
					t.Errorf("lost: %v", err)
				}
			}
		})
	}
	return func() int64 {
		close(end)
		workers.Wait()
		tr.CloseIdleConnections()
		return sent.Load()
	}
}

func TestAChangeUnderSteadyLoadLosesNoRequest(t *testing.T) {
	for name, change := range map[string]func(i int) string{
		"of an Ingress": func(i int) string {
			return pods + strings.Replace(ingress, "metadata: {name: web}", fmt.Sprintf(
				"metadata: {name: web, annotations: {nginx.ingress.kubernetes.io/proxy-body-size: %dm}}", i+1), 1)
		},
		"of the number of pods": func(i int) string {
			return strings.Replace(pods, "replicas: 2", fmt.Sprintf("replicas: %d", 1+(i+2)%3), 1) + ingress
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := manifests(t, "a.yaml", pods+ingress)
			s := serveDir(t, Options{Sources: []string{dir}, Watch: fastWatch})
			s.runner.lag = 50 * time.Millisecond
			stop := steadyLoad(t, s)
			const changes = 8
			for i := range changes {
				before := s.State().Changes
				put(t, filepath.Join(dir, "a.yaml"), change(i))
				eventually(t, "a change", func() bool { return s.State().Changes > before })
				time.Sleep(80 * time.Millisecond) // long enough for pods to end while requests come
			}
			sent := stop()
			if sent < 100 {
				t.Errorf("only %d requests were sent", sent)
			}
			t.Logf("%d requests over %d changes", sent, changes)
		})
	}
}

func TestTheStateFileSaysWhatIsServed(t *testing.T) {
	dir := manifests(t, "a.yaml", pods+ingress)
	path := filepath.Join(t.TempDir(), "state.json")
	s, err := Start(Options{Sources: []string{dir}, StateFile: path, Version: "v0"})
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var st State
	if err := json.Unmarshal(data, &st); err != nil {
		t.Fatal(err)
	}
	if st.PID != os.Getpid() || st.Version != "v0" || st.Changes != 1 || len(st.LoadBalancers) != 1 || len(st.Ingresses) != 1 || len(st.TargetGroups) != 1 {
		t.Errorf("the state is %s", data)
	}
	if ing := st.Ingresses[0]; !ing.Accepted || ing.Address != "127.0.0.1" || len(ing.Curl) != 1 || !strings.Contains(ing.Curl[0], "a.example") {
		t.Errorf("the Ingress is %+v", ing)
	}
	if target := st.TargetGroups[0].Targets[0]; target.Pod == "" || target.Address == "" || target.Health != "healthy" {
		t.Errorf("the target is %+v", target)
	}
	if len(st.Diagnostics) == 0 || st.Diagnostics[0].File == "" {
		t.Errorf("the diagnostics are %+v", st.Diagnostics)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
	if err := s.Close(context.Background()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Error("the state file outlives the server")
	}
}

func TestWebSocketsReachStandIns(t *testing.T) {
	s := serveDir(t, Options{Sources: []string{manifests(t, "a.yaml", pods+ingress)}})
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	address := s.State().LoadBalancers[0].Listeners[0].Address
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	c, _, err := websocket.Dial(ctx, "ws://"+address+"/chat", &websocket.DialOptions{Host: "a.example", HTTPClient: &http.Client{Transport: tr}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	if err := c.Write(ctx, websocket.MessageText, []byte("hello")); err != nil {
		t.Fatal(err)
	}
	if _, got, err := c.Read(ctx); err != nil || string(got) != "hello" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestStartSaysWhyItCannotServe(t *testing.T) {
	if _, err := Start(Options{Sources: []string{filepath.Join(t.TempDir(), "none")}}); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("a missing source gives %v", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := uint16(l.Addr().(*net.TCPAddr).Port)
	_, err = Start(Options{Sources: []string{manifests(t, "a.yaml", pods)}, HTTPPort: port})
	if err == nil || !strings.Contains(err.Error(), "--http-port") {
		t.Errorf("a taken port gives %v", err)
	}
	goleak.VerifyNone(t)
}

func TestPeopleAreToldWhatIsServedAndThenWhatChanged(t *testing.T) {
	dir := manifests(t, "a.yaml", pods+ingress)
	out := &syncWriter{w: &bytes.Buffer{}}
	s := serveDir(t, Options{Sources: []string{dir}, Out: out, Watch: fastWatch})
	first := out.String()
	for _, want := range []string{"1 of 1 Ingresses are served", "class nginx\n", "curl --resolve a.example:", "GW1101"} {
		if !strings.Contains(first, want) {
			t.Errorf("%q is missing in\n%s", want, first)
		}
	}
	put(t, filepath.Join(dir, "b.yaml"), strings.NewReplacer("a.example", "b.example", "name: web}\nspec:\n  ing", "name: second}\nspec:\n  ing", "number: 80", "number: 81").Replace(ingress))
	eventually(t, "the change", func() bool { return s.State().Changes == 2 })
	next := strings.TrimPrefix(out.String(), first)
	for _, want := range []string{"change 2\n", "+ Ingress default/second", "GW2013"} {
		if !strings.Contains(next, want) {
			t.Errorf("%q is missing in\n%s", want, next)
		}
	}
	for _, old := range []string{"default/web\n", "GW1101", "class nginx"} {
		if strings.Contains(next, old) {
			t.Errorf("%q is told again in\n%s", old, next)
		}
	}
	if err := os.Remove(filepath.Join(dir, "b.yaml")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the change back", func() bool { return s.State().Changes == 3 })
	if last := strings.TrimPrefix(out.String(), first+next); !strings.Contains(last, "- Ingress default/second") || !strings.Contains(last, "no longer apply") {
		t.Errorf("got\n%s", last)
	}
}

func TestADirectoryThatVanishesStaysInServiceAndIsTold(t *testing.T) {
	out := syncWriter{w: &bytes.Buffer{}}
	dir := filepath.Join(t.TempDir(), "manifests")
	put(t, filepath.Join(dir, "all.yaml"), pods+ingress)
	s := serveDir(t, Options{Sources: []string{dir}, Out: &out})
	if o := send(t, s, http.MethodGet, "http://a.example/"); o.Status != 200 {
		t.Fatalf("the answer is %d", o.Status)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the message", func() bool {
		return strings.Contains(out.String(), "error GW1021") && strings.Contains(out.String(), "stays in service")
	})
	if o := send(t, s, http.MethodGet, "http://a.example/"); o.Status != 200 {
		t.Errorf("the answer is %d once the directory is gone", o.Status)
	}
	put(t, filepath.Join(dir, "all.yaml"), pods+strings.Replace(ingress, "a.example", "b.example", 1))
	eventually(t, "service of what is there now", func() bool {
		return send(t, s, http.MethodGet, "http://b.example/").Status == 200 && send(t, s, http.MethodGet, "http://a.example/").Status == 404
	})
}
