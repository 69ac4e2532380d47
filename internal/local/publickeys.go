package local

import "github.com/gwanmun/gwanmun/internal/proxy"

// PublicKey finds the key that verifies an x-amzn-oidc-data token with that kid.
func (s *Server) PublicKey(id string) (proxy.PublicKey, bool) { return s.proxy.PublicKey(id) }
