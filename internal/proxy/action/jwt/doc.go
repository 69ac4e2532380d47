// Package jwt carries out jwt-validation actions: requests without a valid bearer token are answered 401, and 562 when the
// issuer's keys cannot be had. The token goes on to the target as it came.
//
// In: the action, the issuer's keys, Authorization of a request.
// Out: a step of the chain.
// Never imports: other actions' steps, Kubernetes.
// Start reading at: step.go.
package jwt
