//go:build !unix

package listen

import (
	"errors"
	"net"
)

// peek cannot look at bytes without taking them on this platform.
func peek(*net.TCPConn, int, func([]byte) (bool, error)) error {
	return errors.New("the PROXY protocol and TLS passthrough are not available on this platform")
}
