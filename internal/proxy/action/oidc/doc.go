// Package oidc carries out authenticate-oidc and authenticate-cognito actions: users log in with an OpenID provider by the
// authorization code flow, are kept logged in by sealed cookies, and targets are told who they are.
//
// In: the actions of a listener's rules, keys that all replicas share, answers of identity providers.
// Out: three steps of the chain: Login and Headers for rules, Callback for the address that providers send users back to.
// Never imports: sockets, Kubernetes.
// Start reading at: login.go, then callback.go.
package oidc
