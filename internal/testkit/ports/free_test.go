package ports

import (
	"net"
	"slices"
	"testing"
)

func TestFreeAddressesDifferAndCanBeListenedOn(t *testing.T) {
	list, err := Free(5)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Sort(list); len(slices.Compact(list)) != 5 {
		t.Fatalf("%v", list)
	}
	l, err := net.Listen("tcp", list[0])
	if err != nil {
		t.Skipf("somebody was quicker: %v", err)
	}
	l.Close()
	if port := Of(list[0]); "127.0.0.1:"+port != list[0] {
		t.Errorf("%s has port %q", list[0], port)
	}
	if port := Of("nothing"); port != "" {
		t.Errorf("%q", port)
	}
}
