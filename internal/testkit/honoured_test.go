package testkit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/model"
)

func TestTheProxyReadsTheAttributesThatTheTableSaysItHonours(t *testing.T) {
	var source strings.Builder
	for _, room := range []string{"compile", "upstream"} {
		files, err := filepath.Glob("../proxy/" + room + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", room, files, err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			source.Write(text)
		}
	}
	honoured := 0
	for _, s := range model.Attributes() {
		if !s.Honoured {
			continue
		}
		honoured++
		name := s.Key
		if rest, ok := strings.CutPrefix(name, "routing.http.response."); ok && strings.HasSuffix(rest, ".header_value") {
			name = strings.TrimSuffix(rest, ".header_value") // the proxy puts these keys together
		}
		if rest, ok := strings.CutPrefix(name, "routing.http.request."); ok && strings.HasSuffix(rest, ".header_name") {
			name = strings.TrimSuffix(rest, ".header_name") // as above
		}
		if !strings.Contains(source.String(), `"`+name+`"`) {
			t.Errorf("the table says that the proxy honours %s, but nothing there reads it", s.Key)
		}
	}
	if honoured < 20 {
		t.Errorf("only %d attributes are marked as honoured", honoured)
	}
}
