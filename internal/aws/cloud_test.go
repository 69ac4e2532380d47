package aws_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/gwanmun/gwanmun/internal/aws"
	"github.com/gwanmun/gwanmun/internal/aws/client"
	"github.com/gwanmun/gwanmun/internal/aws/resolve"
	"github.com/gwanmun/gwanmun/internal/aws/targets"
	"github.com/gwanmun/gwanmun/internal/elbapi/action"
	"github.com/gwanmun/gwanmun/internal/elbapi/fault"
	"github.com/gwanmun/gwanmun/internal/elbapi/front"
	"github.com/gwanmun/gwanmun/internal/elbapi/side"
	"github.com/gwanmun/gwanmun/internal/elbapi/store"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

const (
	cluster = "gwanmun-local"
	vpc     = "vpc-0a1b2c3d4e5f60718"
)

// cloud is our own AWS, behind its real wire protocols.
type cloud struct {
	t      testing.TB
	url    string
	faults *fault.Set
	front  *front.Handler
	store  *store.Store
	clock  *clock
	// chance decides whether a fault with a probability happens.
	chance func() float64
}

// clock only moves when it is told to, or when somebody sleeps.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (c *clock) sleep(ctx context.Context, d time.Duration) error {
	c.advance(d)
	return ctx.Err()
}

func newCloud(t testing.TB, change ...func(*action.Options)) *cloud {
	t.Helper()
	// Nothing of whoever runs the tests is to be read.
	for name, value := range map[string]string{
		"AWS_CA_BUNDLE": "", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_PROFILE": "", "AWS_ENDPOINT_URL": "",
	} {
		t.Setenv(name, value)
	}
	c := &cloud{t: t, clock: &clock{now: time.Now()}}
	w, err := world.New(world.Default(), world.Options{Rand: rand.Reader, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	c.store = store.New(store.Options{Seed: "test"})
	c.chance = func() float64 { return 0 }
	if c.faults, err = fault.NewSet(func() float64 { return c.chance() }); err != nil {
		t.Fatal(err)
	}
	o := action.Options{Store: c.store, World: w}
	for _, f := range change {
		f(&o)
	}
	ids := 0
	var mu sync.Mutex
	c.front, err = front.New(front.Options{
		Operations: append(action.Operations(action.New(o)), side.Operations(side.New(side.Options{World: w, Balancers: c.balancers}))...),
		Region:     "ap-northeast-2", Now: time.Now, Logger: slog.New(slog.DiscardHandler), Faults: c.faults,
		RequestID: func() string { mu.Lock(); defer mu.Unlock(); ids++; return strings.Repeat("0", 8) },
	})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(c.front)
	t.Cleanup(s.Close)
	c.url = s.URL
	return c
}

// balancers tells the neighbours of ELBv2 which load balancers there are.
func (c *cloud) balancers() []side.Resource {
	var out []side.Resource
	c.store.View(func(s *store.State) {
		for _, lb := range s.LoadBalancers() {
			out = append(out, side.Resource{ARN: lb.ARN})
		}
	})
	return out
}

// fail makes calls go wrong: "elbv2:CreateRule=fail-after,count=1".
func (c *cloud) fail(rules ...string) {
	c.t.Helper()
	var list []fault.Rule
	for _, text := range rules {
		r, err := fault.Parse(text)
		if err != nil {
			c.t.Fatal(err)
		}
		list = append(list, r)
	}
	c.faults.Clear()
	if err := c.faults.Add(list...); err != nil {
		c.t.Fatal(err)
	}
}

// calls counts the calls since the last time: all of them, and those that change something.
func (c *cloud) calls() (all, writes int, text string) {
	var b strings.Builder
	for _, n := range c.front.Calls() {
		all += n.Calls
		if n.Write {
			writes += n.Calls
		}
		fmt.Fprintf(&b, "%6d %s %s\n", n.Calls, n.Service, n.Operation)
	}
	c.front.ResetCalls()
	return all, writes, b.String()
}

// kept are checkpoints in memory.
type kept struct {
	mu   sync.Mutex
	text map[string]string
}

func (k *kept) Load(_ context.Context, key string) (string, bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	v, ok := k.text[key]
	return v, ok, nil
}

func (k *kept) Store(_ context.Context, key, value string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.text[key] = value
	return nil
}

func (k *kept) Delete(_ context.Context, key string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.text, key)
	return nil
}

// process is one controller process on a cloud.
type process struct {
	*cloud
	clients   *client.Clients
	resolver  *resolve.Resolver
	registrar *targets.Registrar
	realizer  *aws.Realizer
	kept      *kept
}

// start starts a process; checkpoints of an earlier one may be handed on.
func (c *cloud) start(k *kept, change ...func(*aws.Options)) *process {
	c.t.Helper()
	p := &process{cloud: c, kept: k}
	if p.kept == nil {
		p.kept = &kept{text: map[string]string{}}
	}
	var err error
	p.clients, err = client.New(c.t.Context(), client.Options{
		Region: "ap-northeast-2", Endpoint: c.url, Throttle: client.Unthrottled(), MaxBackoff: time.Millisecond, MaxRetries: 2,
		Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	p.resolver = resolve.New(p.clients, resolve.Options{VPC: vpc, Now: c.clock.Now})
	p.registrar = targets.New(p.clients, targets.Options{
		VPC: p.resolver.Network, OtherVPC: p.resolver.NetworkOf, Now: c.clock.Now,
	})
	o := aws.Options{
		Cluster: cluster, Checkpoints: p.kept, Resolver: p.resolver, Registrar: p.registrar,
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)), Now: c.clock.Now, Sleep: c.clock.sleep,
		Random: func() float64 { return 0.9 },
	}
	for _, f := range change {
		f(&o)
	}
	p.realizer = aws.New(p.clients, o)
	return p
}

// restart is another process with the same checkpoints.
func (p *process) restart() *process { return p.cloud.start(&kept{text: maps.Clone(p.kept.text)}) }
