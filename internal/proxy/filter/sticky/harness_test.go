package sticky

import (
	"strings"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/keyring"
)

// group1 is a target group with stickiness.
type group1 struct {
	id     string
	sticky *exchange.Stickiness
}

func (g *group1) ID() string                       { return g.id }
func (g *group1) Ready() bool                      { return true }
func (g *group1) Stickiness() *exchange.Stickiness { return g.sticky }

func newGroup(id, application string, lasts time.Duration) *group1 {
	return &group1{id, &exchange.Stickiness{Group: exchange.GroupNumber(id), Application: application, Lasts: lasts}}
}

type target1 uint64

func (t target1) Address() string { return "10.0.0.1:80" }
func (t target1) Number() uint64  { return uint64(t) }

func keeper(t testing.TB, rings ...byte) *keyring.Keeper {
	t.Helper()
	var secrets [][]byte
	for _, b := range rings {
		secrets = append(secrets, []byte(strings.Repeat(string(rune('a'+b)), keyring.SecretSize)))
	}
	ring, err := keyring.New(secrets...)
	if err != nil {
		t.Fatal(err)
	}
	k := &keyring.Keeper{}
	k.Set(ring)
	return k
}

// noon is when the tests' requests arrive.
var noon = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

func request(g exchange.Group, at time.Time, cookies ...string) *exchange.Exchange {
	x := &exchange.Exchange{Group: g, Start: at}
	for _, c := range cookies {
		x.Request.Header.Add([]byte("cookie"), []byte(c))
	}
	return x
}

// answer runs the response of a target, with fields of its own, and returns what is set: name, then the whole field.
func answer(f exchange.Filter, x *exchange.Exchange, number uint64, own ...string) (names, fields []string) {
	x.Target = target1(number)
	for _, v := range own {
		x.Response.Header.Add([]byte("Set-Cookie"), []byte(v))
	}
	f.(exchange.ResponseFilter).Response(x)
	for i := range x.Response.Header.Len() {
		name, _, _ := strings.Cut(string(x.Response.Header.At(i).Value), "=")
		names = append(names, name)
		fields = append(fields, string(x.Response.Header.At(i).Value))
	}
	return names, fields
}

// pair is name=value of a Set-Cookie field.
func pair(field string) string {
	p, _, _ := strings.Cut(field, ";")
	return p
}
