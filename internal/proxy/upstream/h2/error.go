package h2

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/net/http2"

	codec "github.com/gwanmun/gwanmun/internal/proxy/http2"
)

// Why a stream ended.
var (
	// ErrTimeout ends a wait whose time is up. It is os.ErrDeadlineExceeded to errors.Is.
	ErrTimeout error = timeoutError{}
	// ErrCancelled ends everything on a stream that Cancel was called on.
	ErrCancelled = errors.New("cancelled")
	// ErrUnprocessed says that the target has done nothing with the request (REFUSED_STREAM, or GOAWAY for a lower
	// stream): it may be sent again, whatever it is.
	ErrUnprocessed = errors.New("the target did not process the request")
	// ErrStopped ends writes of a body that the target does not want any more, because its answer is complete.
	ErrStopped = errors.New("the target does not want the rest of the body")
	// ErrClosed says that the connection ended under the stream.
	ErrClosed = errors.New("the target closed the connection")
)

type timeoutError struct{}

func (timeoutError) Error() string        { return "timeout" }
func (timeoutError) Timeout() bool        { return true }
func (timeoutError) Temporary() bool      { return false }
func (timeoutError) Is(target error) bool { return target == os.ErrDeadlineExceeded }

// ResetError says that the target broke the stream off.
type ResetError struct{ Code http2.ErrCode }

// Error names the code.
func (e *ResetError) Error() string { return fmt.Sprintf("the target reset the stream: %v", e.Code) }

// MalformedError says that the target's answer breaks the rules of HTTP. Nothing of the answer is in it.
type MalformedError struct{ Reason string }

// Error is the reason.
func (e *MalformedError) Error() string { return e.Reason }

func malformed(e *codec.Error) error { return &MalformedError{e.Reason} }

var (
	errBodyLength = &MalformedError{"body of another length than declared from target"}
	errInterims   = &MalformedError{"too many interim responses"}
	errNoHead     = &MalformedError{"body without a head from target"}
	errTrailers   = &MalformedError{"trailers that do not end the stream from target"}
)
