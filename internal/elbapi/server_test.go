package elbapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/smithy-go"
	"github.com/miekg/dns"
	"go.uber.org/goleak"

	"github.com/gwanmun/gwanmun/internal/elbapi/fault"
	"github.com/gwanmun/gwanmun/internal/loopback"
)

const (
	vpc     = "vpc-0a1b2c3d4e5f60718"
	subnetA = "subnet-0a00000000000001a"
	subnetB = "subnet-0a00000000000001b"
	node    = "10.42.64.10"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// running is a server that answers calls until the test ends or stop is called.
type running struct {
	*Server
	t    *testing.T
	stop func()
}

func start(t *testing.T, o Options) *running {
	t.Helper()
	o.Listen = "127.0.0.1:0"
	if !o.Addresses.IsValid() {
		o.Addresses = netip.MustParsePrefix("127.81.0.0/24")
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	r := &running{Server: s, t: t}
	stopped := false
	r.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		end, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 30*time.Second)
		defer cancel()
		if err := s.Close(end); err != nil {
			t.Errorf("closing: %v", err)
		}
	}
	t.Cleanup(r.stop)
	return r
}

func (r *running) config() aws.Config {
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}
	return aws.Config{
		Region: r.Identity().Region, Credentials: credentials.NewStaticCredentialsProvider("A", "b", ""),
		BaseEndpoint: aws.String(r.URL()), RetryMaxAttempts: 1, HTTPClient: client,
	}
}

func (r *running) elb() *elbv2.Client { return elbv2.NewFromConfig(r.config()) }

// pod serves a word where MapTargets finds the node of the default world.
func pod(t *testing.T, word string) int32 {
	t.Helper()
	l, err := net.Listen("tcp", loopback.ShiftText(node+":0"))
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: l, Config: &http.Server{
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, word) }),
		ReadHeaderTimeout: time.Minute,
	}}
	server.Start()
	t.Cleanup(server.Close)
	return int32(l.Addr().(*net.TCPAddr).Port)
}

// freePort is a port that is free on loopback now.
func freePort(t *testing.T) int32 {
	t.Helper()
	l, err := net.Listen("tcp", "127.81.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return int32(l.Addr().(*net.TCPAddr).Port)
}

// made is a load balancer with a target behind it.
type made struct {
	balancer types.LoadBalancer
	group    string
	port     int32
}

func (r *running) make(t *testing.T, target int32) made {
	t.Helper()
	ctx, c, m := t.Context(), r.elb(), made{port: freePort(t)}
	lb, err := c.CreateLoadBalancer(ctx, &elbv2.CreateLoadBalancerInput{
		Name: aws.String("web"), Subnets: []string{subnetA, subnetB}, Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	m.balancer = lb.LoadBalancers[0]
	tg, err := c.CreateTargetGroup(ctx, &elbv2.CreateTargetGroupInput{
		Name: aws.String("pods"), Protocol: types.ProtocolEnumHttp, Port: aws.Int32(80), VpcId: aws.String(vpc), TargetType: types.TargetTypeEnumIp,
	})
	if err != nil {
		t.Fatal(err)
	}
	m.group = aws.ToString(tg.TargetGroups[0].TargetGroupArn)
	_, err = c.RegisterTargets(ctx, &elbv2.RegisterTargetsInput{
		TargetGroupArn: &m.group, Targets: []types.TargetDescription{{Id: aws.String(node), Port: &target}},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.CreateListener(ctx, &elbv2.CreateListenerInput{
		LoadBalancerArn: m.balancer.LoadBalancerArn, Protocol: types.ProtocolEnumHttp, Port: &m.port,
		DefaultActions: []types.Action{{Type: types.ActionTypeEnumForward, TargetGroupArn: &m.group}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// eventually fetches until the body is as wanted.
func eventually(t *testing.T, url, want string) {
	t.Helper()
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	var got string
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		response, err := client.Get(url)
		if err != nil {
			got = err.Error()
			continue
		}
		b, err := io.ReadAll(response.Body)
		if got = string(b); err == nil && got == want {
			_ = response.Body.Close()
			return
		}
		_ = response.Body.Close()
	}
	t.Fatalf("%s answers %q, want %q", url, got, want)
}

func TestALoadBalancerMadeByCallsCarriesTrafficAndIsThereAfterARestart(t *testing.T) {
	o := Options{StateDir: filepath.Join(t.TempDir(), "state"), Dial: MapTargets(), DNSListen: "127.0.0.1:0"}
	first := start(t, o)
	m := first.make(t, pod(t, "hello"))
	name := aws.ToString(m.balancer.DNSName)
	address := resolved(t, first.DNSAddress(), name)
	url := fmt.Sprintf("http://%s:%d/", address, m.port)
	eventually(t, url, "hello")
	first.stop()
	if response, err := http.Get(url); err == nil {
		_ = response.Body.Close()
		t.Error("the load balancer answers after the end")
	}

	second := start(t, o)
	eventually(t, url, "hello")
	lbs, err := second.elb().DescribeLoadBalancers(t.Context(), &elbv2.DescribeLoadBalancersInput{Names: []string{"web"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := lbs.LoadBalancers[0]; aws.ToString(got.LoadBalancerArn) != aws.ToString(m.balancer.LoadBalancerArn) || aws.ToString(got.DNSName) != name {
		t.Errorf("after the restart it is %s at %s", aws.ToString(got.LoadBalancerArn), aws.ToString(got.DNSName))
	}
	tagged, err := resourcegroupstaggingapi.NewFromConfig(second.config()).GetResources(t.Context(),
		&resourcegroupstaggingapi.GetResourcesInput{ResourceTypeFilters: []string{"elasticloadbalancing:loadbalancer"}})
	if err != nil || len(tagged.ResourceTagMappingList) != 1 || aws.ToString(tagged.ResourceTagMappingList[0].Tags[0].Value) != "v" {
		t.Errorf("tagging: %+v, %v", tagged, err)
	}
	interfaces, err := ec2.NewFromConfig(second.config()).DescribeNetworkInterfaces(t.Context(), &ec2.DescribeNetworkInterfacesInput{
		Filters: []ec2types.Filter{{Name: aws.String("description"), Values: []string{"ELB app/web/*"}}},
	})
	if err != nil || len(interfaces.NetworkInterfaces) != 2 {
		t.Errorf("interfaces: %+v, %v", interfaces, err)
	}
	second.stop()
}

// resolved asks the server's DNS for a name.
func resolved(t *testing.T, server, name string) string {
	t.Helper()
	client := dns.Client{Timeout: 10 * time.Second}
	answer, _, err := client.ExchangeContext(t.Context(), new(dns.Msg).SetQuestion(dns.Fqdn(name), dns.TypeA), server)
	if err != nil || len(answer.Answer) != 1 {
		t.Fatalf("%s: %v, %v", name, answer, err)
	}
	a, ok := answer.Answer[0].(*dns.A)
	if !ok {
		t.Fatalf("%s: %v", name, answer)
	}
	return a.A.String()
}

func TestACallThatFailsAfterItsEffectLeavesTheEffect(t *testing.T) {
	r := start(t, Options{Faults: []fault.Rule{{Service: "elbv2", Operation: "CreateTargetGroup", Kind: fault.FailAfter, Code: "InternalFailure", Count: 1}}})
	in := &elbv2.CreateTargetGroupInput{
		Name: aws.String("pods"), Protocol: types.ProtocolEnumHttp, Port: aws.Int32(80), VpcId: aws.String(vpc), TargetType: types.TargetTypeEnumIp,
	}
	_, err := r.elb().CreateTargetGroup(t.Context(), in)
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != "InternalFailure" {
		t.Fatalf("got %v", err)
	}
	groups, err := r.elb().DescribeTargetGroups(t.Context(), &elbv2.DescribeTargetGroupsInput{Names: []string{"pods"}})
	if err != nil || len(groups.TargetGroups) != 1 {
		t.Errorf("got %+v, %v", groups, err)
	}
	var calls []string
	for _, c := range r.Calls() {
		calls = append(calls, fmt.Sprint(c.Operation, c.Calls, c.Errors, c.Write))
	}
	if want := "[CreateTargetGroup1 1 true DescribeTargetGroups1 0 false]"; fmt.Sprint(calls) != want {
		t.Errorf("counted %v", calls)
	}
}

func TestAnotherRegionMovesTheWholeWorld(t *testing.T) {
	r := start(t, Options{Region: "eu-central-1"})
	zones, err := ec2.NewFromConfig(r.config()).DescribeAvailabilityZones(t.Context(), nil)
	if err != nil || len(zones.AvailabilityZones) != 3 || aws.ToString(zones.AvailabilityZones[0].ZoneName) != "eu-central-1a" {
		t.Errorf("zones: %+v, %v", zones, err)
	}
	certificates, err := acm.NewFromConfig(r.config()).ListCertificates(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range certificates.CertificateSummaryList {
		if !strings.HasPrefix(aws.ToString(c.CertificateArn), "arn:aws:acm:eu-central-1:") {
			t.Errorf("a certificate is at %s", aws.ToString(c.CertificateArn))
		}
	}
}

func TestAStateOfAnotherRegionIsRefused(t *testing.T) {
	dir := t.TempDir()
	start(t, Options{StateDir: dir}).stop()
	_, err := New(Options{StateDir: dir, Region: "eu-central-1"})
	if err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("got %v, want an error that names %s", err, dir)
	}
	// The folder is free again.
	start(t, Options{StateDir: dir}).stop()
}

func TestWhatCannotBeStartedSaysWhy(t *testing.T) {
	dir := t.TempDir()
	broken := filepath.Join(dir, "world.yaml")
	if err := os.WriteFile(broken, []byte("vpcs: 7\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "state.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, o := range map[string]Options{
		broken:                           {WorldFile: broken},
		filepath.Join(dir, "nothing"):    {WorldFile: filepath.Join(dir, "nothing")},
		filepath.Join(dir, "state.json"): {StateDir: dir},
		"{address}":                      {DNSListen: "127.0.0.1:0", DNSSuffix: "amazonaws.com"},
		"kind":                           {Faults: []fault.Rule{{Kind: "explode"}}},
	} {
		s, err := New(o)
		if err == nil {
			_ = s.Close(t.Context())
			t.Errorf("%+v was started", o)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error that names %s", err, want)
		}
	}
}

func TestTargetsOfAPrivateNetworkAreDialledOnLoopback(t *testing.T) {
	for address, want := range map[string]string{
		"10.42.64.10:80": "127.42.64.10:80", "192.168.0.1:80": "192.168.0.1:80", "127.0.0.1:80": "127.0.0.1:80",
		"[2001:db8::1]:80": "[2001:db8::1]:80", "example.com:80": "example.com:80", "[::ffff:10.1.2.3]:80": "127.1.2.3:80",
	} {
		if got := loopback.ShiftText(address); got != want {
			t.Errorf("%s: got %s, want %s", address, got, want)
		}
	}
}

func TestTheHandlerWorksWithoutASocket(t *testing.T) {
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(t.Context())
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/?Action=GetCallerIdentity&Version=2011-06-15", nil))
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "<Account>123456789012</Account>") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if s.URL() != "" {
		t.Errorf("it has the URL %s", s.URL())
	}
	if err := s.Run(t.Context()); err == nil {
		t.Error("Run without an address gave no error")
	}
}
