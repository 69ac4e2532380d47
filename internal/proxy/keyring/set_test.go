package keyring

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var start = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

func seal(t *testing.T, s *Set, text string) []byte {
	t.Helper()
	return boxOf(t, s).Seal(nil, []byte(text), Nonce())
}

func boxOf(t *testing.T, s *Set) *Box {
	t.Helper()
	r, err := s.Ring()
	if err != nil {
		t.Fatal(err)
	}
	b, err := r.Box("test")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func newSet(t *testing.T) *Set {
	t.Helper()
	s, err := NewSet(rand.Reader, start)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAReplicaThatHasNotHeardOfARotationReadsWhatIsMadeAfterIt(t *testing.T) {
	old := newSet(t)
	fresh, err := old.Rotate(rand.Reader, start.Add(Turn))
	if err != nil || fresh == old {
		t.Fatalf("not rotated: %v", err)
	}
	for _, c := range []struct{ maker, reader *Set }{{old, fresh}, {fresh, old}} {
		if got, err := boxOf(t, c.reader).Open(nil, seal(t, c.maker, "hello")); err != nil || string(got) != "hello" {
			t.Errorf("%q, %v", got, err)
		}
	}
}

func TestASecretIsReadForAWeekAfterItsTurnAndNotForever(t *testing.T) {
	s := newSet(t)
	sealed := seal(t, s, "x")
	for day := 1; day <= 20; day++ {
		var err error
		if s, err = s.Rotate(rand.Reader, start.Add(time.Duration(day)*Turn)); err != nil {
			t.Fatal(err)
		}
		if _, err := boxOf(t, s).Open(nil, sealed); day <= 8 && err != nil {
			t.Errorf("day %d: %v", day, err)
		} else if day == 20 && err == nil {
			t.Error("it is read for ever")
		}
	}
	if len(s.secrets) > 12 {
		t.Errorf("%d secrets are kept", len(s.secrets))
	}
}

func TestNothingChangesBeforeItIsTime(t *testing.T) {
	s := newSet(t)
	if next, err := s.Rotate(rand.Reader, start.Add(Turn-time.Second)); err != nil || next != s {
		t.Errorf("rotated: %v", err)
	}
}

func TestSetsComeBackFromTheirText(t *testing.T) {
	s, err := newSet(t).Rotate(rand.Reader, start.Add(30*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	back, err := ParseSet(s.Format())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(s, back, cmp.AllowUnexported(Set{}, secret{})); d != "" {
		t.Error(d)
	}
}

func TestBrokenTextsAreRefusedWithoutShowingSecrets(t *testing.T) {
	good := string(newSet(t).Format())
	lines := strings.Split(good, "\n")
	value := strings.Fields(lines[1])[1]
	for name, text := range map[string]string{
		"empty": "", "another head": strings.Replace(good, "1", "2", 1), "one secret": strings.Join(lines[:2], "\n"),
		"no time": strings.Replace(good, "2026", "then", 1), "a short secret": strings.Replace(good, value, value[4:], 1),
		"no base64": strings.Replace(good, value, "!"+value[1:], 1),
	} {
		_, err := ParseSet([]byte(text))
		if err == nil {
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), value[4:12]) {
			t.Errorf("%s: the error shows the secret: %v", name, err)
		}
	}
}

func TestAFileKeepsItsKeysForItsOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "keys")
	now := start
	clock := func() time.Time { return now }
	var one, two Keeper
	f, err := OpenFile(path, &one, clock)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	if _, err := OpenFile(path, &two, clock); err != nil {
		t.Fatal(err)
	}
	a, _ := one.Ring().Derive("x", 16)
	b, _ := two.Ring().Derive("x", 16)
	if !bytes.Equal(a[0], b[0]) {
		t.Error("the second reader has another key")
	}
	now = now.Add(Turn)
	if err := f.Rotate(); err != nil {
		t.Fatal(err)
	}
	c, _ := one.Ring().Derive("x", 16)
	if bytes.Equal(a[0], c[0]) || !bytes.Equal(a[1], c[0]) || !bytes.Equal(a[0], c[2]) {
		t.Error("the next secret did not get its turn")
	}
	if err := os.WriteFile(path, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFile(path, &two, clock); err == nil {
		t.Error("nonsense was taken for keys")
	}
}
