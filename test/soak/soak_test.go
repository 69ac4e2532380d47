package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestAFewSecondsOfChurnHurtNobody(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "gwanmun")
	if out, err := exec.Command("go", "build", "-o", binary, "../../cmd/gwanmun").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var out strings.Builder
	if err := run(t.Context(), options{gwanmun: binary, duration: 6 * time.Second, every: 200 * time.Millisecond, clients: 2, seed: 1}, &out); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
}

func TestGrowthIsNoticed(t *testing.T) {
	w := &world{}
	for i := range 40 {
		w.samples = append(w.samples, sample{memory: 50 << 20, descriptors: 40, goroutines: float64(100 + 10*i)})
	}
	var out strings.Builder
	err := w.growth(&out)
	if err == nil || !strings.Contains(err.Error(), "goroutines grew") || strings.Contains(err.Error(), "memory") {
		t.Errorf("%v\n%s", err, out.String())
	}
}
