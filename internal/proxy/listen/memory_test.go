package listen

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"testing"
	"time"
)

// idlers is the variable that makes the test binary a client with idle connections: their number and the address.
const idlers = "GWANMUN_TEST_IDLERS"

// beIdlers opens connections, uses each once, says so, and waits for its input to end.
func beIdlers(n int, address string) error {
	var open []net.Conn
	for range n {
		c, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, ServerName: "a.example"})
		if err != nil {
			return err
		}
		if _, err := fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"); err != nil {
			return err
		}
		r, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			return err
		}
		_ = r.Body.Close() // it has been read with the head
		open = append(open, c)
	}
	fmt.Println("ready", len(open))
	_, err := os.Stdin.Read(make([]byte, 1)) // until the other side has measured
	runtime.KeepAlive(open)
	return err
}

func init() {
	if n, err := strconv.Atoi(os.Getenv(idlers)); err == nil {
		_ = beIdlers(n, os.Args[1]) // the parent notices
		os.Exit(0)
	}
}

func TestAnIdleTLSConnectionIsCheap(t *testing.T) {
	if testing.Short() || raced {
		t.Skip("it measures memory")
	}
	p := securePlan(t, "a.example")
	p.targets = []string{backend(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) })}
	h := newHouse(t, p)
	const n = 500
	before := inUse()
	client := exec.Command(os.Args[0], h.address)
	client.Env = append(os.Environ(), idlers+"="+strconv.Itoa(n))
	in, err := client.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := client.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = in.Close()
		_ = client.Wait()
	}()
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != fmt.Sprintf("ready %d\n", n) {
		t.Fatalf("%q, %v", line, err)
	}
	after := inUse()
	heap, stack := (after.HeapAlloc-before.HeapAlloc)/n, (after.StackInuse-before.StackInuse)/n
	t.Logf("%d bytes of heap and %d of stack per connection", heap, stack)
	if heap+stack > 20<<10 {
		t.Errorf("%d bytes per connection", heap+stack)
	}
}

// inUse is the memory in use after everything was collected that nobody needs.
func inUse() runtime.MemStats {
	var m runtime.MemStats
	for range 4 { // stacks shrink by half each time
		runtime.GC()
		time.Sleep(50 * time.Millisecond)
	}
	runtime.ReadMemStats(&m)
	return m
}
