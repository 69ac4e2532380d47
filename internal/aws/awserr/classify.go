package awserr

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Class says what an error asks for.
type Class int

const (
	// None is the class of no error.
	None Class = iota
	// Terminal errors need the user: the same call will fail again.
	Terminal
	// Transient errors pass by themselves; the call is tried again later, with growing pauses.
	Transient
	// Waiting is no failure: something is not ready yet, and looking again soon is right.
	Waiting
)

// String is the class in a word, for logs and metrics.
func (c Class) String() string {
	switch c {
	case Terminal:
		return "terminal"
	case Transient:
		return "transient"
	case Waiting:
		return "waiting"
	}
	return "none"
}

// Classify sorts an error. Codes that no list holds are transient when the server was at fault (5xx) or no answer came
// at all, and terminal otherwise. Of several errors that are joined, one that passes by itself decides, because trying again
// then gets further; and one that needs the user decides over one that only says "not yet".
func Classify(err error) Class {
	if err == nil {
		return None
	}
	if list := joined(err); len(list) > 0 {
		var all [Waiting + 1]bool
		for _, e := range list {
			all[Classify(e)] = true
		}
		switch {
		case all[Transient]:
			return Transient
		case all[Terminal]:
			return Terminal
		}
		return Waiting
	}
	if c, ok := errors.AsType[classified](err); ok {
		return c.Class()
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return Transient
	}
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return Transient
	}
	code := api.ErrorCode()
	switch {
	case slices.Contains(throttledCodes(), code), slices.Contains(transientCodes(), code):
		return Transient
	case slices.Contains(waitingCodes(), code):
		return Waiting
	case slices.Contains(staleCodes(), code), slices.Contains(credentialCodes(), code):
		return Terminal
	case api.ErrorFault() == smithy.FaultServer, status(err) >= http.StatusInternalServerError:
		return Transient
	}
	return Terminal
}

// joined are the errors that an error brings together; none for a single one.
func joined(err error) []error {
	for ; err != nil; err = errors.Unwrap(err) {
		if several, ok := err.(interface{ Unwrap() []error }); ok {
			return several.Unwrap()
		}
	}
	return nil
}

// status is the HTTP status of the answer that an error came with; 0 for none.
func status(err error) int {
	if r, ok := errors.AsType[*smithyhttp.ResponseError](err); ok && r.Response != nil {
		return r.HTTPStatusCode()
	}
	return 0
}

// Code is the error's code as AWS sends it; empty when AWS did not answer.
func Code(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return ""
}

// Is says whether an error has one of these codes.
func Is(err error, codes ...string) bool {
	code := Code(err)
	return code != "" && slices.Contains(codes, code)
}

// Stale says whether an error shows that what is known about AWS may be wrong: a resource is gone, or is there already, or
// nobody knows whether the call took effect.
func Stale(err error) bool {
	if err == nil {
		return false
	}
	return slices.Contains(staleCodes(), Code(err)) || Unsure(err)
}

// Unsure says whether nobody knows if the call that failed took effect: AWS had trouble, or did not answer. A call that was
// throttled did not.
func Unsure(err error) bool {
	return Classify(err) == Transient && !slices.Contains(throttledCodes(), Code(err))
}

// Denied says whether AWS refused who is asking, and not what was asked.
func Denied(err error) bool { return slices.Contains(credentialCodes(), Code(err)) }

// classified is an error of ours that knows its class.
type classified interface {
	error
	Class() Class
}
