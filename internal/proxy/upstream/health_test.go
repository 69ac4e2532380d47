package upstream

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// bubble runs f in virtual time with a registry whose targets live in w.
func bubble(t *testing.T, f func(w *world, r *Registry)) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		r := NewRegistry(Options{Dial: w.dial, Random: func() uint64 { return 1 << 63 }})
		defer r.Close()
		f(w, r)
	})
}

func want(t *testing.T, g *Group, i int, state State, reason Reason, description string) {
	t.Helper()
	synctest.Wait()
	s := g.Targets()[i]
	got := []string{string(s.State), string(s.Reason), s.Description}
	if diff := cmp.Diff([]string{string(state), string(reason), description}, got); diff != "" {
		t.Fatalf("after %v (-want +got):\n%s", time.Since(epoch), diff)
	}
}

// epoch is where virtual time begins.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func TestOneSuccessMakesANewTargetHealthy(t *testing.T) {
	bubble(t, func(w *world, r *Registry) {
		w.set("10.0.0.1:8080", 204)
		g := r.Acquire(checked(1))
		want(t, g, 0, Healthy, "", "")
		q := w.heads[0]
		if q.Method != "GET" || q.RequestURI != "/up" || q.Proto != "HTTP/1.1" || q.Host != "10.0.0.1:8080" ||
			q.UserAgent() != "ELB-HealthChecker/2.0" {
			t.Errorf("the check asked %s %s %s of %q as %q", q.Method, q.RequestURI, q.Proto, q.Host, q.UserAgent())
		}
	})
}

func TestThresholdsCountResultsInARow(t *testing.T) {
	bubble(t, func(w *world, r *Registry) {
		const a = "10.0.0.1:8080"
		w.set(a, 200)
		g := r.Acquire(checked(1))
		want(t, g, 0, Healthy, "", "")
		w.set(a, 503)
		time.Sleep(11 * time.Second)
		want(t, g, 0, Healthy, "", "")
		time.Sleep(11 * time.Second)
		want(t, g, 0, Unhealthy, ReasonCodeMismatch, "Health checks failed with these codes: [503]")
		w.set(a, 404)
		time.Sleep(21 * time.Second)
		want(t, g, 0, Unhealthy, ReasonCodeMismatch, "Health checks failed with these codes: [503]")
		time.Sleep(11 * time.Second)
		want(t, g, 0, Healthy, "", "")
	})
}

func TestAFailureInBetweenStartsTheCountAgain(t *testing.T) {
	bubble(t, func(w *world, r *Registry) {
		const a = "10.0.0.1:8080"
		w.set(a, 200)
		g := r.Acquire(checked(1))
		synctest.Wait()
		for range 5 {
			w.set(a, 500)
			time.Sleep(10 * time.Second)
			w.set(a, 200)
			time.Sleep(10 * time.Second)
			want(t, g, 0, Healthy, "", "")
		}
	})
}

func TestReasonsSayWhatWentWrong(t *testing.T) {
	for _, c := range []struct {
		name        string
		status      int
		reason      Reason
		description string
	}{
		{"refused", 0, ReasonFailedChecks, "Health checks failed"},
		{"silent", -1, ReasonTimeout, "Request timed out"},
		{"endless head", -3, ReasonFailedChecks, "Health checks failed"},
		{"interim responses without end", -4, ReasonFailedChecks, "Health checks failed"},
		{"not HTTP", -2, ReasonFailedChecks, "Health checks failed"},
		{"other code", 302, ReasonCodeMismatch, "Health checks failed with these codes: [302]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(w *world, r *Registry) {
				w.set("10.0.0.1:8080", c.status)
				g := r.Acquire(checked(1))
				want(t, g, 0, Initial, ReasonInitialChecks, "Initial health checks in progress")
				time.Sleep(21 * time.Second)
				want(t, g, 0, Unhealthy, c.reason, c.description)
			})
		})
	}
}

func TestATargetIsRegisteredUntilItsFirstCheckBegins(t *testing.T) {
	bubble(t, func(w *world, r *Registry) {
		g := r.Acquire(checked(2))
		want(t, g, 1, Initial, ReasonRegistering, "Target registration is in progress")
		time.Sleep(20 * time.Millisecond)
		want(t, g, 1, Initial, ReasonInitialChecks, "Initial health checks in progress")
	})
}

func TestIntervalsAreKeptWithJitter(t *testing.T) {
	bubble(t, func(w *world, r *Registry) {
		w.set("10.0.0.1:8080", 200)
		r.Acquire(checked(1))
		time.Sleep(10 * time.Minute)
		if n := w.checks("10.0.0.1:8080"); n < 57 || n > 64 {
			t.Errorf("%d checks in ten minutes at one per ten seconds", n)
		}
	})
}

func TestFirstChecksOfManyTargetsAreSpread(t *testing.T) {
	bubble(t, func(w *world, r *Registry) {
		r.Acquire(checked(100))
		synctest.Wait()
		if n := w.addresses(); n > 3 {
			t.Errorf("%d of 100 targets were checked at once", n)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if n := w.addresses(); n != 100 {
			t.Errorf("only %d of 100 targets were checked within a second", n)
		}
	})
}

func TestOnlyHealthyTargetsGetRequests(t *testing.T) {
	bubble(t, func(w *world, r *Registry) {
		w.set("10.0.0.1:8080", 200)
		w.set("10.0.0.2:8080", 500)
		g := r.Acquire(checked(3)) // the third refuses
		if !g.Ready() || g.Pick(&exchange.Exchange{}) == nil {
			t.Fatal("initial targets must serve as long as none is healthy")
		}
		time.Sleep(25 * time.Second)
		synctest.Wait()
		for range 10 {
			if got := g.Pick(&exchange.Exchange{}).Address(); got != "10.0.0.1:8080" {
				t.Fatalf("%s got a request", got)
			}
		}
	})
}

func TestAllTargetsGetRequestsWhenNoneIsHealthy(t *testing.T) {
	bubble(t, func(w *world, r *Registry) {
		g := r.Acquire(checked(3))
		time.Sleep(25 * time.Second)
		synctest.Wait()
		seen := map[string]bool{}
		for range 6 {
			seen[g.Pick(&exchange.Exchange{}).Address()] = true
		}
		if s := g.State(); len(seen) != 3 || !s.FailOpen || s.UnhealthyRouted != 6 || s.Healthy != 0 {
			t.Errorf("%d targets got requests; state %+v", len(seen), s)
		}
	})
}

func TestTheRoutingThresholdOpensEarly(t *testing.T) {
	for _, a := range []model.Attribute{{Key: attributeRoutingCount, Value: "2"}, {Key: attributeRoutingPercent, Value: "50"}} {
		bubble(t, func(w *world, r *Registry) {
			w.set("10.0.0.1:8080", 200)
			g := r.Acquire(checked(3, a))
			time.Sleep(25 * time.Second)
			synctest.Wait()
			if !g.FailOpen() || g.Healthy() != 1 {
				t.Errorf("%s: one healthy of three must not be enough", a.Key)
			}
			w.set("10.0.0.2:8080", 200)
			time.Sleep(35 * time.Second)
			synctest.Wait()
			if g.FailOpen() || g.Healthy() != 2 {
				t.Errorf("%s: two healthy of three must be enough", a.Key)
			}
		})
	}
}

func TestUnreferencedGroupsAreNotChecked(t *testing.T) {
	bubble(t, func(w *world, r *Registry) {
		w.set("10.0.0.1:8080", 200)
		g := r.Group(checked(1))
		time.Sleep(time.Minute)
		want(t, g, 0, Unused, ReasonNotInUse, "Target group is not configured to receive traffic from the load balancer")
		r.Acquire(checked(1))
		want(t, g, 0, Healthy, "", "")
		g.Release()
		n := w.checks("10.0.0.1:8080")
		time.Sleep(time.Minute)
		if w.checks("10.0.0.1:8080") != n || r.Lookup(g.ID()) != nil {
			t.Error("a released group is still checked or still there")
		}
	})
}

func TestAChangedHealthCheckTakesEffectAtOnce(t *testing.T) {
	bubble(t, func(w *world, r *Registry) {
		w.set("10.0.0.1:8080", 200)
		g := r.Acquire(checked(1))
		synctest.Wait()
		tg := checked(1)
		tg.HealthCheck.Path, tg.HealthCheck.Port = "/other", "9090"
		w.set("10.0.0.1:9090", 418)
		if r.Acquire(tg) != g {
			t.Fatal("the same ID gave another group")
		}
		time.Sleep(11 * time.Second)
		want(t, g, 0, Unhealthy, ReasonCodeMismatch, "Health checks failed with these codes: [418]")
		if w.checks("10.0.0.1:8080") != 1 {
			t.Error("the old check went on")
		}
		tg.HealthCheck = nil
		r.Group(tg)
		want(t, g, 0, Healthy, "", "")
	})
}

func TestClosingEndsACheckThatHangs(t *testing.T) {
	bubble(t, func(w *world, r *Registry) {
		w.set("10.0.0.1:8080", -1)
		r.Acquire(checked(1))
		synctest.Wait()
		before := time.Now()
		r.Close()
		if waited := time.Since(before); waited > 0 {
			t.Errorf("closing waited %v", waited)
		}
	})
}

func TestSlowStartOnlyBesideASettledTarget(t *testing.T) {
	bubble(t, func(w *world, r *Registry) {
		w.set("10.0.0.1:8080", 200)
		g := r.Acquire(checked(2, model.Attribute{Key: attributeSlowStart, Value: "30"}))
		time.Sleep(25 * time.Second)
		synctest.Wait()
		if g.order[0].rampEnd.Load() != 0 {
			t.Error("the first healthy target was held back")
		}
		w.set("10.0.0.2:8080", 200)
		time.Sleep(31 * time.Second)
		synctest.Wait()
		if g.order[1].rampEnd.Load() == 0 {
			t.Error("the second one was not")
		}
	})
}

func TestTCPChecksOnlyConnect(t *testing.T) {
	bubble(t, func(w *world, r *Registry) {
		w.set("10.0.0.1:8080", -1)
		tg := checked(1)
		tg.HealthCheck.Protocol = model.TargetTCP
		want(t, r.Acquire(tg), 0, Healthy, "", "")
	})
}

func TestMatcherCodes(t *testing.T) {
	for text, cases := range map[string]map[int]bool{
		"":                 {200: true, 201: false},
		"200":              {200: true, 404: false},
		"200,202":          {201: false, 202: true},
		"200-299":          {199: false, 200: true, 299: true, 300: false},
		"200-204, 301,x-y": {204: true, 205: false, 301: true},
	} {
		for code, want := range cases {
			if got := parseCodes(text).match(code); got != want {
				t.Errorf("%q and %d: %v", text, code, got)
			}
		}
	}
}

func TestAPathCannotAddLinesToTheCheck(t *testing.T) {
	tg := checked(1)
	tg.HealthCheck.Path = "/ HTTP/1.1\r\nX-Forged: yes"
	if s := newSettings(tg); s.check.path != "/" || len(s.ignored) != 1 {
		t.Errorf("the path became %q, ignored %q", s.check.path, s.ignored)
	}
}
