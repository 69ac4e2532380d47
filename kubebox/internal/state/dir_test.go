package state

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestFactsOfOneStartAreFoundByTheNext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "state")
	d := open(t, path)
	if d.Facts != (Facts{}) {
		t.Errorf("facts of a new folder: %+v", d.Facts)
	}
	d.Facts = Facts{Port: 4711, ServiceCIDR: "10.96.0.0/16", Version: "v1"}
	if err := d.Save(); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, path)
	defer again.Close()
	if want := (Facts{Format: format, Port: 4711, ServiceCIDR: "10.96.0.0/16", Version: "v1"}); again.Facts != want {
		t.Errorf("got %+v, want %+v", again.Facts, want)
	}
}

func TestASecondOpenerIsToldWhoHasTheFolderAndWhatToDo(t *testing.T) {
	path := t.TempDir()
	d := open(t, path)
	defer d.Close()
	_, err := Open(path)
	if err == nil {
		t.Fatal("two openers got the same folder")
	}
	for _, part := range []string{path, "process " + strconv.Itoa(os.Getpid()), "--state-dir"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q lacks %q", err, part)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("more than one line: %q", err)
	}
}

func TestDamagedFoldersAreRefusedAndLeftAlone(t *testing.T) {
	cases := map[string]struct{ file, content string }{
		"a state.json that is no JSON":         {"state.json", "{"},
		"a state.json of a later kubebox":      {"state.json", `{"format": 99}`},
		"data without a state.json beside it":  {"etcd/member/snap/db", "data"},
		"a state.json that was cut to nothing": {"state.json", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			path := t.TempDir()
			file := filepath.Join(path, c.file)
			if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second time proves that the first one let the lock go
				_, err := Open(path)
				if err == nil || !strings.Contains(err.Error(), "is damaged") || !strings.Contains(err.Error(), "delete it") {
					t.Fatalf("got %v", err)
				}
			}
			if got, err := os.ReadFile(file); err != nil || string(got) != c.content {
				t.Errorf("the file changed: %q, %v", got, err)
			}
		})
	}
}

func TestSocketsOfAFolderWithALongPathAreElsewhereAndAreRemoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), strings.Repeat("long", 30))
	d := open(t, path)
	if len(d.PeerSocket()) > longestSocket {
		t.Errorf("%s is too long for a socket", d.PeerSocket())
	}
	if _, err := os.Stat(filepath.Dir(d.PeerSocket())); err != nil {
		t.Error(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Dir(d.PeerSocket())); !os.IsNotExist(err) {
		t.Errorf("the folder of the sockets is still there: %v", err)
	}
}

func open(t *testing.T, path string) *Dir {
	t.Helper()
	d, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
