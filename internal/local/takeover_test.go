package local

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestAServerThatNobodyReplacesTakesItsStateFileBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	s, err := Start(Options{Sources: []string{"../../examples"}, StateFile: path})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("the state file is left: %v", err)
		}
	}()
	sockets, note, err := s.HandOver()
	if err != nil || len(sockets) < 2 {
		t.Fatalf("%d sockets, %v", len(sockets), err)
	}
	before, err := readPlaces(note)
	if err != nil || len(before.Nginx) != 2 || len(before.Given) < 2 {
		t.Errorf("the note holds %+v, %v", before, err)
	}
	if err := os.WriteFile(path, []byte("another process's"), 0o600); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1200 * time.Millisecond) // a look at health, which would write the file
	if text, _ := os.ReadFile(path); string(text) != "another process's" {
		t.Errorf("the file was written while another process takes over: %.60q", text)
	}
	s.Stay()
	if text, _ := os.ReadFile(path); string(text) == "another process's" {
		t.Error("the file was not taken back")
	}
}

func TestANoteThatIsNoneIsRefused(t *testing.T) {
	if _, err := Start(Options{Sources: []string{"../../examples"}, Note: "{"}); err == nil {
		t.Error("a broken note was read")
	}
}
