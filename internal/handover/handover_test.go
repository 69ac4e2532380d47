//go:build unix

package handover

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// role makes this test binary a successor: "serve" serves, "mute" never says that it does, "die" ends at once.
const role = "GWANMUN_TEST_SUCCESSOR"

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "":
		os.Exit(m.Run())
	case "die":
		os.Exit(3)
	case "mute":
		time.Sleep(time.Minute)
	case "serve":
		if err := succeed(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func succeed() error {
	in, err := Inherit()
	if err != nil {
		return err
	}
	l, err := in.TCP("web of all")
	if err != nil || l == nil {
		return fmt.Errorf("inherited %v, %w", l, err)
	}
	if again, err := in.TCP("web of all"); again != nil || err != nil {
		return fmt.Errorf("inherited twice: %v, %w", again, err)
	}
	udp, err := in.UDP("dns/1")
	if err != nil || udp == nil {
		return fmt.Errorf("inherited %v, %w", udp, err)
	}
	if _, ok := os.LookupEnv(Environment); ok {
		return fmt.Errorf("%s is still set", Environment)
	}
	if err := in.Ready(); err != nil {
		return err
	}
	go func() {
		b := make([]byte, 64)
		for {
			n, from, err := udp.ReadFromUDPAddrPort(b)
			if err != nil {
				return
			}
			_, _ = udp.WriteToUDPAddrPort(append([]byte("new "), b[:n]...), from)
		}
	}()
	return http.Serve(l, answer("new"))
}

func answer(who string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, who) })
}

func sockets(t *testing.T) (*net.TCPListener, *net.UDPConn, []Socket) {
	t.Helper()
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	udp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = udp.Close() })
	raw, err := l.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	udpRaw, err := udp.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	return l, udp, []Socket{
		{TCP, "web of all", raw},
		{UDP, "dns/1", udpRaw},
	}
}

// serveOld answers what it accepts until the function that it returns is called, which waits for what was accepted. It is no
// http.Server, whose Shutdown may drop a connection on which nothing was read yet.
func serveOld(l net.Listener) (stop func()) {
	var tasks sync.WaitGroup
	tasks.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			tasks.Go(func() {
				defer c.Close()
				if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
					_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nold")
				}
			})
		}
	})
	return func() {
		_ = l.Close()
		tasks.Wait()
	}
}

func environ(r string) []string { return append(os.Environ(), role+"="+r) }

func TestNoConnectionIsRefusedWhileAnotherProcessTakesOver(t *testing.T) {
	l, udp, list := sockets(t)
	old := serveOld(l)

	var stop atomic.Bool
	type count struct{ old, new int }
	counted := make(chan count, 1)
	go func() {
		client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second}
		var n count
		for !stop.Load() {
			response, err := client.Get("http://" + l.Addr().String())
			if err != nil {
				t.Errorf("after %v: %v", n, err)
				break
			}
			body, _ := io.ReadAll(response.Body)
			_ = response.Body.Close()
			switch string(body) {
			case "old":
				n.old++
			case "new":
				n.new++
			default:
				t.Errorf("answered %q", body)
			}
		}
		counted <- n
	}()

	process, err := Start(t.Context(), Successor{Environ: environ("serve")}, list)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = process.Wait() }()
	defer func() { _ = process.Kill() }()
	old()
	time.Sleep(100 * time.Millisecond) // requests that only the new process can answer
	stop.Store(true)
	if n := <-counted; n.new == 0 {
		t.Errorf("%d requests were answered by the old process and %d by the new one", n.old, n.new)
	}

	_ = udp.Close() // the old process's part of it
	client, err := net.Dial("udp4", udp.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	_ = client.SetDeadline(time.Now().Add(20 * time.Second))
	b := make([]byte, 64)
	if _, err := client.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	if n, err := client.Read(b); err != nil || string(b[:n]) != "new hello" {
		t.Errorf("by UDP: %q, %v", b[:n], err)
	}
}

func TestASuccessorThatDoesNotServeIsEnded(t *testing.T) {
	l, _, list := sockets(t)
	for _, c := range []struct {
		role, want string
		within     time.Duration
	}{
		{"die", "it ended before it served", time.Minute},
		{"mute", "it said nothing for 300ms", 300 * time.Millisecond},
	} {
		_, err := Start(t.Context(), Successor{Environ: environ(c.role), Within: c.within}, list)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", c.role, err, c.want)
		}
	}
	if _, err := Start(t.Context(), Successor{Path: "/does/not/exist"}, list); err == nil {
		t.Error("a program that is not there was started")
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := Start(ctx, Successor{Environ: environ("mute")}, list); err == nil {
		t.Error("the wait did not end with its context")
	}
	// This process still accepts, and its calls do not block.
	_ = l.SetDeadline(time.Now().Add(50 * time.Millisecond))
	if _, err := l.Accept(); !os.IsTimeout(err) {
		t.Errorf("accept: %v", err)
	}
}

func TestAProcessThatReplacesNobodyInheritsNothing(t *testing.T) {
	in, err := Inherit()
	if in != nil || err != nil {
		t.Fatalf("inherited %v, %v", in, err)
	}
	l, err := in.TCP("web")
	if l != nil || err != nil || in.Ready() != nil {
		t.Errorf("took %v, %v", l, err)
	}
}

func TestWhatIsPassedIsReadAsItWasWritten(t *testing.T) {
	want := []passed{
		{TCP, "alb/a b/c:80 127.0.0.1:80", 4},
		{UDP, "", 5},
	}
	ready, note, got, err := decode(encode(3, "a note: 1/2", want))
	if err != nil || ready != 3 || note != "a note: 1/2" {
		t.Fatalf("%d, %q, %v", ready, note, err)
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(passed{})); d != "" {
		t.Error(d)
	}
	for _, text := range []string{"", "x", "3", "1 note:", "3 tcp/web/4", "3 note: tcp/web", "3 note: tcp/a/b/4", "3 note: tcp/%zz/4", "3 note: sctp/web/4", "3 note: tcp/web/-1"} {
		if _, _, _, err := decode(text); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}
