package basicauth

import (
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"testing"

	other "github.com/tg123/go-htpasswd"
	"golang.org/x/crypto/bcrypt"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

func page(x *exchange.Exchange, status int) { x.Respond(status, []byte("page")) }

func hashOf(t testing.TB, password string, cost int) string {
	t.Helper()
	h, err := bcrypt.GenerateFromPassword([]byte(password), cost)
	if err != nil {
		t.Fatal(err)
	}
	return string(h)
}

func listOf(users ...model.User) *model.UserList {
	return &model.UserList{ID: "auth/a/b/auth-file", Users: users}
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

func ask(f exchange.Filter, authorizations ...string) (*exchange.Exchange, exchange.Verdict) {
	x := new(exchange.Exchange)
	x.Request.Header.Add([]byte("A"), []byte("b"))
	for _, a := range authorizations {
		x.Request.Header.Add([]byte("Authorization"), []byte(a))
	}
	return x, f.Request(x)
}

func TestFittingCredentialsPassAndAreTakenOff(t *testing.T) {
	v := NewVerifier([32]byte{1}, 2)
	f := New("shop", NewUserTable(v, listOf(
		model.User{Name: "ann", Hash: hashOf(t, "secret:with colon", 4)},
		model.User{Name: "bob", Hash: "{SHA}VBPuJHI7uixaa6LQGWx4s+5GKNE="},
		model.User{Name: "eve", Hash: "$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/"},
	)), page)
	for range 2 {
		for user, password := range map[string]string{"ann": "secret:with colon", "bob": "myPassword", "eve": "myPassword"} {
			for _, a := range []string{basic(user, password), "BASIC  " + basic(user, password)[6:]} {
				x, verdict := ask(f, a)
				if verdict != exchange.Continue || string(x.User) != user {
					t.Errorf("%s: %v, user %q", user, verdict, x.User)
				}
				if _, there := x.Request.Header.Get("Authorization"); there || x.Request.Header.Len() != 1 {
					t.Errorf("%s: the target would see the credentials", user)
				}
			}
		}
	}
}

func TestEverythingElseIsAskedForCredentials(t *testing.T) {
	v := NewVerifier([32]byte{1}, 2)
	f := New("shop", NewUserTable(v, listOf(
		model.User{Name: "ann", Hash: hashOf(t, "secret", 4)},
		model.User{Name: "empty", Hash: ""},
		model.User{Name: "clear", Hash: "clear"},
		model.User{Name: "", Hash: "{PLAIN}x"},
	)), page)
	good := basic("ann", "secret")
	for title, authorizations := range map[string][]string{
		"none":                  nil,
		"wrong password":        {basic("ann", "Secret")},
		"no password":           {basic("ann", "")},
		"unknown user":          {basic("bob", "secret")},
		"user in capitals":      {basic("Ann", "secret")},
		"empty hash":            {basic("empty", "")},
		"unknown kind of hash":  {basic("clear", "clear")},
		"no user":               {basic("", "x")},
		"no colon":              {"Basic " + base64.StdEncoding.EncodeToString([]byte("ann"))},
		"not base64":            {"Basic !!!"},
		"another scheme":        {"Bearer " + good[6:]},
		"scheme alone":          {"Basic"},
		"two fields":            {good, good},
		"NUL behind a password": {basic("ann", "secret\x00")},
		"very long":             {basic("ann", strings.Repeat("x", 5000))},
	} {
		x, verdict := ask(f, authorizations...)
		challenge, _ := x.Response.Header.Get("WWW-Authenticate")
		if verdict != exchange.Respond || x.Response.Status != 401 || string(challenge) != `Basic realm="shop"` {
			t.Errorf("%s: %v %d %q", title, verdict, x.Response.Status, challenge)
		}
		if x.User != nil {
			t.Errorf("%s: user %q is logged in", title, x.User)
		}
	}
}

func TestARealmCannotEndItsQuotesOrTheField(t *testing.T) {
	for realm, want := range map[string]string{
		"":            `Basic realm=""`,
		`a"b\c`:       `Basic realm="a\"b\\c"`,
		"a\r\nSet: x": `Basic realm="a  Set: x"`,
	} {
		if got := string(challenge(realm)); got != want {
			t.Errorf("%q gives %s", realm, got)
		}
	}
}

func TestAnEmptyListLetsNobodyIn(t *testing.T) {
	f := New("", NewUserTable(NewVerifier([32]byte{}, 1), listOf()), page)
	if _, verdict := ask(f, basic("a", "b")); verdict != exchange.Respond {
		t.Error("somebody got in")
	}
}

func TestVerifiedCredentialsAreRememberedUntilTheHashChanges(t *testing.T) {
	v := NewVerifier([32]byte{1}, 2)
	hash := hashOf(t, "secret", 4)
	table := NewUserTable(v, listOf(model.User{Name: "ann", Hash: hash}))
	for range 2 {
		if fits, _ := table.verify([]byte("ann"), []byte("secret")); !fits {
			t.Fatal("does not fit")
		}
	}
	if len(v.recent) != 1 {
		t.Errorf("%d remembered", len(v.recent))
	}
	table.verify([]byte("ann"), []byte("wrong"))
	table.verify([]byte("bob"), []byte("secret"))
	if len(v.recent) != 1 {
		t.Error("a failure was remembered")
	}
	changed := NewUserTable(v, listOf(model.User{Name: "ann", Hash: hashOf(t, "other", 4)}))
	if fits, _ := changed.verify([]byte("ann"), []byte("secret")); fits {
		t.Error("the old password fits a changed hash")
	}
}

func TestWhatIsRememberedIsBounded(t *testing.T) {
	v := NewVerifier([32]byte{1}, 1)
	for i := range 3 * maxKnown {
		v.remember(digest{byte(i), byte(i >> 8), byte(i >> 16)})
		if n := len(v.recent) + len(v.old); n > maxKnown {
			t.Fatalf("%d remembered", n)
		}
	}
	if !v.known(digest{byte((3*maxKnown - 1) & 255), byte((3*maxKnown - 1) >> 8)}) {
		t.Error("the newest is forgotten")
	}
}

func TestTooManyWaitingChecksAre503(t *testing.T) {
	v := NewVerifier([32]byte{1}, 1)
	f := New("", NewUserTable(v, listOf(model.User{Name: "ann", Hash: hashOf(t, "secret", 4)})), page)
	v.turns <- struct{}{}
	var done sync.WaitGroup
	for i := range maxWaiting {
		done.Go(func() { ask(f, basic("ann", fmt.Sprint(i))) })
	}
	for v.waiting.Load() < maxWaiting {
	}
	if x, verdict := ask(f, basic("ann", "one more")); verdict != exchange.Respond || x.Response.Status != 503 {
		t.Errorf("%v %d", verdict, x.Response.Status)
	}
	<-v.turns
	done.Wait()
	if _, verdict := ask(f, basic("ann", "secret")); verdict != exchange.Continue {
		t.Error("nobody gets in afterwards")
	}
}

func TestUnknownUsersStandBehindAHashOfTheList(t *testing.T) {
	v := NewVerifier([32]byte{1}, 1)
	table := NewUserTable(v, listOf(
		model.User{Name: "ann", Hash: "{SHA}VBPuJHI7uixaa6LQGWx4s+5GKNE="},
		model.User{Name: "bob", Hash: hashOf(t, "x", 4)},
	))
	picked := map[string]int{}
	for i := range 200 {
		name := []byte(fmt.Sprint("user", i))
		e := table.standIn(name)
		if e.exists || e != table.standIn(name) {
			t.Fatal("a stand-in must be refused and stay the same")
		}
		picked[e.hash]++
		if fits, _ := table.verify(name, []byte("myPassword")); fits {
			t.Fatal("an unknown user got in with another's password")
		}
	}
	if len(picked) != 2 {
		t.Errorf("stand-ins are not spread: %v", picked)
	}
	if e := NewUserTable(v, listOf()).standIn([]byte("a")); !strings.HasPrefix(e.hash, "$2") {
		t.Error("an empty list answers at once")
	}
}

func TestAnotherImplementationAgrees(t *testing.T) {
	file := "ann:" + hashOf(t, "a", 4) + "\nbob:$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/\neve:{SHA}VBPuJHI7uixaa6LQGWx4s+5GKNE=\n"
	theirs, err := other.NewFromReader(strings.NewReader(file), other.DefaultSystems, func(err error) { t.Fatal(err) })
	if err != nil {
		t.Fatal(err)
	}
	list := listOf()
	for _, line := range strings.Fields(file) {
		name, hash, _ := strings.Cut(line, ":")
		list.Users = append(list.Users, model.User{Name: name, Hash: hash})
	}
	f := New("", NewUserTable(NewVerifier([32]byte{}, 1), list), page)
	for _, user := range []string{"ann", "bob", "eve", "dan"} {
		for _, password := range []string{"a", "myPassword", ""} {
			_, verdict := ask(f, basic(user, password))
			if (verdict == exchange.Continue) != theirs.Match(user, password) {
				t.Errorf("%s with %q: %v", user, password, verdict)
			}
		}
	}
}

func BenchmarkRememberedCredentials(b *testing.B) {
	f := New("", NewUserTable(NewVerifier([32]byte{}, 1), listOf(model.User{Name: "ann", Hash: hashOf(b, "a", 10)})), page)
	value := []byte(basic("ann", "a"))
	name := []byte("Authorization")
	x := new(exchange.Exchange)
	b.ReportAllocs()
	for b.Loop() {
		x.Reset()
		x.Request.Header.Add(name, value)
		if f.Request(x) != exchange.Continue {
			b.Fatal("refused")
		}
	}
}
