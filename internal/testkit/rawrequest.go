package testkit

import (
	"context"
	"io"
	"time"
)

// outcomeLeaves stands in place of a status: the client closes its connection before it is answered.
const outcomeLeaves = "leaves"

// leavesAfter is how long a client waits that leaves: long enough for the request to be under way.
const leavesAfter = 150 * time.Millisecond

// takeRaw reads an argument about the bytes of a request of HTTP/1: line="GET http://a.example/ HTTP/1.1" is its first line
// as it stands, nohost leaves the Host field out, cut=20B sends so many bytes only and then waits.
func (w *flowWish) takeRaw(key, value string) (known bool, err error) {
	switch key {
	case "line":
		w.line = value
	case "nohost":
		w.noHost = true
	case "cut":
		w.cut, err = size(value)
	default:
		return false, nil
	}
	return true, err
}

// raw says whether the request goes out in a form that a probe cannot have.
func (w *flowWish) raw() bool { return w.line != "" || w.noHost || w.cut > 0 }

// sent is the part of the request's bytes that is sent.
func (w *flowWish) sent(b []byte) []byte {
	if w.cut > 0 {
		return b[:min(w.cut, len(b))]
	}
	return b
}

// leave waits until the request is under way. The connection is closed behind it.
func (w *flowWish) leave(ctx context.Context) error {
	wait := time.NewTimer(leavesAfter)
	defer wait.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-wait.C:
		return io.EOF
	}
}
