// Package client makes the clients of the AWS services that we call: with the SDK's own chain of credentials, endpoints that
// can be replaced, a throttle of our own, patient retries, and a count of every call.
//
// In: options from flags; the environment, through the SDK's standard chain.
// Out: clients of the SDK, and counts of calls.
// Never imports: anything of ours.
// Start reading at: client.go.
package client
