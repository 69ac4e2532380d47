// Package page makes the responses that the data plane gives itself: error and redirect pages, each dialect's own.
//
// In: an exchange, a dialect and a status.
// Out: the exchange's response with reason, Content-Type, body and, with DialectELB, Server.
// Never imports: anything but the model and the exchange.
// Start reading at: page.go.
package page
