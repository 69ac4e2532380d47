package wire

import (
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/shield"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
)

// client is a client of the SDK whose requests end in a RoundTripper.
type client struct {
	service Service
	module  string
	client  any
	// only are the operations that are looked at; all when nil.
	only []string
}

// clients are the services that the codec speaks and the SDK has modules for here.
func clients(transport http.RoundTripper) []client {
	c := aws.Config{
		Region: "ap-northeast-2", Credentials: credentials.NewStaticCredentialsProvider("A", "b", ""),
		HTTPClient: &http.Client{Transport: transport}, BaseEndpoint: aws.String("http://127.0.0.1:1"),
		RetryMaxAttempts: 1,
	}
	return []client{
		{ELBv2, "elasticloadbalancingv2", elbv2.NewFromConfig(c), nil},
		{EC2, "ec2", ec2.NewFromConfig(c), servedOfEC2()},
		{ACM, "acm", acm.NewFromConfig(c), []string{
			"AddTagsToCertificate", "DeleteCertificate", "DescribeCertificate", "GetCertificate", "ImportCertificate",
			"ListCertificates", "ListTagsForCertificate", "RemoveTagsFromCertificate", "RequestCertificate",
		}},
		{STS, "sts", sts.NewFromConfig(c), nil},
		{WAFv2, "wafv2", wafv2.NewFromConfig(c), nil},
		{Shield, "shield", shield.NewFromConfig(c), nil},
		{Tagging, "resourcegroupstaggingapi", resourcegroupstaggingapi.NewFromConfig(c), nil},
	}
}

// dialect is what the SDK speaks with the service.
func (c client) dialect() Dialect {
	d, _ := Speaks(c.service)
	if c.service == Tagging {
		d.Protocol = CBOR
	}
	return d
}

// servedOfEC2 are the operations that the table of names was made for.
func servedOfEC2() []string {
	var out []string
	for _, list := range []string{
		"AssociateRouteTable AttachInternetGateway AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress CreateInternetGateway",
		"CreateRoute CreateRouteTable CreateSecurityGroup CreateSubnet CreateTags CreateVpc DeleteInternetGateway DeleteRoute",
		"DeleteRouteTable DeleteSecurityGroup DeleteSubnet DeleteTags DeleteVpc DescribeAccountAttributes DescribeAddresses",
		"DescribeAvailabilityZones DescribeCoipPools DescribeInstanceTypes DescribeInstances DescribeInternetGateways",
		"DescribeIpamPools DescribeManagedPrefixLists DescribeNetworkAcls DescribeNetworkInterfaces DescribeRegions",
		"DescribeRouteTables DescribeSecurityGroupRules DescribeSecurityGroups DescribeSubnets DescribeTags DescribeVpcAttribute",
		"DescribeVpcPeeringConnections DescribeVpcs DetachInternetGateway DisassociateRouteTable GetCoipPoolUsage",
		"GetSecurityGroupsForVpc ModifySubnetAttribute ModifyVpcAttribute RevokeSecurityGroupEgress RevokeSecurityGroupIngress",
		"RunInstances TerminateInstances",
	} {
		out = append(out, strings.Fields(list)...)
	}
	return out
}

// endless are operations of WAFv2 whose inputs nest without end, so that they cannot be filled as the SDK wants them.
var endless = []string{"CheckCapacity", "CreateRuleGroup", "CreateWebACL", "UpdateRuleGroup", "UpdateWebACL"}

// method is an operation of a client.
type method struct {
	name string
	call reflect.Value
	in   reflect.Type
}

func (c client) methods() []method {
	v := reflect.ValueOf(c.client)
	var out []method
	for i := range v.NumMethod() {
		name, call := v.Type().Method(i).Name, v.Method(i)
		t := call.Type()
		if t.NumIn() != 3 || t.NumOut() != 2 || slices.Contains(endless, name) || c.only != nil && !slices.Contains(c.only, name) {
			continue
		}
		out = append(out, method{name, call, t.In(1).Elem()})
	}
	return out
}

// do calls a method and gives what came back.
func (m method) do(in any) (any, error) {
	out := m.call.Call([]reflect.Value{reflect.ValueOf(context.Background()), reflect.ValueOf(in)})
	err, _ := out[1].Interface().(error)
	return out[0].Interface(), err
}

// transport answers requests by a function.
type transport func(body []byte, r *http.Request) Answer

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	a := t(body, r)
	return &http.Response{
		StatusCode: a.Status, Header: http.Header{"Content-Type": {a.Type}, "X-Amzn-Requestid": {"id"}, "Smithy-Protocol": {"rpc-v2-cbor"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(string(a.Body))), ContentLength: int64(len(a.Body)),
	}, nil
}

// moduleDir is where the SDK's module lies.
func moduleDir(t testing.TB, service string) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-sdk-go-v2/service/"+service).Output()
	dir := strings.TrimSpace(string(out))
	if err != nil || dir == "" {
		t.Fatalf("the module of %s is not in the module cache (run `go mod download`): %v", service, err)
	}
	return dir
}

// golden is the body of the request that the SDK's module ships for an operation, if it ships any.
func golden(t testing.TB, dir, operation string) (string, bool) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "request_snapshot", operation+".request.snap"))
	if os.IsNotExist(err) {
		return "", false
	}
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "\n\n")
	_, body, ok := strings.Cut(rest, "\n\n")
	if !ok {
		t.Fatalf("%s: the snapshot has no body", operation)
	}
	return body, true
}

// filled gives every member a value, down to a depth.
func filled(v reflect.Value, depth int) {
	t := v.Type()
	switch {
	case t == timeType:
		v.Set(reflect.ValueOf(time.Date(2026, 11, 30, 1, 2, 3, 456_000_000, time.UTC)))
		return
	case t == bytesType:
		v.SetBytes([]byte("a <b>"))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("a <&> \"é\"")
		if all := enumeration(v); len(all) > 0 {
			v.SetString(all[len(all)-1])
		}
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int32, reflect.Int64:
		v.SetInt(7)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(1.5)
	case reflect.Pointer:
		if depth > 0 || v.Type().Elem().Kind() != reflect.Struct {
			v.Set(reflect.New(t.Elem()))
			filled(v.Elem(), depth-1)
		}
	case reflect.Slice:
		if depth > 0 {
			v.Set(reflect.MakeSlice(t, 2, 2))
			filled(v.Index(0), depth-1)
			filled(v.Index(1), depth-1)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(t))
		k, e := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
		filled(k, depth-1)
		filled(e, depth-1)
		v.SetMapIndex(k, e)
	case reflect.Struct:
		for _, f := range Query.members(t, false) {
			filled(v.Field(f.index), depth-1)
		}
	}
}

// newFilled is a filled input.
func newFilled(t reflect.Type) any {
	v := reflect.New(t)
	filled(v.Elem(), depth)
	return v.Interface()
}
