package datagram_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/datagram"
)

// four are four targets named a to d.
func four(t testing.TB) []model.Target {
	var out []model.Target
	for _, name := range []string{"a", "b", "c", "d"} {
		_, target := newEcho(t, name)
		out = append(out, target)
	}
	return out
}

func TestDatagramsReachATargetAndAnswersTheClient(t *testing.T) {
	_, target := newEcho(t, "one:")
	h := newHouse(t, plan{groups: []model.TargetGroup{{Targets: []model.Target{target}}}})
	c := h.dial("")
	for _, text := range []string{"hello", "", "again"} {
		if got := c.ask(text); got != "one:"+text {
			t.Errorf("%q is answered %q", text, got)
		}
	}
	until(t, "one flow of six datagrams is counted", func() bool {
		return h.counts.Opened.Load() == 1 && h.counts.Packets.Load() == 6 && h.counts.Bytes.Load() == 10+22
	})
}

func TestEveryDatagramArrivesAsItWas(t *testing.T) {
	_, target := newEcho(t, "")
	h := newHouse(t, plan{groups: []model.TargetGroup{{Targets: []model.Target{target}}}})
	random := rand.New(rand.NewPCG(1, 2))
	var clients []*client
	for range 5 {
		clients = append(clients, h.dial(""))
	}
	for i, size := range []int{1, 1200, 1472, 1473, 9000, 65000, 65507} {
		for j, c := range clients {
			text := bytes.Repeat([]byte{byte(i), byte(j), byte(random.Uint32())}, size/3+1)[:size]
			if got := c.ask(string(text)); got != string(text) {
				t.Errorf("%d bytes: %d came back, or others", size, len(got))
			}
		}
	}
	// Many at once, so that batches mix flows.
	for round := range 20 {
		for i := range 10 {
			for j, c := range clients {
				fmt.Fprintf(c, "%d %d %d", round, i, j)
			}
		}
		for j, c := range clients {
			missing := 0
			for i := range 10 {
				b := make([]byte, 100)
				c.SetReadDeadline(time.Now().Add(patience))
				n, err := c.Read(b)
				if err != nil {
					missing++
					break
				}
				if want := fmt.Sprintf("%d %d %d", round, i, j); string(b[:n]) != want {
					t.Errorf("got %q, want %q", b[:n], want)
				}
			}
			if missing > 0 {
				t.Errorf("client %d, round %d: something is lost", j, round)
			}
		}
	}
}

func TestAFlowKeepsItsTargetAndFlowsSpreadEvenly(t *testing.T) {
	h := newHouse(t, plan{groups: []model.TargetGroup{{Targets: four(t)}}})
	count := map[string]int{}
	for range 1000 {
		c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(h.socket.Address()))
		if err != nil {
			t.Fatal(err)
		}
		one := &client{t, c}
		first := one.ask("")
		count[first]++
		if again := one.ask(""); again != first {
			t.Fatalf("a flow went to %q and %q", first, again)
		}
		c.Close()
	}
	for name, n := range count {
		if n < 200 || n > 300 {
			t.Errorf("%s got %d of 1000", name, n)
		}
	}
	if len(count) != 4 {
		t.Errorf("%v", count)
	}
}

func TestStickinessKeepsAClientAddressAtItsTarget(t *testing.T) {
	h := newHouse(t, plan{groups: []model.TargetGroup{{
		Targets: four(t), Attributes: []model.Attribute{{Key: "stickiness.enabled", Value: "true"}, {Key: "stickiness.type", Value: "source_ip"}},
	}}})
	all := map[string]bool{}
	for host := range 20 {
		seen := map[string]bool{}
		for range 5 {
			seen[h.dial(fmt.Sprintf("127.0.0.%d:0", host+2)).ask("")] = true
		}
		if len(seen) != 1 {
			t.Errorf("an address went to %v", seen)
		}
		for name := range seen {
			all[name] = true
		}
	}
	if len(all) < 2 {
		t.Errorf("20 addresses went to %v", all)
	}
}

func TestAQuietFlowEnds(t *testing.T) {
	one, target := newEcho(t, "one")
	h := newHouse(t, plan{
		groups: []model.TargetGroup{{Targets: []model.Target{target}}}, options: datagram.Options{Idle: 300 * time.Millisecond},
	})
	c := h.dial("")
	c.ask("")
	until(t, "the flow ends", func() bool { return h.counts.Active.Load() == 0 })
	c.ask("")
	ports := 0
	one.peers.Range(func(any, any) bool { ports++; return true })
	if h.counts.Opened.Load() != 2 || ports != 2 {
		t.Errorf("%d flows, %d sockets", h.counts.Opened.Load(), ports)
	}
}

func TestAFlowWithoutAnAnswerEndsEarlier(t *testing.T) {
	mute, target := newEcho(t, "mute")
	h := newHouse(t, plan{
		groups: []model.TargetGroup{{Targets: []model.Target{target}}}, options: datagram.Options{Answer: 200 * time.Millisecond},
	})
	c := h.dial("")
	began := time.Now()
	until(t, "a second flow", func() bool {
		_, _ = c.Write([]byte("x"))
		return h.counts.Opened.Load() >= 2
	})
	if took := time.Since(began); took < 150*time.Millisecond {
		t.Errorf("it ended after %v", took)
	}
	if mute.seen.Load() == 0 {
		t.Error("nothing arrived")
	}
}

func TestADeregisteredTargetLosesItsFlowsAfterTheDelay(t *testing.T) {
	for _, ends := range []string{"", "true", "false"} {
		t.Run("termination "+ends, func(t *testing.T) {
			_, a := newEcho(t, "a")
			_, b := newEcho(t, "b")
			g := model.TargetGroup{Targets: []model.Target{a}, Attributes: []model.Attribute{{Key: "deregistration_delay.timeout_seconds", Value: "0"}}}
			if ends != "" {
				g.Attributes = append(g.Attributes, model.Attribute{Key: "deregistration_delay.connection_termination.enabled", Value: ends})
			}
			h := newHouse(t, plan{groups: []model.TargetGroup{g}})
			c := h.dial("")
			if got := c.ask(""); got != "a" {
				t.Fatal(got)
			}
			h.registry.SetTargets("g0", []model.Target{b})
			if got := h.dial("").ask(""); got != "b" {
				t.Errorf("a new flow went to %q", got)
			}
			if ends != "false" {
				until(t, "the flow moves", func() bool { return c.try("", time.Second) == "b" })
				return
			}
			for range 3 {
				if got := c.ask(""); got != "a" {
					t.Errorf("the flow went to %q", got)
				}
			}
		})
	}
}

func TestAnUnhealthyTargetGetsNoNewFlowsUnlessAllAre(t *testing.T) {
	// Health checks are of TCP: one target has a port for them, the other has not.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	port := l.Addr().(*net.TCPAddr).Port
	_, good := newEchoAt(t, "good", fmt.Sprintf("127.0.0.1:%d", port))
	_, bad := newEcho(t, "bad")
	h := newHouse(t, plan{groups: []model.TargetGroup{{
		Targets:     []model.Target{good, bad},
		HealthCheck: &model.HealthCheck{Protocol: model.TargetTCP, IntervalSeconds: 1, TimeoutSeconds: 1, UnhealthyThreshold: 1, HealthyThreshold: 1},
	}}})
	g := h.registry.Lookup("g0")
	until(t, "one is healthy, the other is not", func() bool { return g.Healthy() == 1 && !g.FailOpen() && g.State().Targets[1].State == "unhealthy" })
	for range 20 {
		if got := h.dial("").ask(""); got != "good" {
			t.Fatalf("a new flow went to %q", got)
		}
	}
	l.Close()
	until(t, "all are unhealthy", g.FailOpen)
	seen := map[string]bool{}
	for range 50 {
		seen[h.dial("").ask("")] = true
	}
	if len(seen) != 2 {
		t.Errorf("with no healthy target flows went to %v", seen)
	}
}

func TestWeightsDivideFlowsAndWeightZeroEndsThem(t *testing.T) {
	_, a := newEcho(t, "a")
	_, b := newEcho(t, "b")
	p := plan{
		groups:  []model.TargetGroup{{Targets: []model.Target{a}}, {Targets: []model.Target{b}}},
		weights: []int32{3, 1}, options: datagram.Options{Retire: 100 * time.Millisecond},
	}
	h := newHouse(t, p)
	count := map[string]int{}
	var one *client
	for range 400 {
		c := h.dial("")
		name := c.ask("")
		if count[name]++; name == "b" {
			one = c
		}
	}
	if count["a"] < 250 || count["a"] > 350 || count["a"]+count["b"] != 400 {
		t.Errorf("of 400 with weights 3 and 1: %v", count)
	}
	p.weights = []int32{1, 0}
	h.apply(p)
	until(t, "the flow moves", func() bool { return one.try("", time.Second) == "a" })
}

func TestRulesSendDatagramsElsewhere(t *testing.T) {
	_, a := newEcho(t, "a")
	_, b := newEcho(t, "b")
	h := newHouse(t, plan{
		groups: []model.TargetGroup{{Targets: []model.Target{a}}, {Targets: []model.Target{b}}}, weights: []int32{1, -1},
		rules: []model.Rule{{
			Priority: 1, Conditions: []model.Condition{{Field: model.SourceIP, Values: []string{"127.0.0.7/32"}}},
			Actions: []model.Action{{Type: model.ActionForward, Forward: &model.Forward{TargetGroups: []model.WeightedTargetGroup{{TargetGroup: "g1", Weight: 1}}}}},
		}},
	})
	if x, y := h.dial("127.0.0.7:0").ask(""), h.dial("127.0.0.8:0").ask(""); x != "b" || y != "a" {
		t.Errorf("%q, %q", x, y)
	}
}

func TestATargetThatRefusesIsAskedAgain(t *testing.T) {
	spot, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := spot.LocalAddr().String()
	spot.Close()
	address := netip.MustParseAddrPort(at)
	h := newHouse(t, plan{groups: []model.TargetGroup{{Targets: []model.Target{{ID: "127.0.0.1", Port: int32(address.Port())}}}}})
	c := h.dial("")
	for range 5 {
		if got := c.try("x", 20*time.Millisecond); got != "" {
			t.Fatalf("answered %q", got)
		}
	}
	newEchoAt(t, "late", at)
	if got := c.ask("x"); got != "latex" {
		t.Errorf("answered %q", got)
	}
	if n := h.counts.Opened.Load(); n != 1 {
		t.Errorf("%d flows", n)
	}
}

func TestFlowsAreBoundedByTheSocketAndTheClient(t *testing.T) {
	_, target := newEcho(t, "one")
	h := newHouse(t, plan{
		groups: []model.TargetGroup{{Targets: []model.Target{target}}}, options: datagram.Options{MaxFlows: 10, MaxPerClient: 4},
	})
	for range 4 {
		h.dial("127.0.0.2:0").ask("")
	}
	if got := h.dial("127.0.0.2:0").try("", 100*time.Millisecond); got != "" {
		t.Errorf("a fifth flow of one client is answered %q", got)
	}
	if n := h.counts.Rejected.Load(); n != 1 {
		t.Errorf("%d rejected", n)
	}
	for i := range 20 {
		h.dial(fmt.Sprintf("127.0.1.%d:0", i+1)).ask("")
		if n := h.counts.Active.Load(); n > 10 {
			t.Fatalf("%d flows", n)
		}
	}
	if n := h.counts.Evicted.Load(); n != 14 {
		t.Errorf("%d evicted", n)
	}
}

func TestAnswersComeFromTheAddressThatWasAsked(t *testing.T) {
	_, target := newEcho(t, "one")
	for _, at := range []string{"0.0.0.0:0", "[::]:0"} {
		h := newHouse(t, plan{at: at, groups: []model.TargetGroup{{Targets: []model.Target{target}}}})
		port := h.socket.Address().Port()
		for _, host := range []string{"127.0.0.1", "127.0.0.9", "127.3.2.1"} {
			// A connected socket takes answers from that address alone.
			conn, err := net.Dial("udp", net.JoinHostPort(host, fmt.Sprint(port)))
			if err != nil {
				t.Fatal(err)
			}
			c := &client{t, conn.(*net.UDPConn)}
			if got := c.ask(""); got != "one" {
				t.Errorf("%s, %s: %q", at, host, got)
			}
			conn.Close()
		}
	}
}

func TestWhoIsNotLetInGetsNoFlow(t *testing.T) {
	_, target := newEcho(t, "one")
	h := newHouse(t, plan{
		groups: []model.TargetGroup{{Targets: []model.Target{target}}},
		admit:  func(_ *compile.NetworkListener, a netip.Addr) bool { return a.String() != "127.0.0.66" },
	})
	if got := h.dial("127.0.0.66:0").try("x", 100*time.Millisecond); got != "" {
		t.Errorf("answered %q", got)
	}
	until(t, "it is counted", func() bool { return h.counts.Blocked.Load() == 1 })
	if got := h.dial("").ask(""); got != "one" {
		t.Error(got)
	}
}

func TestWithoutTargetsDatagramsAreDropped(t *testing.T) {
	h := newHouse(t, plan{groups: []model.TargetGroup{{}}})
	if got := h.dial("").try(strings.Repeat("x", 100), 100*time.Millisecond); got != "" {
		t.Errorf("answered %q", got)
	}
	if h.counts.Rejected.Load() == 0 || h.counts.Opened.Load() != 0 {
		t.Error("it is not counted")
	}
}

func TestAFlowWithoutAPortTowardsItsTargetIsCounted(t *testing.T) {
	h := newHouse(t, plan{
		groups: []model.TargetGroup{{Targets: []model.Target{bare(t)}}},
		dial: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EADDRNOTAVAIL)}
		},
	})
	if got := h.dial("").try("x", 100*time.Millisecond); got != "" {
		t.Errorf("answered %q", got)
	}
	if h.counts.NoPort.Load() == 0 || h.counts.Rejected.Load() != h.counts.NoPort.Load() {
		t.Errorf("%d of %d", h.counts.NoPort.Load(), h.counts.Rejected.Load())
	}
}

func TestOneMoreDatagramCostsNoMemory(t *testing.T) {
	h := newHouse(t, plan{groups: []model.TargetGroup{{Targets: []model.Target{bare(t)}}}})
	c := h.dial("")
	c.ask("warm")
	if err := c.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	out, in := []byte("hello"), make([]byte, 100)
	n := testing.AllocsPerRun(2000, func() {
		if _, err := c.Write(out); err != nil {
			t.Fatal(err)
		}
		if _, err := c.UDPConn.Read(in); err != nil {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations per datagram and answer", n)
	}
}
