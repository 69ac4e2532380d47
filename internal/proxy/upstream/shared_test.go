package upstream

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	codec "github.com/gwanmun/gwanmun/internal/proxy/http2"
	"github.com/gwanmun/gwanmun/internal/proxy/upstream/h2"
)

// http2Target is a server that speaks HTTP/2 in plain text or in TLS, and a registry with a group for it.
func http2Target(t *testing.T, tg model.TargetGroup, handler http.HandlerFunc) (r *Registry, g *Group, dials *atomic.Int64) {
	t.Helper()
	s := httptest.NewUnstartedServer(handler)
	s.EnableHTTP2 = true
	if tg.Protocol == model.TargetHTTPS {
		s.StartTLS()
	} else {
		s.Config.Protocols = &http.Protocols{}
		s.Config.Protocols.SetUnencryptedHTTP2(true)
		s.Start()
	}
	dials = &atomic.Int64{}
	r = NewRegistry(Options{Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		dials.Add(1)
		var d net.Dialer
		return d.DialContext(ctx, network, address)
	}})
	t.Cleanup(func() {
		r.Close()
		s.Close()
	})
	at := netip.MustParseAddrPort(s.Listener.Addr().String())
	tg.ID, tg.Targets = "g", []model.Target{{ID: at.Addr().String(), Port: int32(at.Port())}}
	return r, r.Acquire(&tg), dials
}

// ask sends a request and returns the answer's body.
func askShared(t *testing.T, g *Group) (string, error) {
	t.Helper()
	x := &exchange.Exchange{}
	x.Request.Method, x.Request.Target, x.Request.Authority = []byte("GET"), []byte("/"), []byte("a")
	s, err := g.Pick(x).Share(5 * time.Second)
	if err != nil {
		return "", err
	}
	defer s.Close()
	st := s.Open(h2.Request{Block: codec.AppendRequest(nil, x, s.TLS(), false), End: true, Within: 10 * time.Second})
	defer st.Close()
	if err := st.Head(x); err != nil {
		return "", err
	}
	b, err := io.ReadAll(st)
	s.Report(x.Response.Status, time.Millisecond)
	return string(b), err
}

func TestRequestsShareAConnection(t *testing.T) {
	for _, protocol := range []model.TargetProtocol{model.TargetHTTP, model.TargetHTTPS} {
		together := make(chan bool)
		var inside atomic.Int64
		_, g, dials := http2Target(t, model.TargetGroup{Protocol: protocol, ProtocolVersion: model.HTTP2},
			func(w http.ResponseWriter, r *http.Request) {
				if inside.Add(1) == 50 {
					close(together)
				}
				<-together
				_, _ = io.WriteString(w, r.Proto)
			})
		var work sync.WaitGroup
		for range 50 {
			work.Go(func() {
				if got, err := askShared(t, g); got != "HTTP/2.0" || err != nil {
					t.Errorf("%q, %v", got, err)
				}
			})
		}
		work.Wait()
		if n := dials.Load(); n != 1 {
			t.Errorf("%s: %d connections", protocol, n)
		}
		s := g.Targets()[0]
		if s.Requests != 50 || s.Outstanding != 0 || s.Classes[2] != 50 || s.Errors != 0 {
			t.Errorf("%+v", s)
		}
	}
}

func TestATargetThatChoosesHTTP11InTLSCannotBeUsed(t *testing.T) {
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	s.TLS.NextProtos = []string{"http/1.1"}
	r := NewRegistry(Options{})
	defer r.Close()
	at := netip.MustParseAddrPort(s.Listener.Addr().String())
	g := r.Acquire(&model.TargetGroup{
		ID: "g", Protocol: model.TargetHTTPS, ProtocolVersion: model.HTTP2,
		Targets: []model.Target{{ID: at.Addr().String(), Port: int32(at.Port())}},
	})
	_, err := askShared(t, g)
	var dial *DialError
	if !errors.As(err, &dial) || !dial.TLS {
		t.Errorf("%v", err)
	}
}

func TestRequestsOnARemovedTargetMayEndUntilItsTimeIsOver(t *testing.T) {
	begun, finish := make(chan bool, 2), make(chan bool)
	tg := model.TargetGroup{
		Protocol: model.TargetHTTP, ProtocolVersion: model.HTTP2,
		Attributes: []model.Attribute{{Key: attributeDrain, Value: "1"}},
	}
	_, g, _ := http2Target(t, tg, func(w http.ResponseWriter, r *http.Request) {
		begun <- true
		select {
		case <-finish:
		case <-r.Context().Done():
		}
	})
	results := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := askShared(t, g)
			results <- err
		}()
		<-begun
	}
	g.SetTargets(nil)
	finish <- true
	if err := <-results; err != nil {
		t.Errorf("within the delay: %v", err)
	}
	if err := <-results; !errors.Is(err, h2.ErrClosed) {
		t.Errorf("after it: %v", err)
	}
}

func TestHealthChecksOverHTTP2(t *testing.T) {
	for name, c := range map[string]struct {
		version     model.ProtocolVersion
		check       model.HealthCheck
		status      string
		state       State
		description string
	}{
		"gRPC, the default":  {model.GRPC, model.HealthCheck{Path: "/AWS.ALB/healthcheck", GRPCCodes: "12"}, "12", Healthy, ""},
		"gRPC, a range":      {model.GRPC, model.HealthCheck{Path: "/a.B/C", GRPCCodes: "0-2,9"}, "2", Healthy, ""},
		"gRPC, another code": {model.GRPC, model.HealthCheck{Path: "/a.B/C", GRPCCodes: "0", UnhealthyThreshold: 1}, "14", Unhealthy, "Health checks failed with these codes: [14]"},
		"HTTP/2":             {model.HTTP2, model.HealthCheck{Path: "/ok", HTTPCodes: "200"}, "", Healthy, ""},
		"HTTP/2, not found":  {model.HTTP2, model.HealthCheck{Path: "/no", HTTPCodes: "200", UnhealthyThreshold: 1}, "", Unhealthy, "Health checks failed with these codes: [404]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.check.Protocol = model.TargetHTTP
			_, g, _ := http2Target(t, model.TargetGroup{Protocol: model.TargetHTTP, ProtocolVersion: c.version, HealthCheck: &c.check},
				func(w http.ResponseWriter, r *http.Request) {
					if c.version == model.GRPC && (r.Method != "POST" || r.Header.Get("Content-Type") != "application/grpc") {
						http.Error(w, "no call", 400)
						return
					}
					if r.ProtoMajor != 2 || r.URL.Path == "/no" {
						http.NotFound(w, r)
						return
					}
					if !strings.HasPrefix(r.UserAgent(), "ELB-HealthChecker/2.0") {
						t.Errorf("it comes from %q", r.UserAgent())
					}
					w.Header().Set(http.TrailerPrefix+"Grpc-Status", c.status)
				})
			for range 500 {
				if s := g.Targets()[0]; s.State == c.state {
					if s.Description != c.description || c.state == Unhealthy && s.Reason != ReasonCodeMismatch {
						t.Errorf("%s: %q", s.Reason, s.Description)
					}
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
			t.Errorf("the target is %+v", g.Targets()[0])
		})
	}
}
