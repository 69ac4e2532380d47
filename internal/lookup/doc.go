// Package lookup holds the questions that builds put to the cloud, and their answers: subnets, certificates,
// security groups, the VPC.
//
// In: answers that an edge found (aws/resolve, or a lookups file for checks and tests).
// Out: answers for builds; a question without an answer is collected as missing.
// Never imports: a cloud SDK, a client.
// Start reading at: lookup.go.
package lookup
