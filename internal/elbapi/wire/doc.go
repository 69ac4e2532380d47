// Package wire turns requests of AWS's protocols into the input structs of the AWS SDK, and output structs and errors into
// responses: Query (ELBv2, STS, IAM), EC2's dialect of it, and JSON 1.1 (ACM, WAF, Shield, tagging). It works on the SDK's own
// types by reflection, so that an operation is a function with the signature of the SDK's client and nothing else.
//
// In: form values or JSON of a request; an output struct or an error.
// Out: a filled input struct, or an error that names the member; the bytes of a response.
// Never imports: other rooms; service modules of the SDK (its tests do).
// Start reading at: operation.go, then dialect.go.
package wire
