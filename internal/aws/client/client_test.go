package client

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/google/go-cmp/cmp"
)

func TestEndpointsAreReadByEveryNameOfAService(t *testing.T) {
	got, err := ParseEndpoints("EC2=http://127.0.0.1:1, elasticloadbalancing=https://elb.example ,acm=http://127.0.0.1:2,WAF Regional=http://127.0.0.1:3")
	if err != nil {
		t.Fatal(err)
	}
	want := Endpoints{"EC2": "http://127.0.0.1:1", "Elastic Load Balancing v2": "https://elb.example", "ACM": "http://127.0.0.1:2"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for text, reason := range map[string]string{
		"EC2":                       "want SERVICE=URL",
		"EC3=http://x":              `unknown AWS service "EC3"`,
		"EC2=127.0.0.1:1":           "want a URL",
		"EC2=http://a,ec2=http://b": "given twice",
	} {
		if _, err := ParseEndpoints(text); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: got %v, want %q", text, err, reason)
		}
	}
}

func TestAThrottleOfTheUserComesBeforeTheDefaults(t *testing.T) {
	got, err := ParseThrottle("Elastic Load Balancing v2:^RegisterTargets|^DeregisterTargets=4:20,elbv2:.*=2.5:7")
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2+len(DefaultThrottle()) || got[0].Service != elbv2.ServiceID || got[1].Rate != 2.5 || got[1].Burst != 7 {
		t.Errorf("got %v", got)
	}
	for text, reason := range map[string]string{
		"elbv2":          "want SERVICE:REGEX=RATE:BURST",
		"elbv2:.*=1":     "want SERVICE:REGEX=RATE:BURST",
		"elbv2:(=1:1":    "operations",
		"elbv2:.*=0:1":   "rate",
		"elbv2:.*=NaN:1": "rate",
		"elbv2:.*=1:x":   "burst",
		"nothing:.*=1:1": "unknown AWS service",
	} {
		if _, err := ParseThrottle(text); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("%s: got %v, want %q", text, err, reason)
		}
	}
}

// serve makes clients whose every service is at h.
func serve(t *testing.T, h http.HandlerFunc, change func(*Options)) *Clients {
	t.Helper()
	t.Setenv("AWS_CA_BUNDLE", "")
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	o := Options{
		Region: "ap-northeast-2", Endpoint: s.URL, HTTP: s.Client(), MaxBackoff: time.Millisecond,
		Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""),
	}
	if change != nil {
		change(&o)
	}
	c, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCallsAreCountedByOutcomeAndRetriesAreOneCall(t *testing.T) {
	var sent atomic.Int32
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		if r.Form.Get("Action") == "DescribeVpcs" {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors></Response>`)
			return
		}
		if sent.Add(1) < 3 {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `<ErrorResponse><Error><Code>ThrottlingException</Code><Message>Rate exceeded</Message></Error></ErrorResponse>`)
			return
		}
		fmt.Fprint(w, `<DescribeLoadBalancersResponse><DescribeLoadBalancersResult><LoadBalancers/></DescribeLoadBalancersResult></DescribeLoadBalancersResponse>`)
	}, nil)
	if _, err := c.ELB.DescribeLoadBalancers(t.Context(), &elbv2.DescribeLoadBalancersInput{}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.EC2.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{}); err == nil {
		t.Fatal("a refusal was lost")
	}
	want := map[Call]int{
		{elbv2.ServiceID, "DescribeLoadBalancers", OutcomeOK}:    1,
		{ec2.ServiceID, "DescribeVpcs", "UnauthorizedOperation"}: 1,
	}
	if d := cmp.Diff(want, c.Counts()); d != "" {
		t.Error(d)
	}
	if sent.Load() != 3 {
		t.Errorf("%d attempts", sent.Load())
	}
	c.ResetCounts()
	if len(c.Counts()) != 0 {
		t.Error("counts were kept")
	}
}

func TestAnEndpointFromTheEnvironmentIsUsed(t *testing.T) {
	var asked atomic.Bool
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Store(true)
		fmt.Fprint(w, `<DescribeVpcsResponse><vpcSet/></DescribeVpcsResponse>`)
	}))
	t.Cleanup(s.Close)
	t.Setenv("AWS_ENDPOINT_URL", s.URL)
	t.Setenv("AWS_REGION", "ap-northeast-2")
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
	c, err := New(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.EC2.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{}); err != nil || !asked.Load() {
		t.Errorf("asked %v, %v", asked.Load(), err)
	}
	if c.Region != "ap-northeast-2" {
		t.Errorf("region %q", c.Region)
	}
}

func TestAThrottleHoldsCallsBack(t *testing.T) {
	l := newLimiter(Throttle{{Service: "EC2", Operations: DefaultThrottle()[3].Operations, Rate: 0.001, Burst: 1}})
	ctx, cancel := context.WithCancel(t.Context())
	if err := l.wait(ctx, "EC2", "DescribeVpcs"); err != nil {
		t.Fatal(err)
	}
	if err := l.wait(ctx, "EC2", "CreateTags"); err != nil {
		t.Fatal("another operation was held back")
	}
	cancel()
	if err := l.wait(ctx, "EC2", "DescribeVpcs"); err == nil {
		t.Error("the second call was let through at once")
	}
}
