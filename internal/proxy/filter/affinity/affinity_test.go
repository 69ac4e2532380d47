package affinity

import (
	"strings"
	"testing"
	"time"

	"github.com/gwanmun/gwanmun/internal/model"
	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
)

type group string

func (g group) ID() string { return string(g) }
func (group) Ready() bool  { return true }

type target uint64

func (target) Address() string  { return "10.0.0.1:80" }
func (t target) Number() uint64 { return uint64(t) }

func forward(ids ...string) *model.Forward {
	f := &model.Forward{}
	for _, id := range ids {
		f.TargetGroups = append(f.TargetGroups, model.WeightedTargetGroup{TargetGroup: id})
	}
	return f
}

func made(t *testing.T, c *model.Affinity, f *model.Forward) exchange.ResponseFilter {
	t.Helper()
	filter, err := New(c, f)
	if err != nil {
		t.Fatal(err)
	}
	return filter.(exchange.ResponseFilter)
}

func request(cookie string) *exchange.Exchange {
	x := &exchange.Exchange{Start: time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)}
	if cookie != "" {
		x.Request.Header.Add([]byte("Cookie"), []byte(cookie))
	}
	return x
}

// answer is the cookie that a response sets, empty for none.
func answer(f exchange.ResponseFilter, x *exchange.Exchange, g string) string {
	x.Group, x.Target = group(g), target(0xabc)
	f.Response(x)
	v, _ := x.Response.Header.Get("Set-Cookie")
	return string(v)
}

func TestTheCookieSaysWhereAClientStays(t *testing.T) {
	for _, persistent := range []bool{false, true} {
		f := made(t, &model.Affinity{Cookie: "route", Path: "/", Persistent: persistent}, forward("main"))
		x := request("")
		f.Request(x)
		if x.Stick.Known || x.Stick.By == exchange.Loose || !x.Stick.Stay || x.Stick.Group != 0 {
			t.Fatalf("without a cookie the client is %+v", x.Stick)
		}
		x.Stick.Moved, x.Stick.Key = true, 0x123 // as the target group leaves it
		set := answer(f, x, "main")
		want := map[bool]uint64{false: 0x123, true: 0xabc}[persistent]
		value, _, _ := strings.Cut(set, ";")
		back := request("other=1; " + value)
		f.Request(back)
		if !back.Stick.Known || back.Stick.Key != want {
			t.Errorf("persistent %v: %q came back as %+v, want %x", persistent, value, back.Stick, want)
		}
		if again := answer(f, back, "main"); again != "" {
			t.Errorf("persistent %v: the cookie was set again: %q", persistent, again)
		}
	}
}

func TestAnyTextIsAKey(t *testing.T) {
	f := made(t, &model.Affinity{Cookie: "route"}, forward("main"))
	seen := map[uint64]string{}
	for _, value := range []string{"1700000000.12.34.567|d41d8cd9", "x", "00000000000000zz", "ffffffffffffffff", strings.Repeat("a", 5000)} {
		x := request("route=" + value)
		f.Request(x)
		if !x.Stick.Known || seen[x.Stick.Key] != "" {
			t.Errorf("%q is %+v", value, x.Stick)
		}
		seen[x.Stick.Key] = value
	}
	for _, value := range []string{"", "|x"} {
		x := request("route=" + value)
		if f.Request(x); x.Stick.Known {
			t.Errorf("%q is a key", value)
		}
	}
}

func TestTheGroupInTheCookieDecidesAboutCanaries(t *testing.T) {
	cookie := func(g string) string {
		f := made(t, &model.Affinity{Cookie: "route"}, forward("main", "canary"))
		x := request("")
		f.Request(x)
		x.Stick.Moved = true
		value, _, _ := strings.Cut(answer(f, x, g), ";")
		return value
	}
	for _, c := range []struct {
		say    string
		legacy bool
		groups []string
		cookie string
		want   string
	}{
		{"of the main group", false, []string{"main", "canary"}, cookie("main"), "main"},
		{"of the canary", false, []string{"main", "canary"}, cookie("canary"), "canary"},
		{"of neither", false, []string{"main", "canary"}, cookie("third"), ""},
		{"without a group", false, []string{"main", "canary"}, "route=0000000000000001", ""},
		{"legacy, of the main group", true, []string{"main", "canary"}, cookie("main"), "main"},
		{"legacy, of the canary", true, []string{"main", "canary"}, cookie("canary"), ""},
		{"no canary", false, []string{"main"}, cookie("main"), ""},
	} {
		f := made(t, &model.Affinity{Cookie: "route", LegacyCanary: c.legacy}, forward(c.groups...))
		x := request(c.cookie)
		f.Request(x)
		want := uint64(0)
		if c.want != "" {
			want = exchange.GroupNumber(c.want)
		}
		if x.Stick.Group != want || (x.Stick.Only != 0) != c.legacy {
			t.Errorf("%s: group %x, want %x; only %x", c.say, x.Stick.Group, want, x.Stick.Only)
		}
	}
}

func TestAttributesStandInTheOrderOfIngressNginx(t *testing.T) {
	const value = "route=0000000000000123|"
	for _, c := range []struct {
		say   string
		set   model.Affinity
		https bool
		agent string
		want  string
	}{
		{"nothing", model.Affinity{}, false, "", "; HttpOnly"},
		{"a path on HTTPS", model.Affinity{Path: "/a"}, true, "", "; Path=/a; Secure; HttpOnly"},
		{"everything", model.Affinity{
			Path: "/", Domain: "example.com", Expires: "60", MaxAge: "-5", SameSite: "None", Secure: true, Partitioned: true,
		}, false, "", "; Expires=Mon, 30-Nov-26 12:01:00 GMT; Max-Age=-5; Domain=example.com; Path=/; Secure; HttpOnly; SameSite=None; Partitioned"},
		{"an Expires in the past", model.Affinity{Expires: "-3600"}, false, "", "; Expires=Mon, 30-Nov-26 11:00:00 GMT; HttpOnly"},
		{"an old browser", model.Affinity{SameSite: "None"}, false, "Chrome/66.0", "; HttpOnly; SameSite=None"},
		{"an old browser, conditionally", model.Affinity{SameSite: "None", ConditionalSameSiteNone: true}, false, "Chrome/66.0", "; HttpOnly"},
		{"a new browser, conditionally", model.Affinity{SameSite: "None", ConditionalSameSiteNone: true}, false, "Chrome/126.0", "; HttpOnly; SameSite=None"},
		{"Lax, conditionally", model.Affinity{SameSite: "Lax", ConditionalSameSiteNone: true}, false, "Chrome/66.0", "; HttpOnly; SameSite=Lax"},
		{"iOS 12", model.Affinity{SameSite: "None", ConditionalSameSiteNone: true}, false, "(iPad; CPU OS 12_4 like Mac OS X)", "; HttpOnly"},
		{
			"Safari of macOS 10.14",
			model.Affinity{SameSite: "None", ConditionalSameSiteNone: true},
			false,
			"(Macintosh; Intel Mac OS X 10_14_6) Version/12 Safari/605", "; HttpOnly",
		},
		{
			"Chrome of macOS 10.14",
			model.Affinity{SameSite: "None", ConditionalSameSiteNone: true},
			false,
			"(Macintosh; Intel Mac OS X 10_14_6) Chrome/120 Safari/605", "; HttpOnly; SameSite=None",
		},
	} {
		c.set.Cookie = "route"
		f := made(t, &c.set, forward("main"))
		x := request("")
		x.HTTPS = c.https
		if c.agent != "" {
			x.Request.Header.Add([]byte("User-Agent"), []byte(c.agent))
		}
		f.Request(x)
		x.Stick.Moved, x.Stick.Key = true, 0x123
		got := answer(f, x, "main")
		if rest, ok := strings.CutPrefix(got, value); !ok || len(rest) < 16 || rest[16:] != c.want {
			t.Errorf("%s: set %q, want it to end with %q", c.say, got, c.want)
		}
	}
}

func TestNothingIsSetOnAnswersMadeHere(t *testing.T) {
	f := made(t, &model.Affinity{Cookie: "route"}, forward("main"))
	x := request("")
	f.Request(x)
	x.Stick.Moved, x.Response.Made = true, true
	if got := answer(f, x, "main"); got != "" {
		t.Errorf("set %q", got)
	}
}

func TestWhatMakesNoStep(t *testing.T) {
	for _, c := range []struct {
		affinity *model.Affinity
		forward  *model.Forward
	}{{nil, forward("a")}, {&model.Affinity{}, nil}, {&model.Affinity{}, &model.Forward{}}} {
		if f, err := New(c.affinity, c.forward); f != nil || err != nil {
			t.Errorf("made %v, %v", f, err)
		}
	}
	if _, err := New(&model.Affinity{Expires: "soon"}, forward("a")); err == nil {
		t.Error("an Expires that is no number is taken")
	}
}
