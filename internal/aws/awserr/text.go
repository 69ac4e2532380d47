package awserr

import (
	"errors"
	"strings"

	"github.com/aws/smithy-go"
)

// Error is a failed call, in words for the user.
type Error struct {
	// Operation is the call by its AWS name; Resource is what it was about: a name, an ARN, a priority.
	Operation string
	Resource  string
	Err       error
}

// Wrap says what a failed call was about. It is nil for nil.
func Wrap(operation, resource string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{operation, resource, err}
}

// Error is one line: call, resource, code and message. Request ids are left out, so that the same mistake gives the same
// text each time and events do not multiply.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Operation)
	if e.Resource != "" {
		b.WriteString(" " + e.Resource)
	}
	b.WriteString(": " + Reason(e.Err))
	return b.String()
}

// Unwrap gives the error of the SDK.
func (e *Error) Unwrap() error { return e.Err }

// Reason is the code and message of an error of AWS, or the innermost error when AWS did not answer.
func Reason(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		if api.ErrorMessage() == "" {
			return api.ErrorCode()
		}
		return api.ErrorCode() + ": " + api.ErrorMessage()
	}
	if op, ok := errors.AsType[*smithy.OperationError](err); ok {
		return op.Err.Error()
	}
	return err.Error()
}
