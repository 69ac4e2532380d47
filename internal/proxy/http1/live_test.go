package http1_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy"
	"github.com/gwanmun/gwanmun/internal/proxy/compile"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/http1"
)

// TestAWholeProxyAnswersAsTheCodecJudges sends the corpus over sockets to a proxy of each dialect and strictness, with
// net/http as the target. What the codec refuses must be answered with its status and the connection closed, and the
// target must not hear of it; what it accepts must reach the target once, and nothing that hides behind it may follow on
// a connection that is to be closed.
func TestAWholeProxyAnswersAsTheCodecJudges(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	origin := newOrigin(t)
	titles, inputs := http1.RequestCorpus(t)
	const elb = "routing.http.desync_mitigation_mode"
	for name, lb := range map[string]model.LoadBalancer{
		"nginx":     {Dialect: model.DialectNginx},
		"defensive": {},
		"monitor":   {Attributes: []model.Attribute{{Key: elb, Value: "monitor"}}},
		"strictest": {Attributes: []model.Attribute{{Key: elb, Value: "strictest"}}},
	} {
		t.Run(name, func(t *testing.T) {
			address, cfg := serve(t, lb, origin.target)
			for i, input := range inputs {
				origin.take()
				check(t, name+": "+titles[i], address, cfg, input, origin)
			}
		})
	}
}

// origin is a target that remembers what it was asked.
type origin struct {
	target model.Target
	mu     sync.Mutex
	asked  []string
}

func newOrigin(t *testing.T) *origin {
	o := new(origin)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // broken off
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		o.asked = append(o.asked, r.Method+" "+r.RequestURI+" "+string(body))
	}))
	s.Config.MaxHeaderBytes = 1 << 20
	s.Start()
	t.Cleanup(s.Close)
	a := netip.MustParseAddrPort(strings.TrimPrefix(s.URL, "http://"))
	o.target = model.Target{ID: a.Addr().String(), Port: int32(a.Port())}
	return o
}

// take returns what was asked since the last call.
func (o *origin) take() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	asked := o.asked
	o.asked = nil
	return asked
}

func serve(t *testing.T, lb model.LoadBalancer, target model.Target) (string, *http1.Config) {
	t.Helper()
	s, err := proxy.New(proxy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Error(err)
		}
	})
	lb.ID, lb.Type = "lb", model.Application
	lb.Listeners = []model.Listener{{Port: 80, Protocol: model.HTTP, DefaultActions: []model.Action{{
		Type:    model.ActionForward,
		Forward: &model.Forward{TargetGroups: []model.WeightedTargetGroup{{TargetGroup: "tg", Weight: 1}}},
	}}}}
	s.Apply([]compile.Unit{{Key: "lb", Model: &model.Model{
		LoadBalancers: []model.LoadBalancer{lb},
		TargetGroups: []model.TargetGroup{{
			ID: "tg", Type: model.TargetIP, Protocol: model.TargetHTTP, Port: 80, Targets: []model.Target{target},
		}},
	}}}, nil)
	if err := s.Place([]proxy.Placement{{LoadBalancer: "lb", Port: 80, Address: netip.MustParseAddrPort("127.0.0.1:0")}}); err != nil {
		t.Fatal(err)
	}
	return s.Addresses()[0].Address.String(), &s.Snapshot().Listener("lb", 80).HTTP1
}

// verdict is what the codec says of a message.
type verdict struct {
	refused    *http1.Error
	incomplete bool
	broken     bool
	request    exchange.Request
	body       string
	// more says that another whole request follows.
	more bool
}

func judge(input []byte, cfg *http1.Config) (v verdict) {
	n, err := http1.ParseRequest(input, &v.request, cfg)
	if err != nil {
		v.refused = err
		return v
	}
	if n == 0 {
		v.incomplete = true
		return v
	}
	var buf http1.Buffer
	buf.Reset(bytes.NewReader(input[n:]), nil)
	var body http1.Body
	body.Reset(&buf, http1.RequestFraming(&v.request))
	data, readErr := io.ReadAll(&body)
	v.body = string(data)
	v.incomplete = readErr == io.ErrUnexpectedEOF
	v.broken = readErr != nil && !v.incomplete
	rest, _ := io.ReadAll(&buf)
	next, _ := http1.ParseRequest(rest, new(exchange.Request), cfg)
	v.more = next > 0
	return v
}

func check(t *testing.T, title, address string, cfg *http1.Config, input []byte, o *origin) {
	v := judge(input, cfg)
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	wait := 5 * time.Second
	if v.incomplete && !v.broken {
		wait = 30 * time.Millisecond
	}
	_ = conn.SetDeadline(time.Now().Add(wait))
	go func() { _, _ = conn.Write(input) }() // a refusal may come before all is written
	reader := bufio.NewReader(conn)
	status, closes := answer(reader)
	asked := o.take()
	if v.more && !closes {
		// What follows must not be taken for the next case's.
		_ = conn.SetDeadline(time.Now().Add(time.Second))
		_, _ = answer(reader)
	}
	switch {
	case v.refused != nil:
		if status != v.refused.Status || !closes || len(asked) > 0 {
			t.Errorf("%s: status %d, closed %v, target heard %q; want %d", title, status, closes, asked, v.refused.Status)
		}
	case v.incomplete:
		if status != 0 || len(asked) > 0 {
			t.Errorf("%s: status %d for half a request, target heard %q", title, status, asked)
		}
	case v.broken:
		if status != 400 || !closes || len(asked) > 0 {
			t.Errorf("%s: status %d, closed %v, target heard %q of a broken body", title, status, closes, asked)
		}
	case string(v.request.Target) == "*":
		// OPTIONS * is about the proxy itself.
		if status == 0 || len(asked) > 0 {
			t.Errorf("%s: status %d, target heard %q", title, status, asked)
		}
	case unreadable(v.request.Target):
		if status != 400 || closes {
			t.Errorf("%s: status %d, closed %v, where net/http as the target refuses the path", title, status, closes)
		}
	default:
		want := string(v.request.Method) + " " + string(v.request.Target) + " " + v.body
		if status != 200 || closes != v.request.Close || len(asked) == 0 || asked[0] != want {
			t.Errorf("%s: status %d, closed %v; target heard %q, not %q", title, status, closes, asked, want)
		}
		if v.request.Close && len(asked) > 1 {
			t.Errorf("%s: target heard what hid behind the request: %q", title, asked)
		}
	}
}

// unreadable says whether net/http, the target here, refuses a path that ELB and nginx send as it came.
func unreadable(target []byte) bool {
	_, err := url.ParseRequestURI(string(target))
	return err != nil
}

// answer reads one response and says whether the connection ends with it.
func answer(reader *bufio.Reader) (status int, closes bool) {
	for {
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			return 0, false
		}
		if response.StatusCode == http.StatusContinue {
			continue
		}
		_, _ = io.Copy(io.Discard, response.Body) // the status counts
		if response.Close {
			_, err := reader.ReadByte()
			return response.StatusCode, err != nil
		}
		return response.StatusCode, false
	}
}
