// Package session keeps a login in the client's cookies: what is known of a user, sealed by keys that all replicas share and
// cut into cookies that browsers accept, and the signed token that tells targets of the user.
//
// In: claims and tokens, the keys of a keyring, the cookies of a request.
// Out: sessions, values of Set-Cookie, signed tokens with the public keys that verify them.
// Never imports: identity providers, other actions, Kubernetes.
// Start reading at: session.go, then cookie.go and sign.go.
package session
