// Package idp asks identity providers: tokens for a code, what is known of a user, the keys that they sign with. Every
// question has a limit of time and size, follows no redirect, and goes where an address may lead and nowhere else.
//
// In: addresses from the model, codes and tokens.
// Out: tokens, claims, keys, and errors that say what kind of failure it was.
// Never imports: exchanges, other actions, Kubernetes.
// Start reading at: client.go, then keyset.go.
package idp
