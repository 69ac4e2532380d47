package wire

import (
	"context"
	"fmt"

	"github.com/aws/smithy-go"
)

// Service is an AWS service, by the name that requests are signed for.
type Service string

// Services that the API answers for.
const (
	ELBv2   Service = "elasticloadbalancing"
	EC2     Service = "ec2"
	ACM     Service = "acm"
	STS     Service = "sts"
	IAM     Service = "iam"
	WAFv2   Service = "wafv2"
	WAF     Service = "waf-regional"
	Shield  Service = "shield"
	Tagging Service = "tagging"
)

// Operation is one row of the table of calls: a name on the wire and the function that answers it. In and out are pointers
// to the SDK's own input and output structs.
type Operation struct {
	Service Service
	Name    string
	// New makes an empty input to decode into.
	New func() any
	// Output is an empty output: its type is what Do returns.
	Output any
	// Do answers. Its error is a smithy.APIError: a modelled one of the SDK, or one of Errorf.
	Do func(ctx context.Context, in any) (any, error)
}

// Op makes a row from a function with the signature of the SDK's client.
func Op[In, Out any](s Service, name string, do func(context.Context, *In) (*Out, error)) Operation {
	return Operation{
		Service: s, Name: name,
		New:    func() any { return new(In) },
		Output: new(Out),
		Do: func(ctx context.Context, in any) (any, error) {
			typed, ok := in.(*In)
			if !ok {
				return nil, fmt.Errorf("%s %s: input is %T", s, name, in)
			}
			out, err := do(ctx, typed)
			if err != nil {
				return nil, err
			}
			return out, nil
		},
	}
}

// Codes of errors that no service models but all of them answer with.
const (
	ValidationError       = "ValidationError"
	AccessDenied          = "AccessDenied"
	InvalidAction         = "InvalidAction"
	MissingAction         = "MissingAction"
	MalformedQueryString  = "MalformedQueryString"
	ThrottlingException   = "ThrottlingException"
	InternalFailure       = "InternalFailure"
	ServiceUnavailable    = "ServiceUnavailable"
	InvalidParameterValue = "InvalidParameterValue"
	MissingParameter      = "MissingParameter"
)

// Errorf is an error with a code that the SDK has no type for.
func Errorf(code, format string, args ...any) error {
	return &smithy.GenericAPIError{Code: code, Message: fmt.Sprintf(format, args...), Fault: smithy.FaultClient}
}
