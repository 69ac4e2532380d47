package keyring

import (
	"bytes"
	"errors"
	"testing"
)

func ring(t *testing.T, secrets ...byte) *Ring {
	t.Helper()
	var list [][]byte
	for _, s := range secrets {
		list = append(list, bytes.Repeat([]byte{s}, SecretSize))
	}
	r, err := New(list...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func box(t *testing.T, r *Ring, purpose string) *Box {
	t.Helper()
	b, err := r.Box(purpose)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAnOlderSecretStillOpensWhatItSealed(t *testing.T) {
	before, after, gone := ring(t, 1), ring(t, 2, 1), ring(t, 3, 2)
	sealed := box(t, before, "cookie").Seal(nil, []byte("target 7"), Nonce())
	got, err := box(t, after, "cookie").Open([]byte("> "), sealed)
	if err != nil || string(got) != "> target 7" {
		t.Errorf("after a rotation: %q, %v", got, err)
	}
	if got, err := box(t, gone, "cookie").Open(nil, sealed); !errors.Is(err, ErrOpen) {
		t.Errorf("with its secret gone: %q, %v", got, err)
	}
}

func TestWhatOnePurposeSealedAnotherDoesNotOpen(t *testing.T) {
	r := ring(t, 1)
	sealed := box(t, r, "cookie").Seal(nil, []byte("x"), Nonce())
	if got, err := box(t, r, "session").Open(nil, sealed); !errors.Is(err, ErrOpen) {
		t.Errorf("opened by another purpose: %q, %v", got, err)
	}
}

func TestAnyChangeOfASealedValueIsNoticed(t *testing.T) {
	b := box(t, ring(t, 1), "cookie")
	sealed := b.Seal(nil, []byte("x"), Nonce())
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if got, err := b.Open(nil, changed); !errors.Is(err, ErrOpen) {
			t.Errorf("byte %d changed: opened as %q, %v", i, got, err)
		}
		if _, err := b.Open(nil, sealed[:i]); !errors.Is(err, ErrOpen) {
			t.Errorf("cut to %d bytes: %v", i, err)
		}
	}
}

func TestShortSecretsAreRefused(t *testing.T) {
	if _, err := New([]byte("short")); err == nil {
		t.Error("a secret of 5 bytes was accepted")
	}
	if _, err := New(); err == nil {
		t.Error("a ring without secrets was made")
	}
}

func TestASealerFollowsTheKeeper(t *testing.T) {
	var k Keeper
	s := k.Sealer("cookie")
	if _, err := s.Box(); err == nil {
		t.Error("a box was made without keys")
	}
	k.Set(ring(t, 1))
	first, err := s.Box()
	if err != nil {
		t.Fatal(err)
	}
	sealed := first.Seal(nil, []byte("x"), Nonce())
	k.Set(ring(t, 2))
	second, err := s.Box()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := second.Open(nil, sealed); !errors.Is(err, ErrOpen) {
		t.Errorf("the sealer kept the old keys: %v", err)
	}
}
