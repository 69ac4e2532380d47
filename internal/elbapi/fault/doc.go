// Package fault decides which calls of the API are made to fail, to wait or to be throttled, so that clients of AWS can be
// tested against its bad days. It only decides; who answers the call carries it out.
//
// In: rules, as text of a flag or JSON of the admin call; the service and name of each call.
// Out: what is to happen to a call.
// Never imports: net/http; other rooms but internal/elbapi/wire.
// Start reading at: rule.go, then set.go.
package fault
