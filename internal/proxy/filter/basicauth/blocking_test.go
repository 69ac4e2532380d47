package basicauth

import (
	"testing"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

func TestOnlyCostlyHashesBlock(t *testing.T) {
	const cheap, costly = "{PLAIN}secret", "$2a$04$7dzXLBz0dSXYG4pCxPHVAOIMhZJ7xTY.RNSVSMJmgJ1hvXxLMQfmm"
	for name, c := range map[string]struct {
		hashes []string
		want   bool
	}{
		"a plain one":     {[]string{cheap}, false},
		"one of bcrypt":   {[]string{costly}, true},
		"both":            {[]string{cheap, costly}, true},
		"none at all":     {nil, true}, // what stands in for users is costly
		"an unusable one": {[]string{""}, true},
	} {
		list := &model.UserList{}
		for i, h := range c.hashes {
			list.Users = append(list.Users, model.User{Name: string(rune('a' + i)), Hash: h})
		}
		f := New("realm", NewUserTable(NewVerifier([32]byte{}, 1), list), func(*exchange.Exchange, int) {})
		if got := f.(exchange.Blocking).Blocks(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestACheapHashWaitsForNobody takes all turns away: it would hang if it did.
func TestACheapHashWaitsForNobody(t *testing.T) {
	v := NewVerifier([32]byte{}, 1)
	v.turns <- struct{}{}
	table := NewUserTable(v, &model.UserList{Users: []model.User{{Name: "ann", Hash: "{PLAIN}secret"}}})
	if fits, busy := table.verify([]byte("ann"), []byte("secret")); !fits || busy {
		t.Errorf("%v, %v", fits, busy)
	}
	if fits, _ := table.verify([]byte("ann"), []byte("wrong")); fits {
		t.Error("a wrong password fits")
	}
}
