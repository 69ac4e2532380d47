// Package sign reads AWS signatures (version 4) of requests: who signed, for which service and region. It checks the signature
// itself only if it is given the secret.
//
// In: requests with an Authorization header or presigned by query parameters.
// Out: the scope that a request was signed for, or why it cannot be accepted.
// Never imports: other rooms but internal/elbapi/wire.
// Start reading at: scope.go, then verify.go.
package sign
