package htpasswd

import (
	"crypto/sha1"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	other "github.com/tg123/go-htpasswd"
	"golang.org/x/crypto/bcrypt"
	"pgregory.net/rapid"
)

// Hashes as htpasswd and openssl passwd print them.
var known = []struct{ kind, hash, password string }{
	{"apr1 of the Apache documentation", "$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/", "myPassword"},
	{"SHA of the Apache documentation", "{SHA}VBPuJHI7uixaa6LQGWx4s+5GKNE=", "myPassword"},
	{"bcrypt of the Apache documentation", "$2y$05$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC", "myPassword"},
	{"sha-256-crypt as openssl makes it", "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5", "Hello world!"},
	{"sha-512-crypt as openssl makes it", "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1", "Hello world!"},
	{"md5-crypt as openssl makes it", "$1$abcdefgh$G//4keteveJp0qb8z2DxG/", "password"},
	{"plain", "{PLAIN}pass:word", "pass:word"},
	{"empty plain", "{PLAIN}", ""},
}

func TestKnownHashesFitTheirPasswordsOnly(t *testing.T) {
	for _, k := range known {
		if err := Check(k.hash); err != nil {
			t.Errorf("%s: %v", k.kind, err)
		}
		if !Verify(k.hash, []byte(k.password)) {
			t.Errorf("%s: the password does not fit", k.kind)
		}
		for _, wrong := range []string{"", k.password + "x", strings.ToUpper(k.password) + "!", k.hash} {
			if wrong != k.password && Verify(k.hash, []byte(wrong)) {
				t.Errorf("%s: %q fits", k.kind, wrong)
			}
		}
	}
}

func TestAPasswordWithNULNeverFits(t *testing.T) {
	hash, err := bcrypt.GenerateFromPassword(nil, bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	if !Verify(string(hash), nil) || Verify(string(hash), []byte{0}) {
		t.Error("bcrypt repeats the empty password with its end: NUL must not fit")
	}
}

func TestUnusableHashesNeverFit(t *testing.T) {
	for hash, want := range map[string]error{
		"":                             errEmpty,
		"secret":                       errUnknown,
		"{MD5}xxx":                     errUnknown,
		"$argon2id$v=19$m=1,t=1,p=1$a": errUnknown,
		"rqXexS6ZhobKA":                errDES,
		"{SHA}***":                     errMalformed,
		"{SHA}AAAA":                    errMalformed,
		"{SSHA}AAAA":                   errMalformed,
		"$apr1$salt":                   errMalformed,
		"$apr1$salt$short":             errMalformed,
		"$2y$05$short":                 errMalformed,
		"$1$salt":                      errMalformed,
		"$5$x":                         errMalformed,
		"$6$rounds=x$salt$aaaa":        errMalformed,
		"$6$rounds=2000000$salt$aaaa":  errCostly,
		"$2y$31$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC": errCostly,
	} {
		if err := Check(hash); err != want {
			t.Errorf("%q: %v, not %v", hash, err, want)
		}
		for _, password := range []string{"", hash, "secret"} {
			if Verify(hash, []byte(password)) {
				t.Errorf("%q fits %q", password, hash)
			}
		}
	}
}

func TestAFileIsReadAsNginxReadsIt(t *testing.T) {
	text := "# comment\r\nann:{PLAIN}a:remark\r\n\n  \nbob:\nnonsense\n:x\nann:{PLAIN}b\neve:plain\nlast:{SHA}VBPuJHI7uixaa6LQGWx4s+5GKNE="
	users, problems := ParseFile(text)
	wantUsers := []User{{"ann", "{PLAIN}a"}, {"bob", ""}, {"eve", "plain"}, {"last", "{SHA}VBPuJHI7uixaa6LQGWx4s+5GKNE="}}
	if d := cmp.Diff(wantUsers, users); d != "" {
		t.Error(d)
	}
	var lines []int
	for _, p := range problems {
		lines = append(lines, p.Line)
		if strings.Contains(p.Text, "plain\n") || strings.Contains(p.Text, "{PLAIN}b") {
			t.Errorf("a problem tells a hash: %s", p.Text)
		}
	}
	if d := cmp.Diff([]int{5, 6, 7, 8, 9}, lines); d != "" {
		t.Error(d)
	}
}

// TestAnotherImplementationAgrees makes hashes of all kinds that both know and compares the verdicts.
func TestAnotherImplementationAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		password := rapid.SliceOfN(rapid.ByteRange(1, 255), 0, 40).Draw(t, "password")
		guess := rapid.OneOf(rapid.Just(password), rapid.SliceOfN(rapid.ByteRange(1, 255), 0, 40)).Draw(t, "guess")
		salt := rapid.StringMatching(`[./0-9A-Za-z]{1,8}`).Draw(t, "salt")
		hash := makeHash(t, rapid.SampledFrom([]string{"apr1", "sha", "ssha", "bcrypt"}).Draw(t, "kind"), password, salt)
		theirs, err := other.NewFromReader(strings.NewReader("u:"+hash), other.DefaultSystems, func(err error) { t.Fatal(err) })
		if err != nil {
			t.Fatal(err)
		}
		if a, b := Verify(hash, guess), theirs.Match("u", string(guess)); a != b || a != (string(guess) == string(password)) {
			t.Fatalf("%s: %v, the other says %v", hash, a, b)
		}
	})
}

func makeHash(t *rapid.T, kind string, password []byte, salt string) string {
	switch kind {
	case "apr1":
		return "$apr1$" + salt + "$" + string(apr1(password, salt))
	case "sha":
		sum := sha1.Sum(password)
		return "{SHA}" + base64.StdEncoding.EncodeToString(sum[:])
	case "ssha":
		sum := sha1.Sum(append(append([]byte{}, password...), salt...))
		return "{SSHA}" + base64.StdEncoding.EncodeToString(append(sum[:], salt...))
	}
	hash, err := bcrypt.GenerateFromPassword(password, bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return string(hash)
}

// The other implementation also knows md5-crypt and sha-crypt: hashes made by openssl passwd.
func TestCryptHashesAgreeWithAnotherImplementation(t *testing.T) {
	for _, hash := range []string{
		"$1$abcdefgh$G//4keteveJp0qb8z2DxG/",
		"$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5",
		"$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
	} {
		theirs, err := other.NewFromReader(strings.NewReader("u:"+hash), other.DefaultSystems, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, password := range []string{"Hello world!", "password", "", "x"} {
			if a, b := Verify(hash, []byte(password)), theirs.Match("u", password); a != b {
				t.Errorf("%s %q: %v, the other says %v", hash, password, a, b)
			}
		}
	}
}

func FuzzParseFile(f *testing.F) {
	f.Add("a:b\nc:$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/")
	for _, k := range known {
		f.Add("u:" + k.hash)
	}
	f.Fuzz(func(t *testing.T, text string) {
		users, problems := ParseFile(text)
		bad := map[string]bool{}
		for _, p := range problems {
			bad[p.User] = true
		}
		for _, u := range users {
			if u.Name == "" || (Check(u.Hash) != nil) && !bad[u.Name] {
				t.Fatalf("%+v", u)
			}
		}
	})
}
