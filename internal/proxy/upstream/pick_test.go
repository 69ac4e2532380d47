package upstream

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

func TestRoundRobinIsFairToOneRequest(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 20).Draw(rt, "targets")
		r := NewRegistry(Options{})
		defer r.Close()
		g := r.Acquire(plain(n))
		counts := map[*Target]int{}
		for range rapid.IntRange(0, 300).Draw(rt, "requests") {
			counts[g.Pick(&exchange.Exchange{})]++
		}
		low, high := 1<<30, 0
		for _, target := range g.order {
			low, high = min(low, counts[target]), max(high, counts[target])
		}
		if high-low > 1 {
			rt.Fatalf("%d targets got between %d and %d requests", n, low, high)
		}
	})
}

func TestEveryAlgorithmPassesOverTriedTargets(t *testing.T) {
	for _, algorithm := range []string{"round_robin", "least_outstanding_requests", "weighted_random", "ewma", "chash"} {
		t.Run(algorithm, func(t *testing.T) {
			tg := plain(4)
			tg.Algorithm, tg.HashBy = algorithm, "$request_uri"
			g := acquire(t, tg)
			for seed := range uint64(50) {
				x := &exchange.Exchange{Random: [2]uint64{seed, mix(seed)}}
				seen := map[string]bool{}
				for range 4 {
					target := g.Pick(x)
					if seen[target.Address()] {
						t.Fatalf("seed %d: %s was chosen twice while others were left", seed, target.Address())
					}
					seen[target.Address()] = true
					attempt(x, target)
				}
				if g.Pick(x) == nil {
					t.Fatal("when all were tried one must be tried again")
				}
			}
		})
	}
}

func TestLeastOutstandingTakesTheIdleTarget(t *testing.T) {
	tg := plain(3)
	tg.Attributes = []model.Attribute{{Key: attributeAlgorithm, Value: "least_outstanding_requests"}}
	g := acquire(t, tg)
	g.order[0].outstanding.Store(2)
	g.order[1].outstanding.Store(1)
	g.order[2].outstanding.Store(3)
	for range 5 {
		if got := g.Pick(&exchange.Exchange{}); got != g.order[1] {
			t.Fatalf("picked %s with %d outstanding", got.Address(), got.Outstanding())
		}
	}
}

func TestWeightedRandomSpreadsEvenly(t *testing.T) {
	tg := plain(4)
	tg.Attributes = []model.Attribute{{Key: attributeAlgorithm, Value: "weighted_random"}}
	g := acquire(t, tg)
	counts := map[string]int{}
	for i := range uint64(4000) {
		counts[g.Pick(&exchange.Exchange{Random: [2]uint64{0, i}}).Address()]++
	}
	for address, n := range counts {
		if n < 850 || n > 1150 {
			t.Errorf("%s got %d of 4000 requests", address, n)
		}
	}
}

func TestEWMAPrefersTheQuickerTarget(t *testing.T) {
	tg := plain(2)
	tg.Algorithm = "ewma"
	g := acquire(t, tg)
	now := time.Now()
	g.order[0].latency.observe(900*time.Millisecond, now.Add(-time.Second))
	g.order[0].latency.observe(900*time.Millisecond, now)
	g.order[1].latency.observe(10*time.Millisecond, now.Add(-time.Second))
	g.order[1].latency.observe(10*time.Millisecond, now)
	for i := range uint64(20) {
		if got := g.Pick(&exchange.Exchange{Random: [2]uint64{0, i}}); got != g.order[1] {
			t.Fatalf("picked the slower %s", got.Address())
		}
	}
}

func TestConsistentHashMovesFewKeys(t *testing.T) {
	tg := plain(10)
	tg.Algorithm, tg.HashBy = "chash", "$request_uri"
	g := acquire(t, tg)
	where := func() map[string]string {
		m := map[string]string{}
		for i := range 2000 {
			uri := fmt.Sprintf("/item/%d", i)
			m[uri] = g.Pick(&exchange.Exchange{Request: exchange.Request{Target: []byte(uri)}}).Address()
		}
		return m
	}
	before := where()
	g.SetTargets(targets(11))
	moved, after := 0, where()
	for uri, address := range before {
		if after[uri] != address {
			moved++
			if after[uri] != "10.0.0.11:8080" {
				t.Fatalf("%s moved between old targets", uri)
			}
		}
	}
	if moved < 60 || moved > 400 {
		t.Errorf("%d of 2000 keys moved to one new target of eleven", moved)
	}
}

func TestHashKeysAreRead(t *testing.T) {
	x := &exchange.Exchange{ClientIP: netip.MustParseAddr("192.0.2.1"), HTTPS: true, User: []byte("u")}
	x.Request.Target, x.Request.NormalPath = []byte("/a%20b?k=v&q=2"), []byte("/a b")
	x.Request.Query, x.Request.Host, x.Request.Method = []byte("k=v&q=2"), []byte("h"), []byte("GET")
	x.Request.Header.Add([]byte("X-Tenant"), []byte("t1"))
	x.Request.Header.Add([]byte("Cookie"), []byte("a=1; sid=42"))
	for expression, text := range map[string]string{
		"$request_uri": "/a%20b?k=v&q=2", "${uri}": "/a b", "$arg_q": "2", "$arg_none": "", "$cookie_sid": "42",
		"$http_x_tenant": "t1", "$scheme-$host": "https-h", "$request_method$remote_user": "GETu", "plain": "plain",
	} {
		key, unknown := parseHashKey(expression)
		if len(unknown) > 0 || key.of(x) != mix(fnv(fnvStart, []byte(text))) {
			t.Errorf("%s does not hash as %q (unknown: %v)", expression, text, unknown)
		}
	}
	if _, unknown := parseHashKey("$request_uri$ssl_preread_x ${open"); len(unknown) != 2 {
		t.Errorf("unknown variables are not told: %v", unknown)
	}
}

func TestPickAllocatesNothing(t *testing.T) {
	for _, algorithm := range []string{"round_robin", "least_outstanding_requests", "weighted_random", "ewma", "chash"} {
		tg := plain(5)
		tg.Algorithm, tg.HashBy = algorithm, "$request_uri"
		g := acquire(t, tg)
		x := &exchange.Exchange{}
		if n := testing.AllocsPerRun(100, func() { g.Pick(x) }); n != 0 {
			t.Errorf("%s: %v allocations", algorithm, n)
		}
	}
}

func TestSlowStartRampsUp(t *testing.T) {
	now := time.Unix(1000, 0)
	r := registry(t, Options{Now: func() time.Time { return now }})
	g := r.Acquire(plain(2))
	s := *g.settings.Load()
	s.slowStart = 100 * time.Second
	g.settings.Store(&s)
	g.ramp(g.order[1], now)
	g.rebuild()
	share := func() int {
		n := 0
		for i := range uint64(2000) {
			if g.Pick(&exchange.Exchange{Random: [2]uint64{0, mix(i)}}) == g.order[1] {
				n++
			}
		}
		return n
	}
	now = now.Add(10 * time.Second)
	early := share()
	now = now.Add(60 * time.Second)
	late := share()
	now = now.Add(30 * time.Second)
	full := share()
	if early > 200 || late < 500 || late > 950 || full != 1000 {
		t.Errorf("a starting target got %d, then %d, then %d of 2000", early, late, full)
	}
}

func BenchmarkPickRoundRobin(b *testing.B) {
	g := acquire(b, plain(10))
	b.RunParallel(func(pb *testing.PB) {
		x := &exchange.Exchange{}
		for pb.Next() {
			g.Pick(x)
		}
	})
}
