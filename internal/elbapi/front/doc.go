// Package front is the HTTP side of the API: one handler for all services. It finds out which operation a request is for,
// decodes it, applies faults, makes the call, and writes the answer.
//
// In: HTTP requests, signed or not; the table of operations.
// Out: HTTP responses; counts of calls.
// Never imports: rooms that hold state; it knows operations as functions only.
// Start reading at: handler.go, then dispatch.go.
package front
