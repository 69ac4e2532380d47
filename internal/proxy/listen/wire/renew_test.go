package wire

import (
	"testing"
	"time"
)

func TestReadingGoesOnAfterADeadlineThatWasRenewed(t *testing.T) {
	a, b := pair(t, newClock(t))
	one := make([]byte, 1)
	for range 2 {
		a.ReadWithin(50 * time.Millisecond)
		if _, err := a.Read(one); err != ErrTimeout {
			t.Fatal(err)
		}
		if a.ReadWithin(time.Second) {
			t.Error("a deadline that has passed was moved")
		}
		if !a.Renew(5 * time.Second) {
			t.Error("not renewed")
		}
		if _, err := b.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		if n, err := a.Read(one); n != 1 || err != nil {
			t.Errorf("read %d, %v", n, err)
		}
	}
	a.Cancel()
	if a.Renew(time.Second) {
		t.Error("a cancelled wire was renewed")
	}
	if _, err := a.Read(one); err != ErrCancelled {
		t.Error(err)
	}
}
