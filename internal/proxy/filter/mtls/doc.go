// Package mtls tells targets of client certificates, and acts on what was found out about them.
//
// In: what an exchange's connection knows of the client's certificate, the listener's names for the fields.
// Out: fields towards targets, refusals.
// Never imports: other filters, sockets.
// Start reading at: elb.go.
package mtls
