package upstream

import (
	"crypto/tls"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gwanmun/gwanmun/internal/model"
)

// offers starts a target over TLS that keeps what it was offered last, and speaks no version before least.
func offers(t *testing.T, least uint16) (*model.TargetGroup, func() *tls.ClientHelloInfo) {
	var mu sync.Mutex
	var last *tls.ClientHelloInfo
	tg := serve(t, true, func(http.ResponseWriter, *http.Request) {}, func(c *tls.Config) {
		c.MinVersion = least
		c.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			mu.Lock()
			defer mu.Unlock()
			last = hello
			return nil, nil
		}
	})
	return tg, func() *tls.ClientHelloInfo {
		mu.Lock()
		defer mu.Unlock()
		return last
	}
}

func TestTargetsAreOfferedWhatThePolicySays(t *testing.T) {
	tls13 := []uint16{tls.TLS_AES_128_GCM_SHA256, tls.TLS_AES_256_GCM_SHA384, tls.TLS_CHACHA20_POLY1305_SHA256}
	plain := []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}
	fips := []tls.CurveID{tls.CurveP256, tls.CurveP384, tls.CurveP521}
	hybrid := []tls.CurveID{tls.X25519MLKEM768, tls.SecP256r1MLKEM768, tls.SecP384r1MLKEM1024}
	old := []uint16{tls.VersionTLS12, tls.VersionTLS11, tls.VersionTLS10}
	for _, c := range []struct {
		policy   string
		versions []uint16
		newest   bool // the suites of TLS 1.3 are offered
		curves   []tls.CurveID
	}{
		{"2016-08", old, false, plain},
		{"TLS13-1-0-2021-06", append([]uint16{tls.VersionTLS13}, old...), true, plain},
		{"TLS13-1-0-FIPS-2023-04", append([]uint16{tls.VersionTLS13}, old...), true, fips},
		{"TLS13-1-0-PQ-2025-09", append([]uint16{tls.VersionTLS13}, old...), true, append(slices.Clone(hybrid), plain...)},
		{"TLS13-1-0-FIPS-PQ-2025-09", append([]uint16{tls.VersionTLS13}, old...), true, append(slices.Clone(hybrid), fips...)},
	} {
		t.Run(c.policy, func(t *testing.T) {
			tg, offered := offers(t, 0)
			g := acquire(t, tg)
			g.Speak(model.SSLPolicyPrefix + c.policy)
			conn, err := g.order[0].Dial(10 * time.Second)
			if err != nil {
				t.Fatal(err)
			}
			conn.Close()
			hello := offered()
			if d := cmp.Diff(c.versions, hello.SupportedVersions); d != "" {
				t.Errorf("versions (-want +got):\n%s", d)
			}
			want := suitesOf(model.SSLPolicyPrefix + c.policy)
			if c.newest {
				want = append(want, tls13...)
			}
			got := slices.DeleteFunc(slices.Clone(hello.CipherSuites), func(id uint16) bool { return tls.CipherSuiteName(id)[:2] == "0x" })
			slices.Sort(want)
			slices.Sort(got)
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("cipher suites (-want +got):\n%s", d)
			}
			curves := slices.Clone(hello.SupportedCurves)
			slices.Sort(curves)
			slices.Sort(c.curves)
			if d := cmp.Diff(c.curves, curves); d != "" {
				t.Errorf("key exchanges (-want +got):\n%s", d)
			}
		})
	}
}

func TestATargetWithTLS13AloneNeedsAPolicyThatHasIt(t *testing.T) {
	tg, _ := offers(t, tls.VersionTLS13)
	g := acquire(t, tg)
	for _, c := range []struct {
		policy string
		works  bool
	}{{"", true}, {"2016-08", false}, {"TLS13-1-0-2021-06", true}, {"unknown", true}} {
		g.Speak(model.SSLPolicyPrefix + c.policy)
		conn, err := g.order[0].Dial(10 * time.Second)
		if (err == nil) != c.works {
			t.Errorf("with policy %q: %v", c.policy, err)
		}
		if err == nil {
			conn.Close()
		}
	}
}

func TestHealthChecksSpeakThePolicyToo(t *testing.T) {
	for policy, want := range map[string]State{"2016-08": Unhealthy, "TLS13-1-0-2021-06": Healthy} {
		tg, _ := offers(t, tls.VersionTLS13)
		tg.HealthCheck = &model.HealthCheck{
			Protocol: model.TargetHTTPS, Path: "/", IntervalSeconds: 10, TimeoutSeconds: 5, HealthyThreshold: 2, UnhealthyThreshold: 2,
		}
		r := registry(t, Options{CheckPace: 1000})
		r.Group(tg).Speak(model.SSLPolicyPrefix + policy)
		g := r.Acquire(tg)
		for end := time.Now().Add(30 * time.Second); g.order[0].state() != want; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("with policy %s the target is %s", policy, g.order[0].state())
			}
		}
	}
}

func TestAnotherPolicyClosesConnectionsThatWait(t *testing.T) {
	tg, offered := offers(t, 0)
	g := acquire(t, tg)
	g.Speak(model.SSLPolicyPrefix + "TLS13-1-0-2021-06")
	conn, err := g.order[0].Dial(10 * time.Second)
	if err != nil {
		t.Fatal(err)
	}
	get(t, conn)
	conn.Reuse()
	g.Speak(model.SSLPolicyPrefix + "TLS13-1-0-2021-06")
	if g.order[0].State().Idle != 1 {
		t.Error("the same policy closed a connection")
	}
	g.Speak(model.SSLPolicyPrefix + "2016-08")
	if g.order[0].State().Idle != 0 || offered().SupportedVersions[0] != tls.VersionTLS13 {
		t.Errorf("%d connections wait", g.order[0].State().Idle)
	}
}
