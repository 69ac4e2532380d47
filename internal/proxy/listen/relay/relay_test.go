package relay_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/listen"
	"github.com/gwanmun/gwanmun/internal/proxy/listen/relay"
)

func TestBytesArriveUnchangedInBothDirections(t *testing.T) {
	const size = 64 << 20
	back := target(t, func(c *net.TCPConn) { io.Copy(c, c); c.CloseWrite() })
	h := newHouse(t, plan{targets: []string{back}})
	c := h.dial()
	sent := sha256.New()
	var tasks sync.WaitGroup
	tasks.Go(func() {
		random := rand.NewChaCha8([32]byte{7})
		if _, err := io.CopyN(io.MultiWriter(c, sent), random, size); err != nil {
			t.Error(err)
		}
		c.CloseWrite()
	})
	got := sha256.New()
	n, err := io.Copy(got, c)
	tasks.Wait()
	if err != nil || n != size || !bytes.Equal(got.Sum(nil), sent.Sum(nil)) {
		t.Errorf("%d of %d bytes came back, %v", n, size, err)
	}
	f := h.ended(1)[0]
	if f.BytesIn != size || f.BytesOut != size || f.Reset != exchange.ResetNone || f.Target != back || f.Group != "tg" {
		t.Errorf("recorded: %+v", f)
	}
}

func TestEitherSideMayEndItsHalfFirst(t *testing.T) {
	h := newHouse(t, plan{targets: []string{target(t, func(c *net.TCPConn) {
		io.WriteString(c, "early\n")
		c.CloseWrite() // the target is done first ...
		text, err := io.ReadAll(c)
		if err != nil || string(text) != "one two" {
			t.Errorf("the target got %q, %v", text, err)
		}
	})}})
	c := h.dial()
	if text, err := io.ReadAll(c); err != nil || string(text) != "early\n" {
		t.Errorf("the client got %q, %v", text, err)
	}
	io.WriteString(c, "one ")
	io.WriteString(c, "two")
	c.CloseWrite()
	if f := h.ended(1)[0]; f.Reset != exchange.ResetNone || f.BytesIn != 7 || f.BytesOut != 6 {
		t.Errorf("recorded: %+v", f)
	}

	h = newHouse(t, plan{targets: []string{target(t, func(c *net.TCPConn) {
		text, _ := io.ReadAll(c) // ... or the client
		fmt.Fprintf(c, "got %s", text)
	})}})
	c = h.dial()
	io.WriteString(c, "all")
	c.CloseWrite()
	if text, err := io.ReadAll(c); err != nil || string(text) != "got all" {
		t.Errorf("the client got %q, %v", text, err)
	}
}

func TestTheNextTargetIsTriedWhenOneRefuses(t *testing.T) {
	h := newHouse(t, plan{targets: []string{nobody(t), named(t, "alive"), nobody(t)}})
	for range 12 {
		if got := h.ask(h.dial(), "hello"); got != "alive hello" {
			t.Errorf("got %q", got)
		}
	}
}

func TestTheNextTargetIsTriedWhenOneDoesNotAnswer(t *testing.T) {
	t.Parallel()
	alive := named(t, "alive")
	h := newHouse(t, plan{
		targets: []string{"127.0.0.9:9", alive}, relay: relay.Options{Connect: 2 * time.Second},
		dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			if address != alive {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
	})
	for range 4 {
		if got := h.ask(h.dial(), "hello"); got != "alive hello" {
			t.Errorf("got %q", got)
		}
	}
}

func TestClientsAreResetWhenNothingCanTakeThem(t *testing.T) {
	h := newHouse(t, plan{targets: []string{nobody(t)}})
	h.turnedAway()
	h.ended(1)
	h.retarget("tg")
	h.turnedAway()
	flows := h.ended(2)
	if flows[0].Error != "target refused" || flows[1].Error != "no targets" {
		t.Errorf("recorded: %q, %q", flows[0].Error, flows[1].Error)
	}
	for _, f := range flows {
		if f.Reset != exchange.ResetByBalancer {
			t.Errorf("reset by %v", f.Reset)
		}
	}
}

func TestAFlowWithoutAPortTowardsItsTargetIsToldApart(t *testing.T) {
	h := newHouse(t, plan{targets: []string{named(t, "a")}, dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EADDRNOTAVAIL)}
	}})
	h.turnedAway()
	if f := h.ended(1)[0]; !f.NoPort || f.Error != "no port left" || f.Reset != exchange.ResetByBalancer {
		t.Errorf("recorded: %+v", f)
	}
}

func TestResetsArePassedOn(t *testing.T) {
	t.Run("of a client", func(t *testing.T) {
		seen := make(chan error, 1)
		h := newHouse(t, plan{targets: []string{target(t, func(c *net.TCPConn) {
			_, err := io.Copy(io.Discard, c)
			seen <- err
		})}})
		c := h.dial()
		io.WriteString(c, "some")
		h.eventually("the flow is open", func() bool { return h.registry.Lookup("tg").State().Targets[0].Outstanding == 1 })
		c.SetLinger(0)
		c.Close()
		if err := <-seen; !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("the target saw %v", err)
		}
		if f := h.ended(1)[0]; f.Reset != exchange.ResetByClient {
			t.Errorf("recorded: %+v", f)
		}
	})
	t.Run("of a target, after what it sent", func(t *testing.T) {
		h := newHouse(t, plan{targets: []string{target(t, func(c *net.TCPConn) {
			readLine(c)
			io.WriteString(c, strings.Repeat("x", 100<<10)+"\n")
			time.Sleep(100 * time.Millisecond)
			c.SetLinger(0)
		})}})
		c := h.dial()
		if got := h.ask(c, "go"); len(got) != 100<<10 {
			t.Errorf("%d bytes came before the reset", len(got))
		}
		h.isReset(c)
		if f := h.ended(1)[0]; f.Reset != exchange.ResetByTarget {
			t.Errorf("recorded: %+v", f)
		}
	})
}

func TestIdleFlowsAreResetOnBothSides(t *testing.T) {
	t.Parallel()
	seen := make(chan error, 1)
	h := newHouse(t, plan{idle: 1500 * time.Millisecond, targets: []string{target(t, func(c *net.TCPConn) {
		_, err := io.Copy(io.Discard, c)
		seen <- err
	})}})
	c := h.dial()
	io.WriteString(c, "then nothing")
	h.isReset(c)
	if err := <-seen; !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the target saw %v", err)
	}
	if f := h.ended(1)[0]; f.Reset != exchange.ResetByBalancer || f.Error != "idle" || f.BytesIn != 12 {
		t.Errorf("recorded: %+v", f)
	}
}

func TestFlowsThatMoveAreNotIdle(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{idle: 2 * time.Second, targets: []string{named(t, "a")}})
	c := h.dial()
	for range 15 {
		h.ask(c, "still here")
		time.Sleep(200 * time.Millisecond)
	}
}

func TestWeightsDivideTheFlows(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{
		targets: []string{named(t, "one"), named(t, "two")},
		more:    []model.TargetGroup{{ID: "other", Protocol: model.TargetTCP}, {ID: "none", Protocol: model.TargetTCP}},
		listener: model.Listener{DefaultActions: forwardTo(
			model.WeightedTargetGroup{TargetGroup: "tg", Weight: 2}, model.WeightedTargetGroup{TargetGroup: "other", Weight: 1},
			model.WeightedTargetGroup{TargetGroup: "none", Weight: 0})},
	})
	h.retarget("other", named(t, "three"))
	h.retarget("none", named(t, "never"))
	count := map[string]int{}
	for range 300 {
		c := h.dial()
		name, _, _ := strings.Cut(h.ask(c, "hello"), " ")
		count[name]++
		c.Close()
	}
	for _, name := range []string{"one", "two", "three"} {
		if count[name] < 50 || count[name] > 150 {
			t.Errorf("%s got %d of 300 connections, want about 100", name, count[name])
		}
	}
	if count["never"] > 0 {
		t.Errorf("a group of weight 0 got %d", count["never"])
	}
}

func TestSourceStickinessKeepsAClientAtItsTarget(t *testing.T) {
	sticky := model.TargetGroup{Attributes: []model.Attribute{{Key: "stickiness.enabled", Value: "true"}, {Key: "stickiness.type", Value: "source_ip"}}}
	h := newHouse(t, plan{group: sticky, targets: []string{named(t, "one"), named(t, "two"), named(t, "three")}})
	first := ""
	for range 20 {
		got := h.ask(h.dial(), "hello")
		if first == "" {
			first = got
		}
		if got != first {
			t.Fatalf("first %q, then %q", first, got)
		}
	}
}

func TestRemovedTargetsKeepTheirFlowsUntilTheDelayIsOver(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		terminate string
	}{{"and after it", "false"}, {"and lose them then when the group says so", "true"}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, plan{
				targets: []string{named(t, "old")},
				group: model.TargetGroup{Attributes: []model.Attribute{
					{Key: "deregistration_delay.timeout_seconds", Value: "3"},
					{Key: "deregistration_delay.connection_termination.enabled", Value: c.terminate},
				}},
			})
			flow := h.dial()
			h.ask(flow, "hello")
			h.retarget("tg", named(t, "new"))
			if got := h.ask(h.dial(), "hello"); got != "new hello" {
				t.Errorf("a new connection got %q", got)
			}
			if got := h.ask(flow, "again"); got != "old again" {
				t.Errorf("while it drains: %q", got)
			}
			h.eventually("the delay is over", func() bool { return len(h.registry.Lookup("tg").Targets()) == 1 })
			if c.terminate == "true" {
				h.isReset(flow)
				if f := h.ended(1)[0]; f.Reset != exchange.ResetByBalancer || f.Error != "target out of service" {
					t.Errorf("recorded: %+v", f)
				}
				return
			}
			time.Sleep(200 * time.Millisecond)
			if got := h.ask(flow, "once more"); got != "old once more" {
				t.Errorf("after the delay: %q", got)
			}
		})
	}
}

func TestTargetsThatTurnUnhealthyLoseTheirFlows(t *testing.T) {
	t.Parallel()
	// The health check goes to a port of its own, so that a target can fail it and go on serving.
	health := map[string]func(){}
	var mu sync.Mutex
	down := map[string]bool{}
	one, two := named(t, "one"), named(t, "two")
	for _, a := range []string{one, two} {
		health[a] = func() { mu.Lock(); down[a] = true; mu.Unlock() }
	}
	dialer := &net.Dialer{}
	checks := map[string]string{"127.0.0.1": one, "127.0.0.2": two}
	h := newHouse(t, plan{
		group: model.TargetGroup{Port: 80, HealthCheck: &model.HealthCheck{
			Protocol: model.TargetTCP, Port: "7", IntervalSeconds: 1, UnhealthyThreshold: 2, HealthyThreshold: 2,
		}},
		dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			host, port, _ := net.SplitHostPort(address)
			mu.Lock()
			gone := down[checks[host]]
			mu.Unlock()
			if port == "7" && gone {
				return nil, syscall.ECONNREFUSED
			}
			return dialer.DialContext(ctx, network, checks[host])
		},
	})
	h.registry.SetTargets("tg", []model.Target{{ID: "127.0.0.1"}, {ID: "127.0.0.2"}})
	h.eventually("both are healthy", func() bool { return h.registry.Lookup("tg").Healthy() == 2 })
	flows := map[string]*net.TCPConn{}
	for len(flows) < 2 {
		c := h.dial()
		name, _, _ := strings.Cut(h.ask(c, "hello"), " ")
		flows[name] = c
	}
	health[one]()
	h.isReset(flows["one"])
	if got := h.ask(flows["two"], "still"); got != "two still" {
		t.Errorf("the healthy target's flow: %q", got)
	}
	for range 5 {
		if got := h.ask(h.dial(), "hello"); got != "two hello" {
			t.Errorf("a new connection went to %q", got)
		}
	}
	// When the last one goes too, all targets are in use again, and flows stay.
	health[two]()
	h.eventually("none is healthy", func() bool { return h.registry.Lookup("tg").Healthy() == 0 })
	if got := h.ask(flows["two"], "yet"); got != "two yet" {
		t.Errorf("with no healthy target: %q", got)
	}
	seen := map[string]bool{}
	for i := 0; i < 100 && len(seen) < 2; i++ {
		seen[h.ask(h.dial(), "hello")] = true
	}
	if len(seen) != 2 {
		t.Errorf("with no healthy target connections go to %v", seen)
	}
}

func TestANewTargetListLosesNoConnection(t *testing.T) {
	all := []string{named(t, "one"), named(t, "two"), named(t, "three")}
	h := newHouse(t, plan{targets: all})
	stop := make(chan struct{})
	var tasks sync.WaitGroup
	for range 4 {
		tasks.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					if n < 10 {
						t.Errorf("only %d connections were made", n)
					}
					return
				default:
				}
				c, err := net.Dial("tcp", h.address)
				if err != nil {
					t.Error(err)
					return
				}
				c.SetDeadline(time.Now().Add(20 * time.Second))
				io.WriteString(c, "hello\n")
				if text, err := readLine(c); err != nil || !strings.HasSuffix(text, " hello") {
					t.Errorf("%q, %v", text, err)
				}
				c.Close()
			}
		})
	}
	for i := range 150 {
		h.retarget("tg", all[i%3], all[(i+1)%3])
		if i%10 == 0 {
			h.compile(plan{targets: all[i%3 : i%3+1]})
		}
		time.Sleep(3 * time.Millisecond)
	}
	close(stop)
	tasks.Wait()
}

func TestShutdownWaitsForFlowsAndCutsThemThen(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{targets: []string{named(t, "a")}})
	one, two := h.dial(), h.dial()
	h.ask(one, "hello")
	h.ask(two, "hello")
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.set.Shutdown(ctx) }()
	h.eventually("nobody is let in any more", func() bool {
		c, err := net.Dial("tcp", h.address)
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	if got := h.ask(one, "last words"); got != "a last words" {
		t.Errorf("while shutting down: %q", got)
	}
	one.Close()
	cancel()
	h.isReset(two)
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("shutdown: %v", err)
	}
}

func TestShutdownGivesUpTargetsThatDoNotAnswer(t *testing.T) {
	dialled := make(chan struct{}, 10)
	h := newHouse(t, plan{
		targets: []string{"127.0.0.9:9"}, relay: relay.Options{Connect: time.Hour},
		dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			dialled <- struct{}{}
			<-ctx.Done()
			return nil, ctx.Err()
		},
	})
	c := h.dial()
	<-dialled
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	h.set.Shutdown(ctx)
	h.isReset(c)
}

func TestLimitsCountFlowsToo(t *testing.T) {
	t.Parallel()
	h := newHouse(t, plan{targets: []string{named(t, "a")}, options: func(o *listen.Options) { o.MaxPerClient = 2 }})
	one, two := h.dial(), h.dial()
	h.ask(one, "hello")
	h.ask(two, "hello")
	h.turnedAway()
	one.Close()
	h.ended(1)
	h.eventually("there is room again", func() bool {
		c, err := net.Dial("tcp", h.address)
		if err != nil {
			return false
		}
		defer c.Close()
		io.WriteString(c, "hello\n")
		_, err = readLine(c)
		return err == nil
	})
	if h.set.Stats().Rejected.Load() == 0 {
		t.Error("no connection was counted as rejected")
	}
}

func TestAPanicEndsOneFlowOnly(t *testing.T) {
	alive := named(t, "alive")
	var once sync.Once
	h := newHouse(t, plan{targets: []string{alive}, dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		once.Do(func() { panic("a test") })
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}})
	h.turnedAway()
	if got := h.ask(h.dial(), "hello"); got != "alive hello" {
		t.Errorf("got %q", got)
	}
	h.eventually("the panic is counted", func() bool { return h.set.Stats().Panics.Load() == 1 })
}

func TestAListenerThatIsGoneResetsNewConnectionsAndKeepsOld(t *testing.T) {
	h := newHouse(t, plan{targets: []string{named(t, "a")}})
	old := h.dial()
	h.ask(old, "hello")
	h.snapshot.Store(h.emptied())
	h.turnedAway()
	if got := h.ask(old, "again"); got != "a again" {
		t.Errorf("got %q", got)
	}
}

func TestFlowsOfAGroupThatLosesItsWeightEndAfterAWhile(t *testing.T) {
	t.Parallel()
	weights := func(one, two int32) model.Listener {
		return model.Listener{DefaultActions: forwardTo(
			model.WeightedTargetGroup{TargetGroup: "tg", Weight: one}, model.WeightedTargetGroup{TargetGroup: "other", Weight: two})}
	}
	p := plan{
		targets: []string{named(t, "one")}, more: []model.TargetGroup{{ID: "other", Protocol: model.TargetTCP, Targets: targetsOf(named(t, "two"))}},
		relay: relay.Options{Retire: time.Second}, listener: weights(1, 0),
	}
	h := newHouse(t, p)
	c := h.dial()
	h.ask(c, "hello")
	change := func(one, two int32) {
		p.listener = weights(one, two)
		h.compile(p)
		h.set.Review()
	}
	change(0, 1)
	change(1, 1) // taken back in time
	time.Sleep(1200 * time.Millisecond)
	if got := h.ask(c, "still"); got != "one still" {
		t.Errorf("got %q", got)
	}
	change(0, 1)
	if got := h.ask(h.dial(), "hello"); got != "two hello" {
		t.Errorf("a new connection got %q", got)
	}
	h.isReset(c)
	if f := h.ended(1)[0]; f.Reset != exchange.ResetByBalancer {
		t.Errorf("recorded: %+v", f)
	}
}
