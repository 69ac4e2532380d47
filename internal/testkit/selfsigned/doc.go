// Package selfsigned makes certificates for tests and measurements.
//
// In: host names.
// Out: a chain and a key as PEM.
// Never imports: anything of ours; only tests import it.
// Start reading at: certificate.go.
package selfsigned
