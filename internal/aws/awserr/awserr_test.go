package awserr

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

func api(code string, status int) error {
	return &smithy.OperationError{ServiceID: "Elastic Load Balancing v2", OperationName: "CreateRule", Err: &smithyhttp.ResponseError{
		Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}},
		Err:      &smithy.GenericAPIError{Code: code, Message: "told so"},
	}}
}

func TestErrorsAreSortedByWhatTheyAskFor(t *testing.T) {
	for _, c := range []struct {
		name  string
		err   error
		class Class
		stale bool
	}{
		{"no error", nil, None, false},
		{"a mistake in what was asked", api("ValidationError", 400), Terminal, false},
		{"a missing permission", api("AccessDenied", 403), Terminal, false},
		{"throttling", api("ThrottlingException", 400), Transient, false},
		{"trouble of AWS", api("InternalFailure", 500), Transient, true},
		{"a code that nobody knows with a server's status", api("Odd", 503), Transient, true},
		{"a code that nobody knows with a client's status", api("Odd", 400), Terminal, false},
		{"a resource that is still in use", api("ResourceInUse", 400), Waiting, false},
		{"a rule that is gone", api("RuleNotFound", 400), Terminal, true},
		{"a priority that is taken", api("PriorityInUse", 400), Terminal, true},
		{"a connection that was refused", errors.New("dial: connection refused"), Transient, true},
		{"a deadline", fmt.Errorf("call: %w", context.DeadlineExceeded), Transient, true},
		{"several errors, one of which passes", errors.Join(api("ValidationError", 400), api("Throttling", 400)), Transient, true},
		{"several errors, one of which needs the user", errors.Join(api("ResourceInUse", 400), Wrap("X", "", api("ValidationError", 400))), Terminal, false},
		{"several errors that only wait", errors.Join(api("ResourceInUse", 400), api("DependencyViolation", 400)), Waiting, false},
		{"a wrapped error", Wrap("CreateRule", "5", api("DependencyViolation", 400)), Waiting, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Classify(c.err); got != c.class {
				t.Errorf("class %s, want %s", got, c.class)
			}
			if got := Stale(c.err); got != c.stale {
				t.Errorf("stale %v, want %v", got, c.stale)
			}
		})
	}
}

func TestTheTextNamesCallResourceCodeAndMessage(t *testing.T) {
	err := Wrap("CreateRule", "alb/web HTTP:80 priority 5", api("TooManyRules", 400))
	if got, want := err.Error(), "CreateRule alb/web HTTP:80 priority 5: TooManyRules: told so"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !Is(err, "TooManyRules") || Is(err, "Other") || Code(err) != "TooManyRules" {
		t.Error("the code was lost")
	}
	if got := Wrap("X", "", errors.New("no route")).Error(); got != "X: no route" {
		t.Errorf("got %q", got)
	}
}
