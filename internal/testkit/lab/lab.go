package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gwanmun/gwanmun/internal/aws/client"
	"github.com/gwanmun/gwanmun/internal/elbapi"
	"github.com/gwanmun/gwanmun/internal/elbapi/traffic"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

// Options of a Lab.
type Options struct {
	// World is what exists before the first call; the default world when nil.
	World *world.File
	// Dial opens connections to targets.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Login is about logins and token checks.
	Login traffic.LoginOptions
	// CheckPace divides the intervals of health checks; 1 when 0.
	CheckPace int
	// Zone is the zone that the load balancers stand in; all of theirs when empty.
	Zone string
	// AccessLog and Metrics are those of the load balancers; nil drops them.
	AccessLog io.Writer
	Metrics   prometheus.Registerer
	// AnyClient has security groups let in clients on this machine, as they do outside of tests.
	AnyClient bool
	// Record keeps the calls that change something, for Writes.
	Record bool
	// Word gives an id the word that is written for it in Writes; ids stay as they are when nil.
	Word func(id string) string
	// Before hears of each call before it is made, with its name, and may keep it from being made by an error; After does when
	// it has taken effect, and may keep the answer from arriving. May be nil.
	Before, After func(call string) error
}

// Lab is an AWS. Close must be called in the end.
type Lab struct {
	API     *elbapi.Server
	options Options

	mu      sync.Mutex
	writes  []string
	clients *client.Clients
}

// New makes an AWS whose load balancers listen on free ports of 127.0.0.1.
func New(o Options) (*Lab, error) {
	loopback := netip.MustParseAddrPort("127.0.0.1:0")
	api, err := elbapi.New(elbapi.Options{
		World: o.World, Dial: o.Dial, Login: o.Login, AccessLog: o.AccessLog, Metrics: o.Metrics, CheckPace: o.CheckPace, Zone: o.Zone, FilterLoopback: !o.AnyClient, Bind: func(netip.AddrPort) netip.AddrPort { return loopback },
	})
	if err != nil {
		return nil, fmt.Errorf("start an AWS: %w", err)
	}
	return &Lab{API: api, options: o}, nil
}

// Close ends it.
func (l *Lab) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return l.API.Close(ctx)
}

// errCut is what a client sees of a call that was answered with nothing.
var errCut = errors.New("the connection was closed without an answer")

// RoundTrip answers a call without a socket.
func (l *Lab) RoundTrip(r *http.Request) (answer *http.Response, err error) {
	var body []byte
	if r.Body != nil {
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		if err := r.Body.Close(); err != nil {
			return nil, err
		}
	}
	call := readCall(r, body)
	if l.options.Before != nil {
		if err := l.options.Before(call.name); err != nil {
			return nil, err
		}
	}
	in := r.Clone(r.Context())
	in.Body, in.RequestURI = io.NopCloser(bytes.NewReader(body)), r.URL.RequestURI()
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	line := ""
	if l.options.Record && call.changes() {
		line = call.line(l.words())
	}
	out := httptest.NewRecorder()
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			answer, err = nil, errCut
		default:
			panic(p)
		}
	}()
	l.API.Handler().ServeHTTP(out, in)
	if line != "" {
		l.note(line, out)
	}
	if l.options.After != nil {
		if err := l.options.After(call.name); err != nil {
			return nil, err
		}
	}
	answer = out.Result()
	answer.Request = r
	return answer, nil
}

func (l *Lab) note(line string, out *httptest.ResponseRecorder) {
	if out.Code >= http.StatusBadRequest {
		line += " -> " + codeOf(out.Body.Bytes())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writes = append(l.writes, line)
}

// Writes are the calls since the last time that changed something, or were to, in order and as lines of text.
func (l *Lab) Writes() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.writes
	l.writes = nil
	return out
}

// Count counts the calls since the last time: all of them, those that change something, and those of each kind as text.
func (l *Lab) Count() (all, writes int, kinds string) {
	var b strings.Builder
	for _, n := range l.API.Calls() {
		all += n.Calls
		sign := " "
		if n.Write {
			writes += n.Calls
			sign = "*"
		}
		fmt.Fprintf(&b, "%6d %s %s %s\n", n.Calls, sign, n.Service, n.Operation)
	}
	l.API.ResetCalls()
	return all, writes, b.String()
}
