// Package basicauth asks for a user and password (RFC 7617) before a request goes on, and checks them against a user
// list.
//
// In: a realm, a user list of the model, the Authorization field of a request.
// Out: x.User and a request without Authorization, or 401 with a challenge.
// Never imports: other filters, the file system.
// Start reading at: filter.go, then verifier.go.
package basicauth
