//go:build unix

package cli

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/local"
)

// stateNow reads the state file of a process.
func stateNow(t *testing.T, path string) (st local.State) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &st); err != nil {
		t.Fatal(err)
	}
	return st
}

// keepAsking sends requests over connections that are kept until the function that it returns is called, and fails on any
// that was sent and got no answer. A connection is opened anew when the server asked for its end.
func keepAsking(t *testing.T, address string) (stop func() int) {
	var over atomic.Bool
	var tasks sync.WaitGroup
	var asked atomic.Int64
	for range 4 {
		tasks.Go(func() {
			for !over.Load() {
				c, err := net.Dial("tcp", address)
				if err != nil {
					t.Error(err)
					return
				}
				for reader, last := bufio.NewReader(c), false; !last && !over.Load(); asked.Add(1) {
					if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: apache.127.0.0.1.sslip.io\r\n\r\n"); err != nil {
						t.Errorf("send request %d: %v", asked.Load(), err)
						break
					}
					response, err := http.ReadResponse(reader, nil)
					if err != nil {
						t.Errorf("request %d got no answer: %v", asked.Load(), err)
						break
					}
					_, _ = io.Copy(io.Discard, response.Body)
					last = response.Close
				}
				c.Close()
			}
		})
	}
	return func() int {
		over.Store(true)
		tasks.Wait()
		return int(asked.Load())
	}
}

func TestAnotherProcessTakesOverWithoutARefusedConnection(t *testing.T) {
	old, st := process(t)
	path := old.Args[len(old.Args)-3]
	address := nginxAddress(t, st)
	slowly := slow(address, "3s")

	var stop atomic.Bool
	asked := make(chan int, 1)
	go func() {
		n := 0
		for ; !stop.Load(); n++ {
			req, _ := http.NewRequest(http.MethodGet, "http://"+address+"/", nil)
			req.Host = "apache.127.0.0.1.sslip.io"
			resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
			if err != nil {
				t.Errorf("request %d: %v", n, err)
				break
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			if resp.StatusCode != 200 {
				t.Errorf("request %d got %d", n, resp.StatusCode)
			}
		}
		asked <- n
	}()

	kept := keepAsking(t, address)
	if err := old.Process.Signal(syscall.SIGUSR2); err != nil {
		t.Fatal(err)
	}
	if status := <-slowly; status != 200 {
		t.Errorf("the request that was under way got %d", status)
	}
	if status := exitStatus(t, old); status != statusFine {
		t.Errorf("the exit status of the old process is %d", status)
	}
	after := stateNow(t, path)
	successor, err := os.FindProcess(after.PID)
	if err != nil || after.PID == st.PID {
		t.Fatalf("process %d after %d: %v", after.PID, st.PID, err)
	}
	defer func() { _ = successor.Kill() }()
	time.Sleep(200 * time.Millisecond) // requests that only the new process can answer
	stop.Store(true)
	if n := <-asked; n < 10 {
		t.Errorf("only %d requests were made", n)
	}
	if n := kept(); n < 10 {
		t.Errorf("only %d requests were made on connections that are kept", n)
	}
	if got := nginxAddress(t, after); got != address {
		t.Errorf("class nginx moved from %s to %s", address, got)
	}
	for i, lb := range st.LoadBalancers {
		for j, l := range lb.Listeners {
			if got := after.LoadBalancers[i].Listeners[j].Address; got != l.Address {
				t.Errorf("%s of %s moved from %s to %s", l.Protocol, lb.Name, l.Address, got)
			}
		}
	}
	if err := successor.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for start := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(path); os.IsNotExist(err) {
			break
		}
		if time.Since(start) > 20*time.Second {
			t.Fatal("the new process does not end")
		}
	}
}
