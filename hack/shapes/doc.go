// Package shapes writes the tables of internal/elbapi/wire that say what the Go types of the AWS SDK do not: the names that
// EC2 uses on the wire, and the members that a request must have. It reads them from the code that the SDK's modules carry.
//
// In: serializers.go, deserializers.go and validators.go of the SDK's service modules, in the module cache.
// Out: Go files, as text.
// Never imports: anything of ours.
// Start reading at: files.go.
package shapes
