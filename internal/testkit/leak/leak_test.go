package leak

import (
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) { Main(m) }

// tests stands for a package's tests.
type tests func() int

func (f tests) Run() int { return f() }

func TestWhatStaysOpenFailsThePackage(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("descriptors are listed on Linux only")
	}
	before, err := descriptors()
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	open := left(before, time.Millisecond)
	if len(open) != 2 || !strings.Contains(strings.Join(open, " "), "socket:[") || !strings.Contains(strings.Join(open, " "), "/dev/null") {
		t.Errorf("%q", open)
	}
	go func() {
		time.Sleep(50 * time.Millisecond)
		_ = l.Close()
		_ = f.Close()
	}()
	if open := left(before, patience); len(open) > 0 {
		t.Errorf("closed soon, and still left: %q", open)
	}
}

func TestTheResultOfTestsStays(t *testing.T) {
	for _, code := range []int{0, 1, 2} {
		if got := (guarded{tests: tests(func() int { return code })}).Run(); got != code {
			t.Errorf("%d became %d", code, got)
		}
	}
}
