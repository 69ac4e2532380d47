package wire

import (
	"errors"
	"net/url"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	elbv2 "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/aws/smithy-go"
)

// tried decodes a body into inputs: it must not panic, and what it refuses must be an error that a client can be told.
func tried(t *testing.T, d Dialect, body []byte, inputs ...any) {
	t.Helper()
	var form url.Values
	if d.Protocol.Form() {
		var err error
		if form, err = url.ParseQuery(string(body)); err != nil {
			t.Skip()
		}
	}
	for _, in := range inputs {
		err := d.Decode(form, body, in)
		var api smithy.APIError
		if err != nil && !errors.As(err, &api) {
			t.Errorf("%T: %v is not an error of the API", in, err)
		}
		if api != nil && len(d.Failure("r", err).Body) == 0 {
			t.Errorf("%T: %v has no answer", in, err)
		}
	}
}

// seeds are the golden requests of some operations.
func seeds(f *testing.F, module string, operations ...string) {
	f.Helper()
	dir := moduleDir(f, module)
	for _, op := range operations {
		if body, ok := golden(f, dir, op); ok {
			f.Add([]byte(body))
		}
	}
}

func FuzzDecodeQuery(f *testing.F) {
	seeds(f, "elasticloadbalancingv2", "CreateLoadBalancer", "CreateRule", "RegisterTargets")
	for _, s := range []string{"Name=a&Tags=", "Tags.member.9.Key=", "Actions.member.1..Type=x", ".=", "Subnets.member.=x"} {
		f.Add([]byte(s))
	}
	d, _ := Speaks(ELBv2)
	f.Fuzz(func(t *testing.T, body []byte) {
		tried(t, d, body, &elbv2.CreateLoadBalancerInput{}, &elbv2.CreateRuleInput{}, &elbv2.RegisterTargetsInput{})
	})
}

func FuzzDecodeEC2(f *testing.F) {
	seeds(f, "ec2", "AuthorizeSecurityGroupIngress", "RunInstances", "CreateTags", "DescribeVpcs")
	for _, s := range []string{"Filter.1.Value.1=x", "Filter.2.Name=x", "IpPermissions.1.Groups.1.GroupId=a", "ResourceId="} {
		f.Add([]byte(s))
	}
	d, _ := Speaks(EC2)
	f.Fuzz(func(t *testing.T, body []byte) {
		tried(t, d, body, &ec2.AuthorizeSecurityGroupIngressInput{}, &ec2.RunInstancesInput{}, &ec2.CreateTagsInput{},
			&ec2.DescribeVpcsInput{})
	})
}

func FuzzDecodeJSON(f *testing.F) {
	seeds(f, "acm", "RequestCertificate", "ImportCertificate", "ListCertificates")
	for _, s := range []string{`{"Rules":[{"Statement":{"NotStatement":{"Statement":{}}}}]}`, `{"a":1e999}`, `{"Tags":[[]]}`, ``} {
		f.Add([]byte(s))
	}
	d, _ := Speaks(ACM)
	f.Fuzz(func(t *testing.T, body []byte) {
		tried(t, d, body, &acm.RequestCertificateInput{}, &acm.ImportCertificateInput{}, &acm.ListCertificatesInput{},
			&wafv2.CreateWebACLInput{})
	})
}

func FuzzDecodeCBOR(f *testing.F) {
	seeds(f, "resourcegroupstaggingapi", "GetResources", "TagResources")
	for _, s := range []string{"\xa0", "\xbf\xff", "\xa1\x61a\xf9\x00\x00", "\xa1\x61a\xfb\x7f\xf8\x00\x00\x00\x00\x00\x00"} {
		f.Add([]byte(s))
	}
	d, _ := Speaks(Tagging)
	d.Protocol = CBOR
	f.Fuzz(func(t *testing.T, body []byte) {
		tried(t, d, body, &resourcegroupstaggingapi.GetResourcesInput{}, &resourcegroupstaggingapi.TagResourcesInput{},
			&acm.ImportCertificateInput{})
	})
}
