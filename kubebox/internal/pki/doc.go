// Package pki makes the certificates and keys of a kubebox: one authority that stays, and certificates that are made anew at
// each start. All keys are ECDSA on P-256, which takes milliseconds.
//
// In: a folder, the time.
// Out: PEM files and pairs.
// Never imports: anything of Kubernetes or etcd.
// Start reading at: authority.go.
package pki
