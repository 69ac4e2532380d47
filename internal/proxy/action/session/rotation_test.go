package session

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/keyring"
)

// TestKeysArePublishedBeforeAnythingIsSignedWithThem has one replica that rotates the keys and another one that hears of it
// only when the next rotation is due, as slow as a replica can be: a target may ask any of them for the key of a token.
func TestKeysArePublishedBeforeAnythingIsSignedWithThem(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	set, err := keyring.NewSet(rand.Reader, now)
	if err != nil {
		t.Fatal(err)
	}
	quickKeys, slowKeys := &keyring.Keeper{}, &keyring.Keeper{}
	hand := func(k *keyring.Keeper, s *keyring.Set) {
		ring, err := s.Ring()
		if err != nil {
			t.Fatal(err)
		}
		k.Set(ring)
	}
	hand(quickKeys, set)
	hand(slowKeys, set)
	quick, slow := NewSigner(quickKeys), NewSigner(slowKeys)
	signed := map[string]bool{}
	for day := range 12 {
		late := set
		now = set.Due()
		if set, err = set.Rotate(rand.Reader, now); err != nil {
			t.Fatal(err)
		}
		hand(quickKeys, set)
		hand(slowKeys, late)
		for _, s := range []*Signer{quick, slow} {
			token, err := s.Data(About{Signer: "lb", Issuer: "i", Client: "c"}, []byte(`{"sub":"ann"}`), now)
			if err != nil {
				t.Fatal(err)
			}
			kid := keyOfToken(t, string(token))
			signed[kid] = true
			for name, verifier := range map[string]*Signer{"quick": quick, "slow": slow} {
				if !publishes(verifier, kid) {
					t.Errorf("day %d: the %s replica does not publish %s", day, name, kid)
				}
			}
		}
	}
	if len(signed) != 13 {
		t.Errorf("%d keys have signed in 12 rotations", len(signed))
	}
}

func publishes(s *Signer, kid string) bool {
	for _, k := range s.PublicKeys() {
		if k.ID == kid {
			return true
		}
	}
	return false
}

func keyOfToken(t *testing.T, token string) string {
	t.Helper()
	head, _, _ := strings.Cut(token, ".")
	text, err := base64.URLEncoding.DecodeString(head)
	if err != nil {
		t.Fatal(err)
	}
	var out struct {
		KeyID string `json:"kid"`
	}
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out.KeyID
}
