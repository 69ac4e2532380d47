// Package keyring holds the secrets that all replicas of a proxy share, and derives from them the keys for cookies, session
// tickets and signatures: one key per purpose, new ones for what is made, older ones still good for what is read.
//
// In: secrets, newest first, from a Secret of the cluster, a file, or made at random.
// Out: sealed and opened values.
// Never imports: anything of ours.
// Start reading at: keyring.go.
package keyring
