package traffic_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/gwanmun/gwanmun/internal/elbapi/action"
	"github.com/gwanmun/gwanmun/internal/elbapi/store"
	"github.com/gwanmun/gwanmun/internal/elbapi/traffic"
	"github.com/gwanmun/gwanmun/internal/elbapi/world"
)

// What the default world holds.
const (
	vpc       = "vpc-0a1b2c3d4e5f60718"
	publicA   = "subnet-0a00000000000001a"
	publicB   = "subnet-0a00000000000001b"
	instanceA = "i-0a00000000000001a"
	addressA  = "10.42.64.10"
)

var ctx = context.Background()

// front is an API whose load balancers carry traffic, in the default world.
type front struct {
	*action.Actions
	t       *testing.T
	store   *store.Store
	world   *world.World
	traffic *traffic.Traffic
	network *network
}

// network leads from the addresses of targets to where they really listen.
type network struct {
	mu    sync.Mutex
	hosts map[string]string
}

func (n *network) dial(ctx context.Context, proto, address string) (net.Conn, error) {
	n.mu.Lock()
	if to := n.hosts[address]; to != "" {
		address = to
	}
	n.mu.Unlock()
	var d net.Dialer
	return d.DialContext(ctx, proto, address)
}

// anyPort serves every listener at a free port of 127.0.0.1.
func anyPort(netip.AddrPort) netip.AddrPort { return netip.MustParseAddrPort("127.0.0.1:0") }

func newFront(t *testing.T, change ...func(*traffic.Options)) *front {
	t.Helper()
	w, err := world.New(world.Default(), world.Options{Rand: rand.Reader, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	f := &front{t: t, world: w, store: store.New(store.Options{Seed: t.Name()}), network: &network{hosts: map[string]string{}}}
	f.start(change...)
	return f
}

// start puts traffic and actions on the front's store and world.
func (f *front) start(change ...func(*traffic.Options)) {
	f.t.Helper()
	o := traffic.Options{
		Store: f.store, World: f.world, Dial: f.network.dial, Bind: anyPort, LookEvery: 50 * time.Millisecond,
		Logger: slog.New(slog.NewTextHandler(f.t.Output(), nil)),
	}
	for _, c := range change {
		c(&o)
	}
	var err error
	if f.traffic, err = traffic.New(o); err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(f.end)
	f.Actions = action.New(action.Options{Store: f.store, World: f.world, Carrier: f.traffic})
}

func (f *front) end() {
	if f.traffic == nil {
		return
	}
	limit, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := f.traffic.Close(limit); err != nil {
		f.t.Errorf("close: %v", err)
	}
	f.traffic = nil
}

func (f *front) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// settle waits until the store is served.
func (f *front) settle() {
	f.t.Helper()
	limit, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	f.must(f.traffic.Settle(limit))
}

// until polls with a generous deadline.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for: %s", what)
		}
	}
}

// target starts a server that tells its name, and makes it answer at an address of the VPC.
func (f *front) target(name, address string) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s %s", name, r.Host, r.URL.Path)
	}))
	f.t.Cleanup(s.Close)
	f.network.mu.Lock()
	f.network.hosts[address] = s.Listener.Addr().String()
	f.network.mu.Unlock()
	return s
}

func (f *front) balancer(name string, kind types.LoadBalancerTypeEnum) string {
	f.t.Helper()
	out, err := f.CreateLoadBalancer(ctx, &elbv2.CreateLoadBalancerInput{Name: &name, Subnets: []string{publicA, publicB}, Type: kind})
	f.must(err)
	return *out.LoadBalancers[0].LoadBalancerArn
}

// group makes a target group of addresses with the quickest health checks there are.
func (f *front) group(name string, change func(*elbv2.CreateTargetGroupInput), targets ...string) string {
	f.t.Helper()
	in := &elbv2.CreateTargetGroupInput{
		Name: &name, Protocol: types.ProtocolEnumHttp, Port: aws.Int32(80), VpcId: aws.String(vpc), TargetType: types.TargetTypeEnumIp,
		HealthCheckIntervalSeconds: aws.Int32(5), HealthCheckTimeoutSeconds: aws.Int32(2),
	}
	if change != nil {
		change(in)
	}
	out, err := f.CreateTargetGroup(ctx, in)
	f.must(err)
	arn := *out.TargetGroups[0].TargetGroupArn
	if len(targets) > 0 {
		f.register(arn, targets...)
	}
	return arn
}

func descriptions(ids []string) (out []types.TargetDescription) {
	for _, id := range ids {
		out = append(out, types.TargetDescription{Id: &id})
	}
	return out
}

func (f *front) register(group string, targets ...string) {
	f.t.Helper()
	_, err := f.RegisterTargets(ctx, &elbv2.RegisterTargetsInput{TargetGroupArn: &group, Targets: descriptions(targets)})
	f.must(err)
}

func (f *front) deregister(group string, targets ...string) {
	f.t.Helper()
	_, err := f.DeregisterTargets(ctx, &elbv2.DeregisterTargetsInput{TargetGroupArn: &group, Targets: descriptions(targets)})
	f.must(err)
}

func forward(arns ...string) []types.Action {
	c := &types.ForwardActionConfig{}
	for _, arn := range arns {
		c.TargetGroups = append(c.TargetGroups, types.TargetGroupTuple{TargetGroupArn: &arn, Weight: aws.Int32(1)})
	}
	return []types.Action{{Type: types.ActionTypeEnumForward, ForwardConfig: c}}
}

func fixed(code, body string) []types.Action {
	return []types.Action{{Type: types.ActionTypeEnumFixedResponse, FixedResponseConfig: &types.FixedResponseActionConfig{
		StatusCode: &code, ContentType: aws.String("text/plain"), MessageBody: &body,
	}}}
}

func (f *front) listen(lb string, port int32, protocol types.ProtocolEnum, actions []types.Action, certificates ...string) string {
	f.t.Helper()
	in := &elbv2.CreateListenerInput{LoadBalancerArn: &lb, Port: &port, Protocol: protocol, DefaultActions: actions}
	for _, arn := range certificates {
		in.Certificates = append(in.Certificates, types.Certificate{CertificateArn: &arn})
	}
	out, err := f.CreateListener(ctx, in)
	f.must(err)
	return *out.Listeners[0].ListenerArn
}

func (f *front) rule(listener string, priority int32, host string, actions []types.Action) string {
	f.t.Helper()
	out, err := f.CreateRule(ctx, &elbv2.CreateRuleInput{
		ListenerArn: &listener, Priority: &priority, Actions: actions,
		Conditions: []types.RuleCondition{{Field: aws.String("host-header"), HostHeaderConfig: &types.HostHeaderConditionConfig{Values: []string{host}}}},
	})
	f.must(err)
	return *out.Rules[0].RuleArn
}

// at is where a listener is really served.
func (f *front) at(lb string, port int32) string {
	f.t.Helper()
	f.settle()
	for _, p := range f.traffic.Server().Addresses() {
		if p.LoadBalancer == lb && p.Port == port {
			return p.Address.String()
		}
	}
	f.t.Fatalf("port %d of %s is not served", port, lb)
	return ""
}

// get asks a listener; redirects are not followed.
func (f *front) get(address, host, path string) (int, string, http.Header) {
	f.t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path, http.NoBody)
	f.must(err)
	r.Host = host
	return f.send(r)
}

func (f *front) send(r *http.Request) (int, string, http.Header) {
	f.t.Helper()
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	answer, err := transport.RoundTrip(r)
	f.must(err)
	defer answer.Body.Close()
	var b bytes.Buffer
	_, err = io.Copy(&b, answer.Body)
	f.must(err)
	return answer.StatusCode, b.String(), answer.Header
}

// health is the state and reason of a target.
func (f *front) health(group, id string) string {
	f.t.Helper()
	out, err := f.DescribeTargetHealth(ctx, &elbv2.DescribeTargetHealthInput{TargetGroupArn: &group, Targets: descriptions([]string{id})})
	f.must(err)
	h := out.TargetHealthDescriptions[0].TargetHealth
	return string(h.State) + " " + string(h.Reason)
}

func (f *front) certificate(domain string) (string, world.Certificate) {
	f.t.Helper()
	var found world.Certificate
	f.must(f.world.View(func(s *world.State) error {
		for _, c := range s.Certificates {
			if c.Domain == domain {
				found = *c
			}
		}
		return nil
	}))
	return found.ARN, found
}
