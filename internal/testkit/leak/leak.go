package leak

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// patience is for descriptors that are on their way to be closed when the last test has ended.
const patience = 10 * time.Second

// Main is for TestMain: it runs the tests, and fails when descriptors that were not open before are open 10 seconds later,
// or goroutines run that did not. after is called in between: it closes what the package keeps for its next use. Descriptors
// are looked at on Linux only; elsewhere it says so.
func Main(m *testing.M, after ...func()) {
	goleak.VerifyTestMain(guarded{m, after})
}

// guarded runs tests and looks at the descriptors after that.
type guarded struct {
	tests interface{ Run() int }
	after []func()
}

// Run is called by goleak, which looks at goroutines afterwards.
func (g guarded) Run() int {
	warm()
	before, err := descriptors()
	code := g.tests.Run()
	for _, f := range g.after {
		f()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "leak: descriptors are not looked at:", err)
		return code
	}
	if code != 0 {
		return code // what failed may have left anything
	}
	left := left(before, patience)
	for _, d := range left {
		fmt.Fprintln(os.Stderr, "leak: left open:", d)
	}
	return min(len(left), 1)
}

// warm opens what the runtime opens once and keeps: its poller.
func warm() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return // then tests will say so
	}
	_ = l.Close() // it was never used
}

// left waits until nothing is open that was not before, and returns what is in the end.
func left(before []string, patience time.Duration) []string {
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		after, err := descriptors()
		if err != nil {
			return []string{err.Error()}
		}
		more := minus(after, before)
		if len(more) == 0 || time.Now().After(deadline) {
			return more
		}
		runtime.GC() // package net keeps pipes for splicing, which end with the second collection
	}
}

// minus is what is in list and not in without, as often as it is there more often.
func minus(list, without []string) (more []string) {
	without = slices.Clone(without)
	for _, d := range list {
		if i := slices.Index(without, d); i >= 0 {
			without = slices.Delete(without, i, i+1)
			continue
		}
		more = append(more, d)
	}
	return more
}
