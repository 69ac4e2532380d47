package front

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
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
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/gwanmun/gwanmun/internal/elbapi/fault"
	"github.com/gwanmun/gwanmun/internal/elbapi/wire"
)

const region = "ap-northeast-2"

// toy answers a few calls of each protocol.
type toy struct{ created atomic.Int32 }

func (y *toy) operations() []wire.Operation {
	return []wire.Operation{
		wire.Op(wire.ELBv2, "DescribeLoadBalancers", func(_ context.Context, in *elbv2.DescribeLoadBalancersInput) (*elbv2.DescribeLoadBalancersOutput, error) {
			if len(in.Names) == 0 {
				return &elbv2.DescribeLoadBalancersOutput{LoadBalancers: []types.LoadBalancer{}}, nil
			}
			return nil, &types.LoadBalancerNotFoundException{Message: aws.String("no " + in.Names[0])}
		}),
		wire.Op(wire.ELBv2, "CreateTargetGroup", func(_ context.Context, in *elbv2.CreateTargetGroupInput) (*elbv2.CreateTargetGroupOutput, error) {
			y.created.Add(1)
			return &elbv2.CreateTargetGroupOutput{TargetGroups: []types.TargetGroup{{TargetGroupName: in.Name, Port: in.Port}}}, nil
		}),
		wire.Op(wire.ELBv2, "DeleteRule", func(context.Context, *elbv2.DeleteRuleInput) (*elbv2.DeleteRuleOutput, error) {
			panic("a mistake")
		}),
		wire.Op(wire.EC2, "DescribeVpcs", func(_ context.Context, in *ec2.DescribeVpcsInput) (*ec2.DescribeVpcsOutput, error) {
			var out ec2.DescribeVpcsOutput
			for _, id := range in.VpcIds {
				out.Vpcs = append(out.Vpcs, ec2types.Vpc{VpcId: aws.String(id), Tags: []ec2types.Tag{{Key: aws.String("k"), Value: aws.String("")}}})
			}
			return &out, nil
		}),
		wire.Op(wire.ACM, "ListCertificates", func(_ context.Context, in *acm.ListCertificatesInput) (*acm.ListCertificatesOutput, error) {
			return &acm.ListCertificatesOutput{NextToken: in.NextToken}, nil
		}),
		wire.Op(wire.Tagging, "GetResources", func(_ context.Context, in *resourcegroupstaggingapi.GetResourcesInput) (*resourcegroupstaggingapi.GetResourcesOutput, error) {
			return &resourcegroupstaggingapi.GetResourcesOutput{PaginationToken: aws.String(fmt.Sprint(in.ResourceTypeFilters))}, nil
		}),
		wire.Op(wire.STS, "GetCallerIdentity", func(context.Context, *sts.GetCallerIdentityInput) (*sts.GetCallerIdentityOutput, error) {
			return &sts.GetCallerIdentityOutput{Account: aws.String("123456789012")}, nil
		}),
	}
}

// place is an API on loopback.
type place struct {
	*Handler
	toy *toy
	url string
}

func start(t *testing.T, change func(*Options)) place {
	t.Helper()
	faults, err := fault.NewSet(func() float64 { return 0 })
	if err != nil {
		t.Fatal(err)
	}
	y := &toy{}
	n := 0
	o := Options{
		Operations: y.operations(), Region: region, Now: time.Now, Logger: slog.New(slog.DiscardHandler), Faults: faults,
		RequestID: func() string { n++; return fmt.Sprintf("request-%d", n) },
	}
	if change != nil {
		change(&o)
	}
	h, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return place{h, y, server.URL}
}

func (p place) sdk(where string) aws.Config {
	return aws.Config{
		Region: where, Credentials: credentials.NewStaticCredentialsProvider("AKID", "secret", ""),
		BaseEndpoint: aws.String(p.url), RetryMaxAttempts: 1, HTTPClient: &http.Client{Timeout: 30 * time.Second},
	}
}

func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return fmt.Sprint(err)
}

func TestClientsOfEveryProtocolAreAnsweredAtOneAddress(t *testing.T) {
	p := start(t, nil)
	c, ctx := p.sdk(region), t.Context()
	balancers, err := elbv2.NewFromConfig(c).DescribeLoadBalancers(ctx, &elbv2.DescribeLoadBalancersInput{})
	if err != nil || balancers.LoadBalancers == nil {
		t.Errorf("elbv2: %+v, %v", balancers, err)
	}
	_, err = elbv2.NewFromConfig(c).DescribeLoadBalancers(ctx, &elbv2.DescribeLoadBalancersInput{Names: []string{"web"}})
	var notFound *types.LoadBalancerNotFoundException
	if !errors.As(err, &notFound) || notFound.ErrorMessage() != "no web" {
		t.Errorf("elbv2: %v", err)
	}
	vpcs, err := ec2.NewFromConfig(c).DescribeVpcs(ctx, &ec2.DescribeVpcsInput{VpcIds: []string{"vpc-1", "vpc-2"}})
	if err != nil || len(vpcs.Vpcs) != 2 || aws.ToString(vpcs.Vpcs[1].VpcId) != "vpc-2" || vpcs.Vpcs[0].Tags[0].Value == nil {
		t.Errorf("ec2: %+v, %v", vpcs, err)
	}
	certificates, err := acm.NewFromConfig(c).ListCertificates(ctx, &acm.ListCertificatesInput{NextToken: aws.String("n")})
	if err != nil || aws.ToString(certificates.NextToken) != "n" {
		t.Errorf("acm: %+v, %v", certificates, err)
	}
	resources, err := resourcegroupstaggingapi.NewFromConfig(c).GetResources(ctx,
		&resourcegroupstaggingapi.GetResourcesInput{ResourceTypeFilters: []string{"a", "b"}})
	if err != nil || aws.ToString(resources.PaginationToken) != "[a b]" {
		t.Errorf("tagging: %+v, %v", resources, err)
	}
	identity, err := sts.NewFromConfig(c).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil || aws.ToString(identity.Account) != "123456789012" {
		t.Errorf("sts: %+v, %v", identity, err)
	}
	if got := fmt.Sprint(p.Calls()); !strings.Contains(got, "{elasticloadbalancing DescribeLoadBalancers 2 1 false}") {
		t.Errorf("counted %s", got)
	}
}

func TestPresignedRequestsAreAnswered(t *testing.T) {
	p := start(t, func(o *Options) { o.Secrets = map[string]string{"AKID": "secret"} })
	r, err := sts.NewPresignClient(sts.NewFromConfig(p.sdk(region))).PresignGetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil {
		t.Fatal(err)
	}
	status, body := fetch(t, http.MethodGet, r.URL, nil, "")
	if status != http.StatusOK || !strings.Contains(body, "<Account>123456789012</Account>") {
		t.Errorf("got %d %s", status, body)
	}
}

func TestSignaturesAreCheckedWhenSecretsAreGiven(t *testing.T) {
	p := start(t, func(o *Options) { o.Secrets = map[string]string{"AKID": "secret"} })
	c := p.sdk(region)
	if _, err := elbv2.NewFromConfig(c).DescribeLoadBalancers(t.Context(), nil); err != nil {
		t.Error(err)
	}
	if _, err := resourcegroupstaggingapi.NewFromConfig(c).GetResources(t.Context(), nil); err != nil {
		t.Error(err)
	}
	c.Credentials = credentials.NewStaticCredentialsProvider("AKID", "wrong", "")
	if _, err := elbv2.NewFromConfig(c).DescribeLoadBalancers(t.Context(), nil); code(err) != "SignatureDoesNotMatch" {
		t.Errorf("elbv2: %v", err)
	}
	if _, err := ec2.NewFromConfig(c).DescribeVpcs(t.Context(), nil); code(err) != "AuthFailure" {
		t.Errorf("ec2: %v", err)
	}
}

func TestAnotherRegionIsRefusedClearly(t *testing.T) {
	p := start(t, nil)
	_, err := elbv2.NewFromConfig(p.sdk("eu-west-1")).DescribeLoadBalancers(t.Context(), nil)
	if code(err) != "SignatureDoesNotMatch" || !strings.Contains(err.Error(), "the region ap-northeast-2, not eu-west-1") {
		t.Errorf("got %v", err)
	}
	if n := p.Calls(); len(n) != 0 {
		t.Errorf("counted %v", n)
	}
}

// fetch sends a request by hand.
func fetch(t *testing.T, method, url string, header map[string]string, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	client := &http.Client{Timeout: 30 * time.Second}
	defer client.CloseIdleConnections()
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(b)
}

func TestRequestsThatAreForNothingHaveAWSsCodes(t *testing.T) {
	p := start(t, nil)
	signature := func(service string) string {
		return "AWS4-HMAC-SHA256 Credential=A/20261130/" + region + "/" + service +
			"/aws4_request, SignedHeaders=host;x-amz-date, Signature=ab"
	}
	form := func(service string) map[string]string {
		return map[string]string{
			"Authorization": signature(service), "X-Amz-Date": "20261130T000000Z", "Content-Type": "application/x-www-form-urlencoded",
		}
	}
	target := func(service, target string) map[string]string {
		h := form(service)
		h["Content-Type"], h["X-Amz-Target"] = "application/x-amz-json-1.1", target
		return h
	}
	for _, c := range []struct {
		name   string
		header map[string]string
		body   string
		status int
		want   string
	}{
		{"nothing at all", nil, "", 400, "<Code>MissingAction</Code>"},
		{"no signature", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, "Action=DescribeVpcs&Version=2016-11-15", 403, "<Code>MissingAuthenticationToken</Code>"},
		{"no action", form("elasticloadbalancing"), "Version=2015-12-01", 400, "<Code>MissingAction</Code>"},
		{"an unknown action", form("elasticloadbalancing"), "Action=Foo&Version=2015-12-01", 400, "<Code>InvalidAction</Code>"},
		{"a classic load balancer", form("elasticloadbalancing"), "Action=DescribeLoadBalancers&Version=2012-06-01", 400, "classic load balancers"},
		{"another version of EC2", form("ec2"), "Action=DescribeVpcs&Version=2010-01-01", 400, "<Code>NoSuchVersion</Code>"},
		{"an unknown action of EC2", form("ec2"), "Action=DescribeVolumes&Version=2016-11-15", 400, "<Response><Errors><Error><Code>InvalidAction</Code>"},
		{"an unknown service", form("s3"), "Action=X", 400, "<Code>InvalidAction</Code>"},
		{"an unknown target", target("acm", "CertificateManager.Foo"), "{}", 400, `{"__type":"UnknownOperationException"`},
		{"a target of another service", target("acm", "AWSWAF_20190729.ListWebACLs"), "{}", 400, `{"__type":"UnknownOperationException"`},
		{"a broken form", form("ec2"), "Action=%zz", 400, "<Code>MalformedQueryString</Code>"},
		{"broken JSON", target("acm", "CertificateManager.ListCertificates"), "{", 400, `{"__type":"SerializationException"`},
		{"a body without end", form("ec2"), strings.Repeat("a", wire.MaxBody+1), 413, "<Code>RequestEntityTooLarge</Code>"},
		{"a panic", form("elasticloadbalancing"), "Action=DeleteRule&Version=2015-12-01&RuleArn=a", 500, "<Type>Receiver</Type><Code>InternalFailure</Code>"},
		{"half a signature", map[string]string{"Authorization": "AWS4-HMAC-SHA256 x"}, "", 400, "<Code>IncompleteSignature</Code>"},
	} {
		status, body := fetch(t, http.MethodPost, p.url, c.header, c.body)
		if status != c.status || !strings.Contains(body, c.want) {
			t.Errorf("%s: got %d %s", c.name, status, body)
		}
	}
	if status, _ := fetch(t, http.MethodPut, p.url, nil, ""); status != http.StatusMethodNotAllowed {
		t.Errorf("PUT: %d", status)
	}
	if status, body := fetch(t, http.MethodGet, p.url, nil, ""); status != 400 || !strings.Contains(body, "<Code>MissingAction</Code>") {
		t.Errorf("GET: %d %s", status, body)
	}
	if status, body := fetch(t, http.MethodGet, p.url+"?Action=GetCallerIdentity&Version=2011-06-15", nil, ""); status != 200 {
		t.Errorf("GetCallerIdentity without a signature: %d %s", status, body)
	}
}

func TestServicesThatSpeakCBORTakeJSONAsWell(t *testing.T) {
	p := start(t, nil)
	header := map[string]string{
		"Authorization": "AWS4-HMAC-SHA256 Credential=A/20261130/" + region + "/tagging/aws4_request, SignedHeaders=host;x-amz-date, Signature=ab",
		"X-Amz-Date":    "20261130T000000Z", "Content-Type": "application/x-amz-json-1.1",
		"X-Amz-Target": "ResourceGroupsTaggingAPI_20170126.GetResources",
	}
	status, body := fetch(t, http.MethodPost, p.url, header, `{"ResourceTypeFilters":["a"]}`)
	if status != http.StatusOK || body != `{"PaginationToken":"[a]"}` {
		t.Errorf("got %d %s", status, body)
	}
}

func TestFaultsAreAddedByAnAdminCallAndTakeEffect(t *testing.T) {
	var waited time.Duration
	p := start(t, func(o *Options) {
		o.Wait = func(_ context.Context, d time.Duration) error { waited += d; return nil }
	})
	c, ctx := elbv2.NewFromConfig(p.sdk(region)), t.Context()
	create := func() string {
		_, err := c.CreateTargetGroup(ctx, &elbv2.CreateTargetGroupInput{Name: aws.String("a")})
		return code(err)
	}
	status, body := fetch(t, http.MethodPost, p.url+"/_gwanmun/faults", nil, `[
		{"service": "elbv2", "operation": "Create*", "kind": "fail-before", "code": "Unlucky", "count": 1},
		{"service": "elbv2", "operation": "Create*", "kind": "fail-after", "count": 1},
		{"kind": "delay", "delay": "1s", "count": 3}]`)
	if status != http.StatusOK || strings.Count(body, `"applied": 0`) != 3 {
		t.Fatalf("got %d %s", status, body)
	}
	if got := create(); got != "Unlucky" || p.toy.created.Load() != 0 {
		t.Errorf("before: %s, created %d", got, p.toy.created.Load())
	}
	if got := create(); got != "InternalFailure" || p.toy.created.Load() != 1 {
		t.Errorf("after: %s, created %d", got, p.toy.created.Load())
	}
	if got := create(); got != "<nil>" || p.toy.created.Load() != 2 {
		t.Errorf("spent: %s, created %d", got, p.toy.created.Load())
	}
	if waited != 3*time.Second {
		t.Errorf("waited %s, want 3 s", waited)
	}
	if status, body := fetch(t, http.MethodPost, p.url+"/_gwanmun/faults", nil, `{"kind": "explode"}`); status != 400 || !strings.Contains(body, "explode") {
		t.Errorf("a wrong rule: %d %s", status, body)
	}
	if status, body := fetch(t, http.MethodPost, p.url+"/_gwanmun/faults", nil, `{"kind": "throttle", "oops": 1}`); status != 400 {
		t.Errorf("a wrong member: %d %s", status, body)
	}
	if status, _ := fetch(t, http.MethodDelete, p.url+"/_gwanmun/faults", nil, ""); status != http.StatusNoContent {
		t.Errorf("DELETE: %d", status)
	}
	if _, body := fetch(t, http.MethodGet, p.url+"/_gwanmun/faults", nil, ""); !strings.Contains(body, `"rules": []`) {
		t.Errorf("after DELETE: %s", body)
	}
}

func TestCallsAreCountedByOperation(t *testing.T) {
	p := start(t, nil)
	c := elbv2.NewFromConfig(p.sdk(region))
	for range 3 {
		if _, err := c.DescribeLoadBalancers(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.CreateTargetGroup(t.Context(), &elbv2.CreateTargetGroupInput{Name: aws.String("a")}); err != nil {
		t.Fatal(err)
	}
	_, body := fetch(t, http.MethodGet, p.url+"/_gwanmun/calls", nil, "")
	for _, want := range []string{`"total": 4`, `"writes": 1`, `"errors": 0`, `"calls": 3`} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is not in %s", want, body)
		}
	}
	if status, _ := fetch(t, http.MethodDelete, p.url+"/_gwanmun/calls", nil, ""); status != http.StatusNoContent || len(p.Calls()) != 0 {
		t.Errorf("DELETE: %d, left %v", status, p.Calls())
	}
}

func TestAdminCallsAreNotForWebPages(t *testing.T) {
	p := start(t, nil)
	header := map[string]string{"Origin": "http://example.com"}
	if status, _ := fetch(t, http.MethodPost, p.url+"/_gwanmun/faults", header, `{"kind":"throttle"}`); status != http.StatusForbidden {
		t.Errorf("got %d", status)
	}
	if status, body := fetch(t, http.MethodGet, p.url+"/_gwanmun/health", nil, ""); status != 200 || !strings.Contains(body, `"status": "ok"`) {
		t.Errorf("health: %d %s", status, body)
	}
}

func TestBucketsThrottleAsAWSDoes(t *testing.T) {
	now := time.Now()
	p := start(t, func(o *Options) {
		o.Now = func() time.Time { return now }
		o.Buckets = fault.NewBuckets(fault.Rate{Burst: 2, PerSecond: 1}, o.Now)
	})
	c := elbv2.NewFromConfig(p.sdk(region))
	var got []string
	for range 3 {
		_, err := c.DescribeLoadBalancers(t.Context(), nil)
		got = append(got, code(err))
	}
	if want := "[<nil> <nil> ThrottlingException]"; fmt.Sprint(got) != want {
		t.Errorf("got %v", got)
	}
}

func TestATableWithAMistakeIsRefused(t *testing.T) {
	ops := (&toy{}).operations()
	if _, err := New(Options{Operations: append(ops, ops[0])}); err == nil {
		t.Error("an operation was accepted twice")
	}
	if _, err := New(Options{Operations: []wire.Operation{{Service: "s3", Name: "X", New: func() any { return nil }}}}); err == nil {
		t.Error("an operation of an unknown service was accepted")
	}
}
