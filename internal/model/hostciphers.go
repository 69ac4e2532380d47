package model

// HostCiphers are the cipher suites that clients of one host may use, for class nginx.
type HostCiphers struct {
	// Host is the host, "*." and a name for a wildcard.
	Host string
	// Ciphers are those of versions before TLS 1.3, as OpenSSL lists them.
	Ciphers string
	// Source says who asked for them.
	Source Source
}
