package listen

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestAStreamInChunksComesWholeWhetherItRunsOrPauses crosses from the usual buffer to the large one and back.
func TestAStreamInChunksComesWholeWhetherItRunsOrPauses(t *testing.T) {
	var want []byte
	for i := range 1 << 20 {
		want = append(want, byte(i*7+i>>8))
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		flush := http.NewResponseController(w).Flush
		_, _ = w.Write(want[:600<<10])
		_ = flush()
		time.Sleep(20 * time.Millisecond)
		_, _ = w.Write(want[600<<10 : 600<<10+10])
		_ = flush()
		time.Sleep(20 * time.Millisecond)
		_, _ = w.Write(want[600<<10+10:])
	}))
	t.Cleanup(s.Close)
	h := newHouse(t, plan{targets: []string{strings.TrimPrefix(s.URL, "http://")}})
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	for range 3 {
		response, err := client.Get("http://" + h.address + "/")
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
	}
}
