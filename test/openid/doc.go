// Package openid logs users in with an OpenID provider that others wrote, through a proxy with real sockets and a client that
// behaves as a browser does.
//
// In: a provider in this process (zitadel/oidc), a proxy on loopback.
// Out: failures where the two do not understand each other.
// Never imports: other tests.
// Start reading at: openid_test.go.
package openid
