//go:build !linux

package leak

import "errors"

// descriptors fails: no other system lists them in a way that the standard library can read.
func descriptors() ([]string, error) {
	return nil, errors.New("only Linux lists them, in /proc/self/fd")
}
