package wire

import (
	"errors"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	acmtypes "github.com/aws/aws-sdk-go-v2/service/acm/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	taggingtypes "github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
	wafv2types "github.com/aws/aws-sdk-go-v2/service/wafv2/types"
	"github.com/aws/smithy-go"
)

// failing calls an operation of a service with an error for an answer, and gives what the SDK makes of it.
func failing(t *testing.T, s Service, operation string, failure error) error {
	t.Helper()
	var answer Answer
	for _, c := range clients(transport(func([]byte, *http.Request) Answer { return answer })) {
		if c.service != s {
			continue
		}
		answer = c.dialect().Failure("r-1", failure)
		for _, m := range c.methods() {
			if m.name == operation {
				in := newFilled(m.in)
				_, err := m.do(in)
				return err
			}
		}
	}
	t.Fatalf("%s has no %s", s, operation)
	return nil
}

func TestModelledErrorsReachTheClientAsTheirTypes(t *testing.T) {
	err := failing(t, ELBv2, "DescribeLoadBalancers", &types.LoadBalancerNotFoundException{Message: aws.String("no <such> one")})
	var notFound *types.LoadBalancerNotFoundException
	if !errors.As(err, &notFound) || notFound.ErrorMessage() != "no <such> one" {
		t.Errorf("elbv2: got %v", err)
	}
	err = failing(t, ACM, "DescribeCertificate", &acmtypes.ResourceNotFoundException{Message: aws.String("gone")})
	var gone *acmtypes.ResourceNotFoundException
	if !errors.As(err, &gone) || gone.ErrorMessage() != "gone" {
		t.Errorf("acm: got %v", err)
	}
	err = failing(t, WAFv2, "GetWebACLForResource", &wafv2types.WAFInvalidParameterException{
		Message: aws.String("bad"), Field: wafv2types.ParameterExceptionFieldResourceArn, Reason: aws.String("why"),
	})
	var invalid *wafv2types.WAFInvalidParameterException
	if !errors.As(err, &invalid) || aws.ToString(invalid.Reason) != "why" ||
		invalid.Field != wafv2types.ParameterExceptionFieldResourceArn {
		t.Errorf("wafv2: got %v", err)
	}
	err = failing(t, Tagging, "GetResources", &taggingtypes.ThrottledException{Message: aws.String("slow")})
	var throttled *taggingtypes.ThrottledException
	if !errors.As(err, &throttled) || throttled.ErrorMessage() != "slow" {
		t.Errorf("tagging: got %v", err)
	}
}

func TestOtherErrorsReachTheClientWithTheirCode(t *testing.T) {
	for _, c := range []struct {
		service   Service
		operation string
	}{{ELBv2, "DescribeTags"}, {EC2, "DescribeVpcs"}, {STS, "GetCallerIdentity"}, {Shield, "DescribeProtection"}} {
		err := failing(t, c.service, c.operation, Errorf(InvalidParameterValue, "value %d is bad", 7))
		var api smithy.APIError
		if !errors.As(err, &api) || api.ErrorCode() != InvalidParameterValue || api.ErrorMessage() != "value 7 is bad" {
			t.Errorf("%s: got %v", c.service, err)
		}
	}
}

func TestStatusesOfErrorsAreThoseOfAWS(t *testing.T) {
	elb, _ := Speaks(ELBv2)
	ec2, _ := Speaks(EC2)
	for _, c := range []struct {
		d    Dialect
		err  error
		want int
	}{
		{elb, &types.LoadBalancerNotFoundException{}, 400},
		{elb, &types.HealthUnavailableException{}, 500},
		{elb, &types.PriorRequestNotCompleteException{}, 429},
		{elb, Errorf(ThrottlingException, "Rate exceeded"), 400},
		{elb, Errorf(AccessDenied, "no"), 403},
		{elb, errors.New("a mistake"), 500},
		{ec2, Errorf("RequestLimitExceeded", "Request limit exceeded."), 503},
		{ec2, Errorf("AuthFailure", "no"), 401},
	} {
		if a := c.d.Failure("r", c.err); a.Status != c.want {
			t.Errorf("%s %v: got %d, want %d", c.d.Service, c.err, a.Status, c.want)
		}
	}
}
