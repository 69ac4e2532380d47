// Command gen writes the reference pages that are rendered from declarations (annotations, attributes, messages) and the tables
// that are read from the AWS SDK. With -check it compares instead, and fails when a file is not what the declarations say now.
//
// In: the annotation registries, the attribute table, the message catalogue, hack/shapes.
// Out: docs/reference/*.md, internal/elbapi/wire/table_*.go.
// Never imports: anything that serves or watches.
// Start reading at: main.go.
package main
