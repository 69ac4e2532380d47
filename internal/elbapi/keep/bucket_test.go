package keep

import (
	"path/filepath"
	"testing"
)

func TestObjectsStayInTheirBucket(t *testing.T) {
	got, err := Object("state", "logs", "a/b/c.pem")
	if want := filepath.Join("state", "s3", "logs", "a", "b", "c.pem"); err != nil || got != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
	for _, c := range [][2]string{
		{"", "a"}, {".", "a"}, {"..", "a"}, {"a/b", "c"}, {`a\b`, "c"}, {"a", ""}, {"a", "../b"}, {"a", "/etc/passwd"}, {"a", "b/../../c"}, {"a", "."},
	} {
		if got, err := Object("state", c[0], c[1]); err == nil {
			t.Errorf("bucket %q, key %q is %s", c[0], c[1], got)
		}
	}
}
