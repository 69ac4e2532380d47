package cli

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/echo"
	"github.com/gwanmun/gwanmun/internal/local"
)

// asCommand makes the test's binary behave as gwanmun, so that signals can be sent to a process of its own.
const asCommand = "GWANMUN_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// process runs serve as a process.
func process(t *testing.T) (*exec.Cmd, local.State) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("no signals")
	}
	path := filepath.Join(t.TempDir(), "state.json")
	c := exec.Command(os.Args[0], "serve", "-f", examples, "--http-port", "0", "--https-port", "0", "--state-file", path, "--shutdown-grace", "20s")
	c.Env = append(os.Environ(), asCommand+"=1")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() }) // over already when all is well
	for start := time.Now(); time.Since(start) < 10*time.Second; time.Sleep(5 * time.Millisecond) {
		if data, err := os.ReadFile(path); err == nil {
			var st local.State
			if err := json.Unmarshal(data, &st); err != nil {
				t.Fatal(err)
			}
			return c, st
		}
	}
	t.Fatal("no state file")
	return nil, local.State{}
}

// slow sends a request that takes a while and gives its status, 0 when it was cut.
func slow(address, delay string) <-chan int {
	out := make(chan int, 1)
	go func() {
		req, _ := http.NewRequest(http.MethodGet, "http://"+address+"/", nil)
		req.Host = "apache.127.0.0.1.sslip.io"
		req.Header.Set(echo.HeaderDelay, delay)
		resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
		if err != nil {
			out <- 0
			return
		}
		resp.Body.Close()
		out <- resp.StatusCode
	}()
	time.Sleep(100 * time.Millisecond) // let it arrive
	return out
}

func exitStatus(t *testing.T, c *exec.Cmd) int {
	t.Helper()
	err := c.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode()
}

func TestCtrlCLetsRequestsEndAndLeaves(t *testing.T) {
	c, st := process(t)
	answer := slow(nginxAddress(t, st), "500ms")
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if status := <-answer; status != 200 {
		t.Errorf("the request that was under way got %d", status)
	}
	if status := exitStatus(t, c); status != statusFine {
		t.Errorf("the exit status is %d", status)
	}
}

func TestASecondCtrlCLeavesAtOnce(t *testing.T) {
	c, st := process(t)
	answer := slow(nginxAddress(t, st), "15s")
	start := time.Now()
	for range 2 {
		if err := c.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Millisecond) // two signals at once count as one
	}
	if status := exitStatus(t, c); status != statusInterrupted || time.Since(start) > 5*time.Second {
		t.Errorf("the exit status is %d after %v", status, time.Since(start))
	}
	if status := <-answer; status != 0 {
		t.Errorf("the request got %d", status)
	}
}
