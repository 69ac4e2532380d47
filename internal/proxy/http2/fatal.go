package http2

import (
	"errors"

	"golang.org/x/net/http2"
)

// ConnError is a connection error (RFC 9113 section 5.4.1): what the peer did that ends the connection.
type ConnError struct {
	// Code is what GOAWAY says.
	Code http2.ErrCode
	// Reason is a short fixed text; nothing of the input is in it.
	Reason string
}

// Error is the reason.
func (e *ConnError) Error() string { return e.Reason }

// Fatal is a ConnError.
func Fatal(code http2.ErrCode, reason string) error { return &ConnError{code, reason} }

// Protocol is a ConnError for what HTTP/2 does not allow.
func Protocol(reason string) error { return Fatal(http2.ErrCodeProtocol, reason) }

// Flow is a ConnError for what no window had room for.
func Flow(reason string) error { return Fatal(http2.ErrCodeFlowControl, reason) }

// Flood is a ConnError for what is allowed, and too much.
func Flood(reason string) error { return Fatal(http2.ErrCodeEnhanceYourCalm, reason) }

// ReadError tells a peer's mistakes in frames, which become ConnErrors, from the end of the connection.
func ReadError(err error) error {
	var code http2.ConnectionError
	switch {
	case errors.As(err, &code):
		return Fatal(http2.ErrCode(code), "invalid frame")
	case errors.Is(err, http2.ErrFrameTooLarge):
		return Fatal(http2.ErrCodeFrameSize, "frame too large")
	}
	return err
}
