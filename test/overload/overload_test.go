package main

import (
	"os"
	"testing"
	"time"
)

// TestMain lets the binary play the proxy and the attackers.
func TestMain(m *testing.M) {
	if os.Getenv(partVariable) != "" {
		exit(play(os.Args[1:]))
	}
	os.Exit(m.Run())
}

func TestWellBehavedClientsAreServedUnderAttackAndMemoryHolds(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 20 seconds")
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r, err := overload(12*time.Second, self)
	t.Logf("\n%s", r)
	if err != nil {
		t.Error(err)
	}
}
