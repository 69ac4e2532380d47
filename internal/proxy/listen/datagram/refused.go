package datagram

import (
	"errors"
	"syscall"
)

// refused says whether an error is news of an earlier datagram: nobody listens at the target, or it cannot be reached now
// (ICMP, type 3). The next datagram may arrive.
func refused(err error) bool {
	return errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.ENETUNREACH)
}
