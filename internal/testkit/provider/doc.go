// Package provider is an OpenID provider in this process, with every fault that a login must survive. Addresses say what goes
// wrong: "https://id.example/token?fail=500" is a token endpoint that fails.
//
// In: an issuer; requests, over a client that needs no socket.
// Out: codes, tokens, claims, keys; tokens signed on demand.
// Never imports: anything of ours.
// Start reading at: provider.go.
package provider
