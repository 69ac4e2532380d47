package upstream

import (
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

// slow is a network whose targets take a while to connect to, or refuse after it.
type slow map[string]struct {
	takes time.Duration
	err   error
}

func (s slow) dial(ctx context.Context, _, address string) (net.Conn, error) {
	at := s[address]
	select {
	case <-time.After(at.takes):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if at.err != nil {
		return nil, at.err
	}
	ours, theirs := net.Pipe()
	_ = theirs // it is never read from
	return ours, nil
}

func TestTheTargetThatIsConnectedFirstWins(t *testing.T) {
	const a, b = "10.0.0.1:8080", "10.0.0.2:8080"
	refused := errors.New("refused")
	for _, c := range []struct {
		say     string
		network slow
		after   time.Duration
		want    string // empty: an error
		took    time.Duration
		idle    int // of both targets once all is over
	}{
		{"a quick one has no rival", slow{a: {takes: 50 * time.Millisecond}, b: {}}, 100 * time.Millisecond, a, 50 * time.Millisecond, 0},
		{"a slow one loses", slow{a: {takes: 900 * time.Millisecond}, b: {}}, 100 * time.Millisecond, b, 100 * time.Millisecond, 1},
		{"the rival is slower", slow{a: {takes: 300 * time.Millisecond}, b: {takes: 900 * time.Millisecond}}, 100 * time.Millisecond, a, 300 * time.Millisecond, 1},
		{"the rival refuses", slow{a: {takes: 300 * time.Millisecond}, b: {err: refused}}, 100 * time.Millisecond, a, 300 * time.Millisecond, 0},
		{"the first refuses late", slow{a: {takes: 300 * time.Millisecond, err: refused}, b: {takes: 400 * time.Millisecond}}, 100 * time.Millisecond, b, 500 * time.Millisecond, 0},
		{"both refuse", slow{a: {takes: 300 * time.Millisecond, err: refused}, b: {err: refused}}, 100 * time.Millisecond, "", 300 * time.Millisecond, 0},
		{"the first refuses at once", slow{a: {err: refused}, b: {}}, 100 * time.Millisecond, "", 0, 0},
		{"both take too long", slow{a: {takes: time.Hour}, b: {takes: time.Hour}}, 100 * time.Millisecond, "", time.Second, 0},
		{"no races", slow{a: {takes: 900 * time.Millisecond}, b: {}}, 0, a, 900 * time.Millisecond, 0},
	} {
		t.Run(c.say, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := NewRegistry(Options{Dial: c.network.dial, RaceAfter: c.after})
				defer r.Close()
				g := r.Acquire(plain(2))
				began := time.Now()
				got, err := g.order[0].Conn(&exchange.Exchange{}, time.Second)
				if took := time.Since(began); took != c.took {
					t.Errorf("it took %v, want %v", took, c.took)
				}
				if (err != nil) != (c.want == "") || err == nil && got.Target.Address() != c.want {
					t.Fatalf("connected to %+v, %v; want %q", got, err, c.want)
				}
				if err == nil {
					got.Close()
				} else if d := new(DialError); !errors.As(err, &d) || d.Address != a {
					t.Errorf("the error is %v, not that of the first target", err)
				}
				time.Sleep(2 * time.Second)
				synctest.Wait()
				idle := 0
				for _, target := range g.order {
					s := target.State()
					idle += s.Idle
					if s.Outstanding != 0 {
						t.Errorf("%s has %d requests outstanding", s.Address, s.Outstanding)
					}
				}
				if idle != c.idle {
					t.Errorf("%d connections wait for a request, want %d", idle, c.idle)
				}
			})
		})
	}
}

func TestNobodyRacesWhoIsNotFreeToGoAnywhere(t *testing.T) {
	r := registry(t, Options{RaceAfter: time.Second})
	hashed := plain(2)
	hashed.ID, hashed.Algorithm, hashed.HashBy = "hashed", "chash", "$request_uri"
	free := &exchange.Exchange{}
	for _, c := range []struct {
		say   string
		group *model.TargetGroup
		x     *exchange.Exchange
		want  time.Duration
	}{
		{"a free client", plain(2), free, time.Second},
		{"a client with a session", plain(2), with(7), 0},
		{"a group with a hash", hashed, free, 0},
		{"a group with health checks", checked(2), free, 0},
		{"a group of a network load balancer", network(2), free, 0},
	} {
		if got := r.Acquire(c.group).racing(c.x); got != c.want {
			t.Errorf("%s races after %v, want %v", c.say, got, c.want)
		}
	}
}
