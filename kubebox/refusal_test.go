package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAPortThatIsInUseIsNamed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	line := mustFail(t, "--state-dir", t.TempDir(), "--listen", l.Addr().String())
	if !strings.Contains(line, "port "+port+" of 127.0.0.1 is in use") || !strings.Contains(line, "--listen") {
		t.Errorf("it says %q", line)
	}
}

func TestAnAddressThatOthersCanReachIsRefused(t *testing.T) {
	if line := mustFail(t, "--state-dir", t.TempDir(), "--listen", "0.0.0.0:0"); !strings.Contains(line, "loopback") {
		t.Errorf("it says %q", line)
	}
}

func TestAStateFolderWithoutItsKeysOrWithBrokenDataIsCalledDamaged(t *testing.T) {
	facts := `{"format": 1, "serviceCIDR": "10.96.0.0/16"}`
	cases := map[string]map[string]string{
		"data but no keys":  {"state.json": facts, "etcd/member/snap/db": "x"},
		"keys that are cut": {"state.json": facts, "pki/ca.crt": "", "pki/ca.key": ""},
	}
	for name, files := range cases {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, content := range files {
				path := filepath.Join(dir, file)
				if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			line := mustFail(t, "--state-dir", dir)
			if !strings.Contains(line, dir+" is damaged") || !strings.Contains(line, "delete it to start afresh") {
				t.Errorf("it says %q", line)
			}
		})
	}
}

func TestAnotherServiceCIDRThanTheFirstIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "state.json"), []byte(`{"format": 1, "serviceCIDR": "10.96.0.0/16"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	line := mustFail(t, "--state-dir", dir, "--service-cidr", "10.97.0.0/16")
	if !strings.Contains(line, "have addresses of 10.96.0.0/16") {
		t.Errorf("it says %q", line)
	}
}
