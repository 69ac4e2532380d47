package main

import (
	"os"
	"path/filepath"

	"github.com/gwanmun/gwanmun/internal/testkit/selfsigned"
)

// makeCertificate writes a self-signed ECDSA P-256 certificate and its key: apart for everybody, joined for haproxy.
// wrk asks for the address that it connects to by name.
func (b *bench) makeCertificate() (err error) {
	if b.certPEM, b.keyPEM, err = selfsigned.Certificate(host, "127.0.0.1"); err != nil {
		return err
	}
	for name, text := range map[string][]byte{
		"cert.pem": b.certPEM, "key.pem": b.keyPEM, "both.pem": append(append([]byte{}, b.certPEM...), b.keyPEM...),
	} {
		if err := os.WriteFile(filepath.Join(b.dir, name), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}
