// Package htpasswd reads user lists as htpasswd writes them and checks passwords against their hashes.
//
// In: the text of a password file, a hash, a password.
// Out: users with hashes, problems by line, whether a password fits.
// Never imports: anything of ours, the file system.
// Start reading at: file.go, then hash.go.
package htpasswd
