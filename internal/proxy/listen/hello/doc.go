// Package hello reads the server name out of the first bytes of a TLS client, so that its connection can be sent on without
// being decrypted.
//
// In: the first bytes of a connection, as many as there are.
// Out: the name that the client asks for, or that there is none, or that more bytes are needed.
// Never imports: anything of ours, and no socket: whoever reads the bytes decides how long to wait for them.
// Start reading at: hello.go.
package hello
