package cli

import (
	"net/http"
	"sync/atomic"

	"github.com/gwanmun/gwanmun/internal/local"
)

// publicKeysPath is where the keys are that verify x-amzn-oidc-data, beside the metrics: GET /public-keys/KID, as PEM. On AWS
// it is https://public-keys.auth.elb.REGION.amazonaws.com/KID.
const publicKeysPath = "GET /public-keys/{kid}"

// publicKeys answers with the keys of a server, once there is one.
type publicKeys struct {
	server atomic.Pointer[local.Server]
}

func (k *publicKeys) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s := k.server.Load(); s != nil {
		if key, ok := s.PublicKey(r.PathValue("kid")); ok {
			w.Header().Set("Content-Type", "application/x-pem-file")
			_, _ = w.Write(key.PEM) // a client that is gone does not want to know
			return
		}
	}
	http.Error(w, "there is no such key", http.StatusNotFound)
}
