package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy"
	"github.com/gwanmun/gwanmun/internal/testkit/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// only picks cases by a part of their name.
var only = os.Getenv("GWANMUN_HOSTILE_ONLY")

func corpus(t *testing.T, kind string) []*hostileCase {
	t.Helper()
	all, err := readCorpus("corpus")
	if err != nil {
		t.Fatal(err)
	}
	var out []*hostileCase
	for _, c := range all {
		if strings.HasPrefix(c.class, kind+"/") && strings.Contains(c.name(), only) {
			out = append(out, c)
		}
	}
	return out
}

// drivers calls f with a house of each driver that the platform has. TLS is the same in both.
func drivers(t *testing.T, f func(t *testing.T, h *house)) {
	for _, name := range []string{"goroutines", "loop"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "loop" && runtime.GOOS != "linux" {
				t.Skip("only on Linux")
			}
			h := open(t, netip.AddrPort{}, name)
			if name == "loop" {
				h.fronts = slices.DeleteFunc(h.fronts, func(f *front) bool { return f.secure })
			}
			f(t, h)
		})
	}
}

func open(t *testing.T, raw netip.AddrPort, driver string) *house {
	t.Helper()
	h, err := openHouse(proxy.Options{Driver: driver}, raw)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func report(t *testing.T, f *front, c *hostileCase, misses []string) {
	t.Helper()
	input := fmt.Sprintf("%q", c.input())
	if len(input) > 700 {
		input = input[:500] + " ... " + input[len(input)-200:]
	}
	if len(c.frames) > 0 {
		input = strings.Join(c.frames, " / ")
	}
	t.Errorf("%s: %s\n\tinput: %s\n\t%s", f.name, c.name(), input, strings.Join(misses, "\n\t"))
}

func TestEveryHostileRequestGetsItsAnswerAtEveryListener(t *testing.T) {
	if testing.Short() {
		t.Skip("takes many seconds")
	}
	cases := corpus(t, "http1")
	if len(cases) < 300 && only == "" {
		t.Errorf("only %d cases", len(cases))
	}
	drivers(t, func(t *testing.T, h *house) { fireAll(t, h, cases) })
}

func TestEveryHostileAnswerOfATargetIsContainedAtEveryListener(t *testing.T) {
	if testing.Short() {
		t.Skip("takes many seconds")
	}
	cases := corpus(t, "response")
	if len(cases) < 60 && only == "" {
		t.Errorf("only %d cases", len(cases))
	}
	drivers(t, func(t *testing.T, h *house) { fireAll(t, h, cases) })
}

func TestEveryHostileFrameGetsItsAnswer(t *testing.T) {
	if testing.Short() {
		t.Skip("takes many seconds")
	}
	cases := corpus(t, "http2")
	if len(cases) < 100 && only == "" {
		t.Errorf("only %d cases", len(cases))
	}
	h := open(t, netip.AddrPort{}, "")
	h.fronts = slices.DeleteFunc(h.fronts, func(f *front) bool { return !f.secure })
	fireAll(t, h, cases)
}

// fireAll runs cases at all listeners at once, at each one after another.
func fireAll(t *testing.T, h *house, cases []*hostileCase) {
	var tasks sync.WaitGroup
	for _, f := range h.fronts {
		tasks.Go(func() {
			ran := 0
			for _, c := range cases {
				began := time.Now()
				misses, did := f.run(c)
				if took := time.Since(began); took > 2*time.Second {
					t.Logf("%s: %s took %v", f.name, c.name(), took)
				}
				if did {
					ran++
				}
				if len(misses) > 0 {
					report(t, f, c, misses)
				}
			}
			if ran == 0 {
				t.Errorf("%s: no case is for it", f.name)
			}
		})
	}
	tasks.Wait()
}

// TestANetworkLoadBalancerPassesEveryByte: what is none of HTTP's business there arrives as it was sent.
func TestANetworkLoadBalancerPassesEveryByte(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan []byte)
	var tasks sync.WaitGroup
	tasks.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all, _ := io.ReadAll(c) // what came before an error shows
			if _, err := c.Write(all); err != nil {
				t.Error(err)
			}
			c.Close()
			got <- all
		}
	})
	t.Cleanup(func() { l.Close(); tasks.Wait() })
	h := open(t, netip.MustParseAddrPort(l.Addr().String()), "")
	cases := append(corpus(t, "http1"), corpus(t, "response")...)
	for name, dial := range map[string]func() (halfCloser, error){
		"TCP": func() (halfCloser, error) {
			return net.DialTCP("tcp", nil, net.TCPAddrFromAddrPort(netip.MustParseAddrPort(h.network)))
		},
		"TLS": func() (halfCloser, error) {
			return tls.Dial("tcp", h.networkTLS, &tls.Config{InsecureSkipVerify: true})
		},
	} {
		for _, c := range cases {
			conn, err := dial()
			if err != nil {
				t.Fatal(err)
			}
			input := c.input()
			if _, err := conn.Write(input); err != nil {
				t.Fatal(err)
			}
			_ = conn.CloseWrite()
			there := <-got
			back, err := io.ReadAll(conn)
			_ = conn.Close()
			if string(there) != string(input) || string(back) != string(input) || err != nil {
				t.Errorf("%s: %s: %d bytes arrived, %d came back, of %d; %v", name, c.name(), len(there), len(back), len(input), err)
			}
		}
	}
}

// halfCloser is a connection that can say that nothing more comes, and still be read.
type halfCloser interface {
	net.Conn
	CloseWrite() error
}
