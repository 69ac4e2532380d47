package exchange

// Asking is what a filter implements whose Request asks somebody outside the proxy, so that explaining a request does not
// run it.
type Asking interface {
	// Asks says in a few words what would be asked for this request; "" when it is decided without asking.
	Asks(x *Exchange) string
}
