package elbapi

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestKeysOfLoginDataArePublished(t *testing.T) {
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	ask := func(kid string) (int, string) {
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/_gwanmun/public-keys/"+kid, nil))
		return w.Code, w.Body.String()
	}
	keys := s.Traffic().Server().PublicKeys()
	if len(keys) != 1 {
		t.Fatalf("%d keys", len(keys))
	}
	if status, text := ask(keys[0].ID); status != http.StatusOK || text != string(keys[0].PEM) {
		t.Errorf("%d %s", status, text)
	}
	for _, kid := range []string{"", "unknown", "..%2fhealth"} {
		if status, _ := ask(kid); status != http.StatusNotFound {
			t.Errorf("%q: %d", kid, status)
		}
	}
}
