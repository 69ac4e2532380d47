package session

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gwanmun/gwanmun/internal/proxy/exchange"
	"github.com/gwanmun/gwanmun/internal/proxy/keyring"
)

func box(t testing.TB) *keyring.Box {
	t.Helper()
	r, err := keyring.New(bytes.Repeat([]byte{7}, keyring.SecretSize))
	if err != nil {
		t.Fatal(err)
	}
	b, err := r.Box("test")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func jar(t testing.TB, name string) Jar {
	t.Helper()
	j, err := NewJar(name)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// sent is the request of a browser that was given these lines of Set-Cookie.
func sent(lines [][]byte) *exchange.Header {
	h := &exchange.Header{}
	for _, line := range lines {
		pair, _, _ := bytes.Cut(line, []byte(";"))
		h.Add([]byte("Cookie"), pair)
	}
	return h
}

func TestASessionComesBackAsItWent(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	for _, s := range []*Session{
		{Created: now},
		{
			Provider: [16]byte{1, 2, 3}, Created: now, Expires: now.Add(time.Hour), Subject: []byte("ann"), Claims: []byte(`{"sub":"ann"}`),
			AccessToken: []byte(strings.Repeat("a", 9000)), RefreshToken: []byte("r"),
		},
	} {
		j, b := jar(t, "s"), box(t)
		text, err := Seal(b, s, j)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Open(b, j.Read(sent(j.Set(text, Cookies{}, false, now))))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(s, got); d != "" {
			t.Error(d)
		}
	}
}

func TestARefreshTokenThatDoesNotFitIsLeftAway(t *testing.T) {
	j, b := jar(t, "AWSELBAuthSessionCookie"), box(t)
	s := &Session{AccessToken: bytes.Repeat([]byte("a"), 11<<10), RefreshToken: bytes.Repeat([]byte("r"), 2000)}
	text, err := Seal(b, s, j)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Open(b, j.Read(sent(j.Set(text, Cookies{}, false, time.Now()))))
	if err != nil || got.RefreshToken != nil || len(got.AccessToken) != 11<<10 {
		t.Errorf("%v, %d bytes of refresh token", err, len(got.RefreshToken))
	}
	s.AccessToken = bytes.Repeat([]byte("a"), 13<<10)
	if _, err := Seal(b, s, j); err != ErrTooLong {
		t.Errorf("13 KiB: %v", err)
	}
}

func TestNamesOfCookies(t *testing.T) {
	for name, ok := range map[string]bool{
		"AWSELBAuthSessionCookie": true, "a": true, strings.Repeat("n", 256): true, "x-y_z.1~": true,
		"": false, "a b": false, "a;b": false, "a=b": false, "a\r\nb": false, "é": false, `"a"`: false, strings.Repeat("n", 257): false,
	} {
		if _, err := NewJar(name); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestWhichCookiesAreOurs(t *testing.T) {
	for _, c := range []struct {
		fields []string
		want   string
	}{
		{[]string{"s-0=a; s-1=b"}, "ab"},
		{[]string{"s-1=b;s-0=a"}, "ab"},
		{[]string{"x=y; s-0=a", "s-1=b; s-2=c"}, "abc"},
		{[]string{"s-0=a; s-0=z"}, "a"},
		{[]string{"s-0=a; s-2=c"}, "a"},
		{[]string{"s-1=b"}, ""},
		{[]string{"s-0="}, ""},
		{[]string{"s-0=a; s-4=b; s-10=c; s-=d; ss-1=e; s=f; s-:=g"}, "a"},
		{[]string{"S-0=a"}, ""},
		{[]string{"s-0=" + strings.Repeat("a", 4097)}, ""},
		{[]string{";;; =; s-0=a;"}, "a"},
	} {
		h := &exchange.Header{}
		for _, f := range c.fields {
			h.Add([]byte("cookie"), []byte(f))
		}
		found := jar(t, "s").Read(h)
		got := ""
		if found.Count > 0 {
			got = string(found.join(found.Count))
		}
		if got != c.want {
			t.Errorf("%q: %q, want %q", c.fields, got, c.want)
		}
	}
}

func TestAShorterTextTakesOutWhatIsThere(t *testing.T) {
	h := &exchange.Header{}
	h.Add([]byte("Cookie"), []byte("s-0=a; s-1=b; t=c"))
	j := jar(t, "s")
	lines := j.Set([]byte("new"), j.Read(h), true, time.Unix(0, 0))
	if len(lines) != 2 || string(lines[1]) != "s-1=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/; Secure; HttpOnly; SameSite=None" {
		t.Errorf("%q", lines)
	}
}

func TestClaimsHaveOneForm(t *testing.T) {
	for said, want := range map[string]string{
		`{"sub":"a","exp":1,"iss":"x","a":{"b":[1,2]}}`: `{"a":{"b":[1,2]},"sub":"a"}`,
		" { \"sub\" : \"a\" } ":                         `{"sub":"a"}`,
		`{}`:                                            `{}`,
		`null`:                                          "",
		`[]`:                                            "",
		`"a"`:                                           "",
		`{"sub":"a"}{"sub":"b"}`:                        "",
		`{"n":12345678901234567890123,"sub":"é\u0000"}`: `{"n":12345678901234567890123,"sub":"é\u0000"}`,
	} {
		got, err := Claims([]byte(said))
		if string(got) != want || (err != nil) != (want == "") {
			t.Errorf("%s: %s, %v", said, got, err)
		}
	}
}

func TestReplicasSignWithTheSameKey(t *testing.T) {
	one, other := &keyring.Keeper{}, &keyring.Keeper{}
	secret := bytes.Repeat([]byte{9}, keyring.SecretSize)
	for _, k := range []*keyring.Keeper{one, other} {
		r, err := keyring.New(secret)
		if err != nil {
			t.Fatal(err)
		}
		k.Set(r)
	}
	a, b := NewSigner(one).PublicKeys(), NewSigner(other).PublicKeys()
	if d := cmp.Diff(a, b); d != "" || len(a) != 1 {
		t.Errorf("%d keys, %s", len(a), d)
	}
	if id := a[0].ID; len(id) != 36 || strings.Count(id, "-") != 4 {
		t.Errorf("kid %q", id)
	}
}

// Whatever a client sends as cookies: no session comes of it, nothing breaks, and what comes back is either none or an error.
func FuzzCookies(f *testing.F) {
	b, j := box(f), jar(f, "s")
	text, err := Seal(b, &Session{Subject: []byte("ann"), Claims: []byte("{}")}, j)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("s-0=" + string(text))
	f.Add("s-0=" + string(text) + "; s-1=x")
	f.Add("s-0=a; s-1=b; s-2=c; s-3=d; s-4=e")
	f.Add(";=;s-0;s-0==;\x00s-1=")
	f.Add("s-0=" + strings.Repeat("A", 4096))
	f.Fuzz(func(t *testing.T, field string) {
		h := &exchange.Header{}
		h.Add([]byte("Cookie"), []byte(field))
		c := j.Read(h)
		s, err := Open(b, c)
		if s != nil && (err != nil || string(s.Subject) != "ann") {
			t.Errorf("%q is a session of %q", field, s.Subject)
		}
		if s == nil && err == nil && c.Count > 0 {
			t.Errorf("%q is neither a session nor an error", field)
		}
		for _, line := range j.Set(text, c, true, time.Unix(0, 0)) {
			if bytes.ContainsAny(line, "\r\n") {
				t.Errorf("a line break in %q", line)
			}
		}
	})
}

// The layout of a session is read without trust, although nobody but us can seal one.
func FuzzLayout(f *testing.F) {
	f.Add((&Session{Subject: []byte("ann"), Claims: []byte("{}"), AccessToken: []byte("a")}).marshal())
	f.Add([]byte{layout})
	f.Add(bytes.Repeat([]byte{0xff}, 80))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := unmarshal(b)
		if err == nil && !bytes.Equal(s.marshal(), b) {
			t.Errorf("%x is read, and written as %x", b, s.marshal())
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	x, j := box(b), jar(b, "AWSELBAuthSessionCookie")
	text, err := Seal(x, &Session{Claims: bytes.Repeat([]byte("c"), 2000), AccessToken: bytes.Repeat([]byte("a"), 1000)}, j)
	if err != nil {
		b.Fatal(err)
	}
	h := sent(j.Set(text, Cookies{}, false, time.Now()))
	b.ReportAllocs()
	for b.Loop() {
		if s, err := Open(x, j.Read(h)); s == nil || err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkData(b *testing.B) {
	k := &keyring.Keeper{}
	r, err := keyring.Random()
	if err != nil {
		b.Fatal(err)
	}
	k.Set(r)
	s, claims, now := NewSigner(k), []byte(`{"sub":"ann","filler":"`+strings.Repeat("c", 1000)+`"}`), time.Now()
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(2 * time.Minute)
		if _, err := s.Data(About{"lb", "issuer", "client"}, claims, now); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDataAgain(b *testing.B) {
	k := &keyring.Keeper{}
	r, err := keyring.Random()
	if err != nil {
		b.Fatal(err)
	}
	k.Set(r)
	s, claims, now := NewSigner(k), []byte(`{"sub":"ann","filler":"`+strings.Repeat("c", 1000)+`"}`), time.Now()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Data(About{"lb", "issuer", "client"}, claims, now); err != nil {
			b.Fatal(err)
		}
	}
}

func TestATokenIsSignedOnceAMinute(t *testing.T) {
	k := &keyring.Keeper{}
	r, err := keyring.Random()
	if err != nil {
		t.Fatal(err)
	}
	k.Set(r)
	s, now := NewSigner(k), time.Unix(1_800_000_000, 0)
	data := func(a About, claims string, after time.Duration) string {
		t.Helper()
		token, err := s.Data(a, []byte(claims), now.Add(after))
		if err != nil {
			t.Fatal(err)
		}
		return string(token)
	}
	first := data(About{Signer: "a"}, `{"sub":"ann"}`, 0)
	if data(About{Signer: "a"}, `{"sub":"ann"}`, time.Minute) != first {
		t.Error("it is signed again within a minute")
	}
	for say, other := range map[string]string{
		"later":                 data(About{Signer: "a"}, `{"sub":"ann"}`, time.Minute+time.Second),
		"for another user":      data(About{Signer: "a"}, `{"sub":"bob"}`, 0),
		"of another signer":     data(About{Signer: "b"}, `{"sub":"ann"}`, 0),
		"of another issuer":     data(About{Signer: "a", Issuer: "b"}, `{"sub":"ann"}`, 0),
		"before the clock went": data(About{Signer: "a"}, `{"sub":"ann"}`, -time.Second),
	} {
		if other == first {
			t.Errorf("%s it is the same token", say)
		}
	}
}
