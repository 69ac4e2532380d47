// Package route finds the rule for a request: a naive scan that defines what matching means, and fast indexes that are
// tested against it.
//
// In: model rules; requests as exchanges.
// Out: the matching rule, or nil for the default actions; for explain, what each condition saw.
// Never imports: anything but the model and the exchange; it keeps no state and reads no clock.
// Start reading at: naive.go, then rule.go, index.go (DialectELB) and hosts.go (DialectNginx).
package route
