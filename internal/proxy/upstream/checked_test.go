package upstream

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gwanmun/gwanmun/internal/model"
)

// book keeps records of health checks.
type book struct {
	mu      sync.Mutex
	records []HealthCheck
}

func (b *book) add(c HealthCheck) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.records = append(b.records, c)
}

func TestEveryHealthCheckIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, b := newWorld(), &book{}
		r := NewRegistry(Options{Dial: w.dial, Random: func() uint64 { return 1 << 63 }, Checked: b.add})
		defer r.Close()
		w.set("10.0.0.1:8080", 204)
		tg := checked(1)
		tg.Targets[0].Zone = "a"
		r.Acquire(tg)
		synctest.Wait()
		for _, status := range []int{503, -1, 0} {
			w.set("10.0.0.1:8080", status)
			time.Sleep(11 * time.Second)
			synctest.Wait()
		}
		time.Sleep(5 * time.Second)
		base := HealthCheck{
			Group: tg.ID, TargetID: "10.0.0.1", Zone: "a", Port: 8080, Address: "10.0.0.1:8080", Protocol: "HTTP", Path: "/up",
		}
		with := func(f func(*HealthCheck)) HealthCheck { c := base; f(&c); return c }
		want := []HealthCheck{
			with(func(c *HealthCheck) { c.Passed, c.Code, c.Before, c.After = true, 204, Initial, Healthy }),
			with(func(c *HealthCheck) {
				c.Code, c.Reason, c.Description = 503, ReasonCodeMismatch, "Health checks failed with these codes: [503]"
				c.Before, c.After = Healthy, Healthy
			}),
			with(func(c *HealthCheck) {
				c.Code, c.Reason, c.Description, c.Took = -1, ReasonTimeout, "Request timed out", 5*time.Second
				c.Before, c.After = Healthy, Unhealthy
			}),
			with(func(c *HealthCheck) {
				c.Code, c.Reason, c.Description = -1, ReasonFailedChecks, "Health checks failed"
				c.Before, c.After = Unhealthy, Unhealthy
			}),
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		if d := cmp.Diff(want, b.records, cmpopts.IgnoreFields(HealthCheck{}, "Time")); d != "" {
			t.Errorf("records (-want +got):\n%s", d)
		}
		if first := b.records[0].Time; !first.Equal(epoch) {
			t.Errorf("the first check began at %v", first)
		}
	})
}

func TestChecksOfGRPCAndHTTP2GoThroughTheProbe(t *testing.T) {
	for _, c := range []struct {
		version  model.ProtocolVersion
		codes    string
		path     string
		code     int
		err      error
		state    State
		reason   Reason
		wantPath string
	}{
		{model.GRPC, "", "", 12, nil, Healthy, "", "/AWS.ALB/healthcheck"},
		{model.GRPC, "0-5", "/shop.Cart/Up", 5, nil, Healthy, "", "/shop.Cart/Up"},
		{model.GRPC, "0", "", 14, nil, Unhealthy, ReasonCodeMismatch, "/AWS.ALB/healthcheck"},
		{model.GRPC, "", "", 0, errors.New("broken"), Unhealthy, ReasonFailedChecks, "/AWS.ALB/healthcheck"},
		{model.HTTP2, "", "", 200, nil, Healthy, "", "/"},
		{model.HTTP2, "", "/up", 404, nil, Unhealthy, ReasonCodeMismatch, "/up"},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld()
			w.set("10.0.0.1:8080", 200)
			var asked Probe
			r := NewRegistry(Options{Dial: w.dial, Random: func() uint64 { return 1 << 63 }, Probe: func(_ context.Context, p Probe) (int, error) {
				asked = p
				asked.Conn = nil
				return c.code, c.err
			}})
			defer r.Close()
			tg := checked(1)
			tg.ProtocolVersion = c.version
			tg.HealthCheck.Path, tg.HealthCheck.GRPCCodes, tg.HealthCheck.HTTPCodes = c.path, c.codes, ""
			g := r.Acquire(tg)
			time.Sleep(21 * time.Second)
			synctest.Wait()
			s := g.Targets()[0]
			want := Probe{Authority: "10.0.0.1:8080", Path: c.wantPath, GRPC: c.version == model.GRPC}
			if s.State != c.state || s.Reason != c.reason || asked != want {
				t.Errorf("%s %q: %s %s, asked %+v, want %+v", c.version, c.codes, s.State, s.Reason, asked, want)
			}
		})
	}
}

func TestATargetThatTurnsUnhealthyLeavesItsSlowStart(t *testing.T) {
	bubble(t, func(w *world, r *Registry) {
		w.set("10.0.0.1:8080", 200)
		g := r.Acquire(checked(2, model.Attribute{Key: attributeSlowStart, Value: "900"}))
		synctest.Wait()
		w.set("10.0.0.2:8080", 200)
		time.Sleep(40 * time.Second)
		synctest.Wait()
		b := g.order[1]
		now := func() int64 { return time.Now().UnixNano() }
		if b.state() != Healthy || b.share(now()) >= 0.1 {
			t.Fatalf("the second target is %s with a share of %v", b.state(), b.share(now()))
		}
		w.set("10.0.0.2:8080", 500)
		time.Sleep(25 * time.Second)
		synctest.Wait()
		if b.state() != Unhealthy || b.share(now()) != 1 {
			t.Errorf("unhealthy, it is %s with a share of %v", b.state(), b.share(now()))
		}
		w.set("10.0.0.2:8080", 200)
		time.Sleep(40 * time.Second)
		synctest.Wait()
		if b.state() != Healthy || b.share(now()) >= 0.1 {
			t.Errorf("healthy again, it is %s with a share of %v", b.state(), b.share(now()))
		}
		r.Acquire(checked(2))
		if b.share(now()) != 1 || g.roster.Load().ramping {
			t.Error("the slow start goes on although the group has none any more")
		}
	})
}
