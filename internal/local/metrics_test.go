package local

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// series says whether any metric has the label value.
func series(t *testing.T, registry *prometheus.Registry, value string) bool {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if l.GetValue() == value {
					return true
				}
			}
		}
	}
	return false
}

func TestSeriesOfAnIngressGoWithIt(t *testing.T) {
	dir := t.TempDir()
	text, err := os.ReadFile(filepath.Join(examples, "nginx", "domain.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	kept, gone := filepath.Join(dir, "kept.yaml"), filepath.Join(dir, "gone.yaml")
	renamed := strings.NewReplacer("name: apache-domain", "name: short-lived", "apache.127", "short.127").Replace(string(text))
	for path, content := range map[string]string{kept: string(text), gone: renamed} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	registry := prometheus.NewRegistry()
	s := serveDir(t, Options{Sources: []string{dir}, Classes: Classes{WatchWithoutClass: true}, Metrics: registry})
	send(t, s, "GET", "http://apache.127.0.0.1.sslip.io/")
	send(t, s, "GET", "http://short.127.0.0.1.sslip.io/")
	// A request is counted when it has ended, which the client may see first.
	eventually(t, "counting", func() bool { return series(t, registry, "short-lived") && series(t, registry, "apache-domain") })
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	eventually(t, "forgetting the series", func() bool { return !series(t, registry, "short-lived") })
	if !series(t, registry, "apache-domain") {
		t.Error("the series of an Ingress that stayed went too")
	}
}
