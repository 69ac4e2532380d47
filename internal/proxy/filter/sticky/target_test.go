package sticky

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/keyring"
)

func TestEveryAnswerSetsBothCookies(t *testing.T) {
	f := NewTarget(NewJar(keeper(t, 1)))
	x := request(newGroup("web", "", time.Hour), noon)
	if f.Request(x) != exchange.Continue || x.Stick.By != exchange.ByNumber || x.Stick.Known {
		t.Fatalf("without cookies the client is %+v", x.Stick)
	}
	_, fields := answer(f, x, 7)
	if len(fields) != 2 {
		t.Fatalf("set %q", fields)
	}
	value := strings.TrimPrefix(pair(fields[0]), "AWSALB=")
	want := []string{
		"AWSALB=" + value + "; Expires=Mon, 07 Dec 2026 12:00:00 GMT; Path=/",
		"AWSALBCORS=" + value + "; Expires=Mon, 07 Dec 2026 12:00:00 GMT; Path=/; SameSite=None; Secure",
	}
	if !slices.Equal(fields, want) {
		t.Errorf("set %q, want %q", fields, want)
	}
}

// kept says which target a client stays with that brings these cookies back; 0 for none.
func kept(f exchange.Filter, g exchange.Group, at time.Time, cookies ...string) uint64 {
	x := request(g, at, cookies...)
	f.Request(x)
	if !x.Stick.Known {
		return 0
	}
	return x.Stick.Key
}

func TestWhatComesBackIsUnderstood(t *testing.T) {
	f := NewTarget(NewJar(keeper(t, 1)))
	g := newGroup("web", "", time.Hour)
	set := func(number uint64) []string {
		_, fields := answer(f, requested(f, g), number)
		return fields
	}
	seven, eight := set(7), set(8)
	plain, cors := pair(seven[0]), pair(eight[1])
	other := newGroup("api", "", time.Hour)
	for _, c := range []struct {
		say     string
		group   exchange.Group
		after   time.Duration
		cookies []string
		want    uint64
	}{
		{"AWSALB alone", g, 0, []string{plain}, 7},
		{"AWSALBCORS alone", g, 0, []string{cors}, 8},
		{"AWSALBCORS wins", g, 0, []string{plain + "; " + cors}, 8},
		{"AWSALBCORS wins in a field of its own", g, 0, []string{plain, "a=b; " + cors}, 8},
		{"a broken AWSALBCORS leaves AWSALB", g, 0, []string{"AWSALBCORS=x; " + plain}, 7},
		{"just within its time", g, time.Hour - time.Second, []string{plain}, 7},
		{"past its time", g, time.Hour, []string{plain}, 0},
		{"of another group", other, 0, []string{plain}, 0},
		{"cut short", g, 0, []string{plain[:len(plain)-1]}, 0},
		{"with something appended", g, 0, []string{plain + "A"}, 0},
		{"percent-encoded", g, 0, []string{strings.Replace(plain, "=", "=%41", 1)}, 0},
		{"without a value", g, 0, []string{"AWSALB="}, 0},
		{"very long", g, 0, []string{"AWSALB=" + strings.Repeat("A", 100_000)}, 0},
		{"under the name of another cookie", g, 0, []string{strings.Replace(plain, "AWSALB=", "AWSALBTG=", 1)}, 0},
		{"under another spelling", g, 0, []string{strings.Replace(plain, "AWSALB=", "awsalb=", 1)}, 0},
	} {
		if got := kept(f, c.group, noon.Add(c.after), c.cookies...); got != c.want {
			t.Errorf("%s: stays with %d, want %d", c.say, got, c.want)
		}
	}
}

// requested is an exchange whose request has been through the filter.
func requested(f exchange.Filter, g exchange.Group, cookies ...string) *exchange.Exchange {
	x := request(g, noon, cookies...)
	f.Request(x)
	return x
}

func TestTheDurationIsThatOfTheAnswerThatSetTheCookie(t *testing.T) {
	f := NewTarget(NewJar(keeper(t, 1)))
	g := newGroup("web", "", time.Minute)
	_, fields := answer(f, requested(f, g), 7)
	g.sticky = &exchange.Stickiness{Group: g.sticky.Group, Lasts: time.Hour}
	if got := kept(f, g, noon.Add(2*time.Minute), pair(fields[0])); got != 0 {
		t.Error("a cookie for a minute is good for longer")
	}
	// Each answer begins it anew.
	x := request(g, noon.Add(50*time.Second), pair(fields[0]))
	f.Request(x)
	_, fields = answer(f, x, 7)
	if got := kept(f, g, noon.Add(59*time.Minute), pair(fields[0])); got != 7 {
		t.Error("an answer did not begin the time anew")
	}
}

func TestSeveralGroupsShareACookie(t *testing.T) {
	f := NewTarget(NewJar(keeper(t, 1)))
	cookie := ""
	for i := range 20 { // more than fit
		g := newGroup("group-"+string(rune('a'+i)), "", time.Hour)
		_, fields := answer(f, requested(f, g, cookie), uint64(100+i))
		cookie = pair(fields[0])
	}
	if len(cookie) > maxSealed {
		t.Fatalf("the cookie has %d bytes", len(cookie))
	}
	for i := range 20 {
		want := uint64(0)
		if i >= 20-maxEntries {
			want = uint64(100 + i)
		}
		if got := kept(f, newGroup("group-"+string(rune('a'+i)), "", time.Hour), noon, cookie); got != want {
			t.Errorf("group %d keeps its client at %d, want %d", i, got, want)
		}
	}
}

func TestReplicasAgreeAndKeysRotate(t *testing.T) {
	g := newGroup("web", "", time.Hour)
	_, fields := answer(NewTarget(NewJar(keeper(t, 1))), requested(NewTarget(NewJar(keeper(t, 1))), g), 7)
	for _, c := range []struct {
		say  string
		keys *keyring.Keeper
		want uint64
	}{
		{"another replica", keeper(t, 1), 7},
		{"after a rotation", keeper(t, 2, 1), 7},
		{"when the key is gone", keeper(t, 2), 0},
		{"before there are keys", &keyring.Keeper{}, 0},
	} {
		if got := kept(NewTarget(NewJar(c.keys)), g, noon, pair(fields[0])); got != c.want {
			t.Errorf("%s: stays with %d, want %d", c.say, got, c.want)
		}
	}
}

func TestANewKeySealsAtOnce(t *testing.T) {
	keys := keeper(t, 1)
	f := NewTarget(NewJar(keys))
	g := newGroup("web", "", time.Hour)
	_, first := answer(f, requested(f, g), 7)
	_, again := answer(f, requested(f, g), 7)
	keys.Set(keeper(t, 2).Ring())
	_, after := answer(f, requested(f, g), 7)
	if first[0] != again[0] || first[0] == after[0] {
		t.Error("the kept value does not follow the keys")
	}
	if kept(f, g, noon, pair(after[0])) != 7 || kept(f, g, noon, pair(first[0])) != 0 {
		t.Error("what was sealed with a key that is gone is still understood, or the other way round")
	}
	keys.Set(keeper(t, 3).Ring())
	if kept(f, g, noon, pair(after[0])) != 0 {
		t.Error("a value that was opened before is understood without its key")
	}
	if got := kept(NewTarget(NewJar(keeper(t, 2))), g, noon, pair(after[0])); got != 7 {
		t.Error("the value was not sealed with the new key")
	}
}

func TestWithoutStickinessThereIsNothing(t *testing.T) {
	f := NewTarget(NewJar(keeper(t, 1)))
	for _, g := range []exchange.Group{&group1{id: "web"}, nil} {
		x := requested(f, g, "AWSALB=x")
		if names, _ := answer(f, x, 7); len(names) != 0 || x.Stick.By != exchange.Loose {
			t.Errorf("set %q", names)
		}
	}
	if NewTarget(NewJar(nil)) != nil || NewGroup(NewJar(nil), nil) != nil {
		t.Error("steps are made without keys")
	}
}

func TestAnswersMadeHereSetNothing(t *testing.T) {
	f := NewTarget(NewJar(keeper(t, 1)))
	x := requested(f, newGroup("web", "", time.Hour))
	x.Response.Made = true
	if names, _ := answer(f, x, 7); len(names) != 0 {
		t.Errorf("set %q", names)
	}
}

func TestTheApplicationsCookieBeginsASession(t *testing.T) {
	f := NewTarget(NewJar(keeper(t, 1)))
	g := newGroup("web", "SID", time.Hour)
	if names, _ := answer(f, requested(f, g), 7, "OTHER=1", "SIDE=1"); !slices.Equal(names, []string{"OTHER", "SIDE"}) {
		t.Fatalf("set %q before the session began", names)
	}
	names, fields := answer(f, requested(f, g), 7, "SID=abc; Path=/")
	if !slices.Equal(names, []string{"SID", "AWSALBAPP-0", "AWSALBAPP-1", "AWSALBAPP-2", "AWSALBAPP-3"}) {
		t.Fatalf("set %q", names)
	}
	if want := "AWSALBAPP-2=_remove_; Expires=Mon, 07 Dec 2026 12:00:00 GMT; Path=/"; fields[3] != want {
		t.Errorf("set %q, want %q", fields[3], want)
	}
	ours := pair(fields[1])
	for _, c := range []struct {
		say     string
		cookies []string
		want    uint64
	}{
		{"both", []string{"SID=abc; " + ours}, 7},
		{"both, with another value", []string{ours + "; SID=whatever"}, 7},
		{"without the application's", []string{ours}, 0},
		{"without ours", []string{"SID=abc"}, 0},
		{"with that of the load balancer's sessions", []string{"SID=abc; " + strings.Replace(ours, "AWSALBAPP-0", "AWSALB", 1)}, 0},
	} {
		if got := kept(f, g, noon, c.cookies...); got != c.want {
			t.Errorf("%s: stays with %d, want %d", c.say, got, c.want)
		}
	}
	// A session goes on, on another target if need be, without further ado of the application.
	names, fields = answer(f, requested(f, g, "SID=abc; "+ours), 8)
	if len(names) != 4 || kept(f, g, noon, "SID=abc; "+pair(fields[0])) != 8 {
		t.Errorf("set %q when the target changed", names)
	}
	if got := kept(NewTarget(NewJar(keeper(t, 1))), newGroup("web", "", time.Hour), noon, strings.Replace(ours, "AWSALBAPP-0", "AWSALB", 1)); got != 0 {
		t.Error("the value of one kind of cookie is understood as the other")
	}
}

func TestOnlyChromiumFrom80OnGetsCookiesForOtherSites(t *testing.T) {
	f := NewTarget(NewJar(keeper(t, 1)))
	for agent, want := range map[string]bool{
		"Mozilla/5.0 Chrome/80.0.3987.87 Safari/537.36": true, "x Chromium/131": true, "Chrome/1234.5": true,
		"Chrome/79.9": false, "Chrome/8": false, "Chrome/": false, "Firefox/130.0": false, "": false, "Chrome/99999999999999999999": false,
	} {
		for _, https := range []bool{true, false} {
			x := requested(f, newGroup("web", "SID", time.Hour))
			x.HTTPS = https
			x.Request.Header.Add([]byte("User-Agent"), []byte(agent))
			_, fields := answer(f, x, 7, "SID=1")
			for _, field := range fields[1:] {
				if strings.HasSuffix(field, "; Path=/; SameSite=None; Secure") != (want && https) {
					t.Errorf("%q, HTTPS %v: set %q", agent, https, field)
				}
			}
		}
	}
}
