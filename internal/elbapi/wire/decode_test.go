package wire

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

// refused decodes and gives "Code: message".
func refused(t *testing.T, s Service, body string, in any) string {
	t.Helper()
	d, _ := Speaks(s)
	form, err := url.ParseQuery(body)
	if d.Protocol.Form() && err != nil {
		t.Fatal(err)
	}
	err = d.Decode(form, []byte(body), in)
	if err == nil {
		t.Fatalf("%s: %s was accepted", s, body)
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		t.Fatalf("%v is not an error of the API", err)
	}
	return api.ErrorCode() + ": " + api.ErrorMessage()
}

func TestWhatQueryRefusesNamesTheParameter(t *testing.T) {
	for body, want := range map[string]string{
		"Name=a&Nme=b":                      "ValidationError: The parameter Nme is not recognized",
		"Scheme=internal":                   "ValidationError: A value must be specified for Name",
		"Name=a&Tags.member.1.Value=x":      "ValidationError: A value must be specified for Tags.member.1.Key",
		"Name=a&Scheme=outside":             "ValidationError: Value 'outside' at 'Scheme' must be one of [internet-facing, internal]",
		"Name=a&Subnets.member.0=x":         "MalformedInput: Subnets.member.0: elements of a list are numbered from 1",
		"Name=a&Subnets.member.01=x":        "MalformedInput: Subnets.member.01: elements of a list are numbered from 1",
		"Name=a&Subnets.member.2=x":         "MalformedInput: Subnets.member.2: the elements of the list are not numbered from 1 to 1",
		"Name=a&Subnets.member.999999999=x": "MalformedInput: Subnets.member.999999999: the elements of the list are not numbered from 1 to 1",
		"Name=a&Subnets.1=x":                "MalformedInput: Subnets.1: elements are written as Subnets.member.1",
		"Name=a&Subnets=x":                  "MalformedInput: Subnets: it is a list and cannot have a value",
		"Name.x=a":                          "MalformedInput: Name: it has a value and no members",
		"Name=a&Name=b":                     "MalformedInput: Name: it is given more than once",
		"Name=a&Tags.member.1=x":            "MalformedInput: Tags.member.1: it has members and cannot have a value",
		"Name=a%FF":                         "MalformedInput: Name: it is not UTF-8",
		strings.Repeat("x.", 100):           "MalformedInput: " + strings.Repeat("x.", 50) + "...: it is nested deeper than 32",
	} {
		if got := refused(t, ELBv2, body, &elbv2.CreateLoadBalancerInput{}); !strings.HasPrefix(got, want) {
			t.Errorf("%s:\n got %s\nwant %s", body, got, want)
		}
	}
	got := refused(t, ELBv2, "Name=a&Port=99999999999", &elbv2.CreateTargetGroupInput{})
	if want := `MalformedInput: Port: "99999999999" is not a whole number of 32 bits`; got != want {
		t.Errorf("got %s", got)
	}
	got = refused(t, ELBv2, "Name=a&HealthCheckEnabled=yes", &elbv2.CreateTargetGroupInput{})
	if want := `MalformedInput: HealthCheckEnabled: "yes" is not true or false`; got != want {
		t.Errorf("got %s", got)
	}
}

func TestWhatEC2RefusesHasEC2sCodesAndNames(t *testing.T) {
	for _, c := range []struct {
		body, want string
		in         any
	}{
		{"GroupName=a", "MissingParameter: The request must contain the parameter GroupDescription", &ec2.CreateSecurityGroupInput{}},
		{"Filters.1.Name=a", "UnknownParameter: The parameter Filters is not recognized", &ec2.DescribeVpcsInput{}},
		{"MaxResults=x", `InvalidParameterValue: MaxResults: "x" is not a whole number of 32 bits`, &ec2.DescribeVpcsInput{}},
		{"Tag.1.Key=a", "MissingParameter: The request must contain the parameter ResourceId", &ec2.CreateTagsInput{}},
	} {
		if got := refused(t, EC2, c.body, c.in); got != c.want {
			t.Errorf("%s: got %s", c.body, got)
		}
	}
}

func TestWhatJSONRefusesNamesTheMember(t *testing.T) {
	for body, want := range map[string]string{
		`{}`:                                        "ValidationException: A value must be specified for DomainName",
		`{"DomainName":1}`:                          "SerializationException: DomainName: a value of this kind does not fit a text",
		`{"DomainName":"a","Domain":"b"}`:           "ValidationException: The parameter Domain is not recognized",
		`{"DomainName":"a","KeyAlgorithm":"x"}`:     "ValidationException: Value 'x' at 'KeyAlgorithm' must be one of ",
		`{"DomainName":"a","DomainName":"b"}`:       "SerializationException: DomainName: it is given more than once",
		`{"DomainName":"a","domainName":"b"}`:       "SerializationException: domainName: it is given more than once",
		`{"DomainName":"a","Tags":[{"Value":"x"}]}`: "ValidationException: A value must be specified for Tags.1.Key",
		`{"DomainName":"a","Tags":[null]}`:          "SerializationException: Tags.1: it must not be null",
		`{"DomainName":"a"`:                         "SerializationException: the request: the JSON cannot be read",
		`{"DomainName":"a"} x`:                      "SerializationException: the request: something follows the JSON object",
		`[]`:                                        "SerializationException: the request: it must be a JSON object",
	} {
		if got := refused(t, ACM, body, &acm.RequestCertificateInput{}); !strings.HasPrefix(got, want) {
			t.Errorf("%s:\n got %s\nwant %s", body, got, want)
		}
	}
	deep := strings.Repeat(`{"NotStatement":{"Statement":`, 40)
	got := refused(t, WAFv2, `{"Rules":[{"Statement":`+deep, &wafv2.CreateWebACLInput{})
	if want := "SerializationException: the request: it is nested deeper than 32"; got != want {
		t.Errorf("got %s", got)
	}
}

func TestAnEmptyListIsNotTheSameAsNone(t *testing.T) {
	d, _ := Speaks(ELBv2)
	var in elbv2.SetSecurityGroupsInput
	if err := d.Decode(url.Values{"LoadBalancerArn": {"a"}, "SecurityGroups": {""}}, nil, &in); err != nil {
		t.Fatal(err)
	}
	if in.SecurityGroups == nil || len(in.SecurityGroups) != 0 {
		t.Errorf("got %#v, want an empty list", in.SecurityGroups)
	}
}

func TestParametersOfTheEnvelopeBelongToNoInput(t *testing.T) {
	d, _ := Speaks(ELBv2)
	form := url.Values{}
	for _, name := range []string{"Action", "Version", "Signature", "AWSAccessKeyId", "X-Amz-Credential", "X-Amz-Signature"} {
		form.Set(name, "x")
	}
	if err := d.Decode(form, nil, &elbv2.DescribeLoadBalancersInput{}); err != nil {
		t.Error(err)
	}
}

func TestMoreParametersOrElementsThanTheLimitAreRefused(t *testing.T) {
	d, _ := Speaks(ELBv2)
	form := url.Values{}
	for i := range maxList + 1 {
		form.Set(fmt.Sprintf("Names.member.%d", i+1), "x")
	}
	if err := d.Decode(form, nil, &elbv2.DescribeLoadBalancersInput{}); err == nil {
		t.Error("a list beyond the limit was accepted")
	}
	for i := range maxParameters {
		form.Set(fmt.Sprintf("x%d", i), "x")
	}
	if err := d.Decode(form, nil, &elbv2.DescribeLoadBalancersInput{}); !strings.Contains(err.Error(), "more than 20000 parameters") {
		t.Errorf("got %v", err)
	}
}

func TestHostileCBORIsRefused(t *testing.T) {
	for name, body := range map[string]string{
		"a length beyond the end":      "\xbb\xff\xff\xff\xff\xff\xff\xff\xff",
		"a text beyond the end":        "\xa1\x7b\xff\xff\xff\xff\xff\xff\xff\xff",
		"nesting without end":          strings.Repeat("\x9f", 1000),
		"tags without end":             strings.Repeat("\xc1", 1000),
		"a list and no map":            "\x80",
		"something behind the map":     "\xa0\xa0",
		"a name twice":                 "\xa2\x61a\x01\x61a\x01",
		"a name that is a number":      "\xa1\x01\x01",
		"a reserved length":            "\xbc",
		"a break where an item stands": "\xa1\x61a\xff",
	} {
		if _, err := readCBOR([]byte(body)); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestCheckRefusesWhatCannotBeCarried(t *testing.T) {
	op := Operation{
		Service: ELBv2, Name: "X", New: func() any { return new(struct{ Any any }) }, Output: new(struct{}),
	}
	if err := Check(op); err == nil {
		t.Error("a member of any type was accepted")
	}
	op.New = func() any { return new(elbv2.CreateRuleInput) }
	if err := Check(op); err != nil {
		t.Error(err)
	}
	op.Service = "s3"
	if err := Check(op); err == nil {
		t.Error("an unknown service was accepted")
	}
}

func TestNilListsAreLeftOutAndEmptyOnesAreNot(t *testing.T) {
	d, _ := Speaks(ELBv2)
	for _, c := range []struct {
		out  elbv2.DescribeLoadBalancersOutput
		want string
	}{
		{elbv2.DescribeLoadBalancersOutput{}, "<DescribeLoadBalancersResult></DescribeLoadBalancersResult>"},
		{
			elbv2.DescribeLoadBalancersOutput{NextMarker: new(string), LoadBalancers: nil},
			"<DescribeLoadBalancersResult><NextMarker></NextMarker></DescribeLoadBalancersResult>",
		},
	} {
		a, err := d.Success("DescribeLoadBalancers", "r-1", &c.out)
		if err != nil {
			t.Fatal(err)
		}
		want := `<DescribeLoadBalancersResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/">` + c.want +
			`<ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></DescribeLoadBalancersResponse>`
		if diff := cmp.Diff(want, string(a.Body)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestCallsOfEC2WithoutAnOutputSayThatTheyAreDone(t *testing.T) {
	d, _ := Speaks(EC2)
	a, err := d.Success("CreateTags", "r-1", &ec2.CreateTagsOutput{})
	if err != nil {
		t.Fatal(err)
	}
	want := `<CreateTagsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r-1</requestId><return>true</return></CreateTagsResponse>`
	if string(a.Body) != want {
		t.Errorf("got %s", a.Body)
	}
}
